"""The load generator: it counts what a server answers, however the answers arrive."""

import socket
import threading
from collections.abc import Iterator

import pytest

from couponry.bench.load import GeneratorError, Plan, Round, generate, post

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


def answering(listener: socket.socket, pieces: list[bytes]) -> None:
    """Answer every request of every connection with the same pieces; no pieces: hang up."""

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while connection.recv(65_536):
                if not pieces:
                    return
                for piece in pieces:
                    connection.sendall(piece)

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as own:
        yield own


def plan(listener: socket.socket, count: int) -> Plan:
    request = post("/somewhere", {"code": "X"}, {"Idempotency-Key": "k"})
    return Plan("127.0.0.1", listener.getsockname()[1], 4, [Round("one", [request] * count), Round("two", [request])])


@pytest.mark.parametrize("pieces", [[ANSWER], [ANSWER[:20], ANSWER[20:]], [ANSWER[:-1], ANSWER[-1:]]])
def test_every_answer_is_counted(listener: socket.socket, pieces: list[bytes]) -> None:
    """Each request of a round is answered once and counted by its status, whole or in pieces."""
    threading.Thread(target=answering, args=(listener, pieces), daemon=True).start()
    first, second = generate(plan(listener, 50))
    assert (first.name, first.statuses, len(first.waits)) == ("one", {"201": 50}, 50)
    assert (second.name, second.statuses) == ("two", {"201": 1})
    assert first.per_second > 0


def test_server_that_hangs_up_is_an_error(listener: socket.socket) -> None:
    """A connection that is closed in a round fails the run instead of waiting for ever."""
    threading.Thread(target=answering, args=(listener, []), daemon=True).start()
    with pytest.raises(GeneratorError, match="closed a connection"):
        generate(plan(listener, 5))


def test_request_is_complete() -> None:
    """A request has its length and its headers, and the body after an empty line."""
    head, _, body = post("/v1/x", {"a": 1}, {"X-Y": "z"}).partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.startswith(b"POST /v1/x HTTP/1.1\r\n")
    assert b"Content-Length: 7\r\nX-Y: z" in head
