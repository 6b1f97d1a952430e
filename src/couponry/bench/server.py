"""The server that is measured: `couponry serve` itself, with two trivial handlers more to compare it with.

It runs in a process of its own and ends when its standard input does, so that it never outlives the benchmark.
"""

import os
import runpy
import signal
import sys
import threading
from functools import partial
from typing import Final

import msgspec
from litestar import post
from litestar.handlers import ASGIRouteHandler, BaseRouteHandler
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from couponry import bootstrap

TRIVIAL_PATH: Final = "/bench/trivial"
BARE_PATH: Final = "/bench/bare"


class Question(Struct, frozen=True):
    """What the trivial handlers are sent."""

    code: str
    customer: str


class Verdict(Struct, frozen=True):
    """What they answer."""

    code: str
    is_fine: bool


_questions: Final = msgspec.json.Decoder(Question)


@post(TRIVIAL_PATH, status_code=200)
async def trivial(data: Question) -> Verdict:
    """Answer a JSON body with a JSON body, as anybody would write it with Litestar and msgspec."""
    return Verdict(data.code, is_fine=True)


async def bare(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  # as ASGI has it
    """Do the same without anything that Litestar does for a handler."""
    message = await receive()
    question = _questions.decode(message["body"])  # type: ignore[typeddict-item]  # a body, since this is a POST
    body = msgspec.json.encode(Verdict(question.code, is_fine=True))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def trivial_handlers() -> list[BaseRouteHandler]:
    """Return the handlers to compare with."""
    return [trivial, ASGIRouteHandler(BARE_PATH, copy_scope=False)(bare)]


def run() -> None:
    """Serve as `couponry serve` does, on the folder that is named, until the standard input ends.

    The command is run whole, so that nothing of how it serves is left out or repeated here; only the function that it
    builds its application with is given more handlers.
    """
    bootstrap.create_app = partial(bootstrap.create_app, extra_handlers=trivial_handlers())
    sys.argv = ["couponry", "serve", "--json", "--data", sys.argv[1]]
    threading.Thread(target=_stop_with_input, daemon=True).start()
    runpy.run_module("couponry", run_name="__main__")


def _stop_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
