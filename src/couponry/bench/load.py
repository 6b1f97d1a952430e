"""The load generator: a process of its own that sends ready-made requests over kept connections.

It reads a plan (msgpack) from its standard input and writes what it saw (JSON) to its standard output. An HTTP client
library would take more time for a request than the server; this one only finds where an answer ends.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

import msgspec
import uvloop
from msgspec import Struct

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_STATUS: Final = slice(9, 12)
_TIMEOUT_SECONDS: Final = 600
_TOLD_BYTES: Final = 2_000
_PROGRAM: Final = "from couponry.bench.load import run; run()"


class Round(Struct, frozen=True):
    """Requests that are sent one after the other over every connection, until none is left."""

    name: str
    requests: list[bytes]


class Plan(Struct, frozen=True):
    """What to send, and where."""

    host: str
    port: int
    connection_count: int
    rounds: list[Round]


class Seen(Struct, frozen=True):
    """What came of a round.

    Attributes:
        statuses: answers by HTTP status.
        waits: seconds from a request to its whole answer, in no order.
    """

    name: str
    seconds: float
    statuses: dict[str, int]
    waits: list[float]

    @property
    def per_second(self) -> float:
        """Answers per second over all connections."""
        return len(self.waits) / self.seconds


class GeneratorError(RuntimeError):
    """The load generator or the server failed; not a matter of speed."""


def generate(plan: Plan) -> list[Seen]:
    """Carry out a plan in a process of its own."""
    done = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-c", _PROGRAM],
        input=msgspec.msgpack.encode(plan),
        capture_output=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise GeneratorError(done.stderr.decode("utf-8", "replace")[-_TOLD_BYTES:])
    return msgspec.json.decode(done.stdout, type=list[Seen])


def post(path: str, body: object, headers: Mapping[str, str]) -> bytes:
    """Write a request."""
    content = msgspec.json.encode(body)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: bench",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + _HEAD_END + content


class Connection(asyncio.Protocol):
    """One kept connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self) -> None:
        """Begin without a round."""
        self._transport: asyncio.WriteTransport | None = None
        self._requests: Iterator[bytes] = iter(())
        self._received = b""
        self._expected_bytes = 0
        self._sent_at = 0.0
        self._done: asyncio.Future[None] | None = None
        self.statuses: Counter[str] = Counter()
        self.waits: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is no subclass of it

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the round when the server hung up in it."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(GeneratorError(f"the server closed a connection: {exc}"))

    def begin(self, requests: Iterator[bytes]) -> asyncio.Future[None]:
        """Send requests until the shared iterator has no more."""
        self._requests = requests
        self.statuses, self.waits = Counter(), []
        self._done = asyncio.get_running_loop().create_future()
        self._send()
        return self._done

    def data_received(self, data: bytes) -> None:
        """Take what arrived; mostly it is a whole answer."""
        received = self._received + data if self._received else data
        if not self._expected_bytes:
            end = received.find(_HEAD_END)
            if end < 0:
                self._received = received
                return
            self._expected_bytes = end + len(_HEAD_END) + _content_length(received[:end])
        if len(received) < self._expected_bytes:
            self._received = received
            return
        self.waits.append(time.perf_counter() - self._sent_at)
        self.statuses[received[_STATUS].decode()] += 1
        self._received, self._expected_bytes = b"", 0
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        assert self._done is not None
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            return int(line[len(_LENGTH) :])
    raise GeneratorError(f"an answer without a length: {head[:200]!r}")


async def _carry_out(plan: Plan) -> list[Seen]:
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, plan.host, plan.port))[1] for _ in range(plan.connection_count)
    ]
    return [await _carry_round(connections, turn) for turn in plan.rounds]


async def _carry_round(connections: Sequence[Connection], turn: Round) -> Seen:
    requests = iter(turn.requests)
    begun = time.perf_counter()
    await asyncio.gather(*(connection.begin(requests) for connection in connections))
    seconds = time.perf_counter() - begun
    statuses: Counter[str] = Counter()
    for connection in connections:
        statuses.update(connection.statuses)
    return Seen(turn.name, seconds, dict(statuses), [wait for connection in connections for wait in connection.waits])


def run() -> None:
    """Read the plan, carry it out, write what was seen."""
    plan = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        seen = runner.run(_carry_out(plan))
    with open(
        sys.stdout.fileno(), "wb", closefd=False
    ) as output:  # with PYTHONUNBUFFERED, stdout may write a part only
        output.write(msgspec.json.encode(seen))
