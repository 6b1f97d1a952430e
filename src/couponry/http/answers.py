"""Answers: what a handler gives back, ready to be sent."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from litestar.concurrency import sync_to_thread
from litestar.types import Receive, Scope, Send

JSON: Final = b"application/json"
_encode_json: Final = msgspec.json.Encoder().encode

Header = tuple[bytes, bytes]


class Answer:
    """A whole answer in memory; it is an ASGI application that sends itself."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: list[Header]) -> None:
        """Keep what is sent; `headers` without the length."""
        self.status = status
        self.body = body
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # as ASGI has it
        headers = self.headers
        if self.status not in {204, 304}:
            headers = [*headers, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = b"" if scope.get("method") == "HEAD" else self.body
        await send({"type": "http.response.body", "body": body, "more_body": False})


class StreamedAnswer(Answer):
    """An answer that is made while it is sent, at constant memory; `chunks` runs in a thread."""

    __slots__ = ("chunks",)

    def __init__(self, chunks: Callable[[], Iterator[bytes]], headers: list[Header]) -> None:
        """Keep how to make the body."""
        super().__init__(200, b"", headers)
        self.chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send chunk by chunk, as fast as the reader takes them, until it hangs up."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        if scope.get("method") != "HEAD":
            hung_up = asyncio.ensure_future(_disconnected(receive))
            try:
                chunks = self.chunks()
                while not hung_up.done() and (chunk := await sync_to_thread(next, chunks, None)) is not None:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            finally:
                hung_up.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def json_answer(value: object, status: int = 200, *headers: Header) -> Answer:
    """Answer a value as JSON."""
    return Answer(status, _encode_json(value), [(b"content-type", JSON), *headers])


def text_answer(content_type: str, body: str | bytes, *headers: Header) -> Answer:
    """Answer a text or file that is at hand."""
    content = body.encode() if isinstance(body, str) else body
    return Answer(200, content, [(b"content-type", content_type.encode()), *headers])
