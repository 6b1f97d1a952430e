"""The outermost layer: limits on addresses and headers, and an id for every request, whoever answers it."""

import re
import secrets
from collections.abc import Mapping
from itertools import count
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from couponry.http.problems import RequestProblem, error_answer

MAX_URI_BYTES: Final = 8 * 1024
MAX_HEADER_BYTES: Final = 32 * 1024
MAX_HEADERS: Final = 100
_GIVEN_ID: Final = re.compile(rb"[\x21-\x7e]{1,128}")


class Boundary:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, exact: Mapping[str, ASGIApp]) -> None:
        """Take what lies inside, and by path what is answered before it."""
        self._app = app
        self._exact = exact
        # Ids tell requests apart and are no secret; drawing each at random would cost a system call on every request.
        self._prefix = secrets.token_hex(12).encode()
        self._numbers = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        given, size, header_count = None, 0, 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            header_count += 1
            if name == b"x-request-id":
                given = value
        is_given = given is not None and _GIVEN_ID.fullmatch(given) is not None
        request_id = given if is_given and given is not None else b"%s%08x" % (self._prefix, next(self._numbers))
        header = (b"x-request-id", request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], header]
            await send(message)

        problem = _over_limit(scope, size, header_count)
        if problem is not None:
            await error_answer(problem)(scope, receive, send_with_id)
            return
        await self._exact.get(scope["path"], self._app)(scope, receive, send_with_id)


def _over_limit(scope: Scope, header_bytes: int, header_count: int) -> RequestProblem | None:
    if header_bytes > MAX_HEADER_BYTES or header_count > MAX_HEADERS:
        return RequestProblem(
            "headers_too_large", f"Send at most {MAX_HEADERS} headers of {MAX_HEADER_BYTES} bytes together."
        )
    if len(scope["path"]) + len(scope["query_string"]) > MAX_URI_BYTES:
        return RequestProblem(
            "uri_too_long", f"Path and query have at most {MAX_URI_BYTES} bytes.", max_bytes=MAX_URI_BYTES
        )
    return None
