"""Operations: the table of what a surface serves, and the one pipeline that carries every request to its handler."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, cast
from urllib.parse import unquote

import msgspec
from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.handlers import ASGIRouteHandler, BaseRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Method, Receive, Scope, Send
from msgspec import Struct

from couponry.engine.engine import Engine
from couponry.http.answers import Answer
from couponry.http.authentication import authenticate, require_scope
from couponry.http.bodies import decode_json, read_body, require_media_type
from couponry.http.calls import Call
from couponry.http.problems import RequestProblem, error_answer
from couponry.http.queries import Parameter

Handler = Callable[[Call], Answer]
AsyncHandler = Callable[[Call], Awaitable[Answer]]
Example = dict[str, Any]

REST: Final = "{rest:path}"
"""In the path of a route whose operations are told apart by the path as it was sent, percent signs and all."""


class NoBody(Struct, forbid_unknown_fields=True):
    """An operation that takes no body accepts an empty object."""


_no_body_decoder: Final = msgspec.json.Decoder(NoBody)


class Operation(Struct, frozen=True, kw_only=True):
    """One method on one path.

    Attributes:
        path: with variable parts in braces, as OpenAPI writes it.
        route: path of the Litestar route that serves it, where that is not `path`; ends in `REST`.
        name: unique; the `operationId`.
        scope: what the key must be allowed to do.
        handler: parses, calls the engine once and renders; runs in a thread.
        async_handler: the same on the event loop, for hot paths; exactly one of both is given.
        status: of a success.
        request: type of the JSON body; None for no body.
        csv_request: whether the body may be CSV instead.
        is_body_optional: whether the body may be left out.
        response: type of the JSON answer; None where it is none.
        public_response: type of the JSON answer to a publishable key, where it is another one.
        files: content types of the answer that are not JSON.
        problems: codes, besides those that any request can meet.
        is_versioned: whether `If-Match` is read, of a GET `If-None-Match`, and an ETag sent.
        is_tagged: whether an ETag is sent though there is nothing to match yet.
        is_bulk: whether the body may be as large as an import.
        is_question: whether it changes nothing although it is no GET.
        is_idempotent: whether repeating it changes nothing more, so that no `Idempotency-Key` is read.
    """

    method: Method
    path: str
    name: str
    tag: str
    summary: str
    scope: str
    route: str | None = None
    handler: Handler | None = None
    async_handler: AsyncHandler | None = None
    status: int = 200
    request: Any = None
    csv_request: bool = False
    is_body_optional: bool = False
    response: Any = None
    public_response: Any = None
    files: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[str, ...] = ()
    is_versioned: bool = False
    is_tagged: bool = False
    is_bulk: bool = False
    is_question: bool = False
    is_idempotent: bool = False
    request_example: Example | None = None
    response_example: Example | None = None

    @property
    def litestar_path(self) -> str:
        """Path of the Litestar route that serves the operation."""
        return self.route or self.path.replace("}", ":str}")

    @property
    def is_writing(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET" and not self.is_question

    @property
    def is_keyed(self) -> bool:
        """Whether it reads an `Idempotency-Key`."""
        return self.is_writing and not self.is_idempotent


class Pipeline:
    """Carries a request through authentication, scope and body to the handler, and every error to its answer."""

    def __init__(self, engine: Engine, max_body_bytes: int, max_bulk_bytes: int) -> None:
        """Take the engine and the limits of bodies."""
        self._engine = engine
        self._max_body_bytes = max_body_bytes
        self._max_bulk_bytes = max_bulk_bytes

    async def answer(
        self, operation: Operation, scope: HTTPScope, receive: Receive, arguments: Mapping[str, str]
    ) -> Answer:
        """Carry out one request; whatever happens, there is an answer."""
        try:
            headers = dict(scope["headers"])
            key = await authenticate(self._engine, headers)
            require_scope(key, operation.scope)
            call = Call(self._engine, key, scope, headers, arguments, operation.parameters)
            if scope["query_string"]:
                call.query  # noqa: B018  # reading it refuses what the operation does not take
            if operation.method != "GET":
                call.body = await self._body(operation, receive, headers)
            if operation.async_handler is not None:
                return await operation.async_handler(call)
            assert operation.handler is not None
            return await sync_to_thread(operation.handler, call)
        except Exception as error:  # noqa: BLE001  # every error has an answer; the unforeseen ones are logged there
            return error_answer(error)

    async def _body(self, operation: Operation, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        body = await read_body(receive, headers, self._max_bulk_bytes if operation.is_bulk else self._max_body_bytes)
        if operation.csv_request:
            require_media_type(headers, "application/json", "text/csv")
        elif operation.request is not None and (body or not operation.is_body_optional):
            require_media_type(headers, "application/json")
        elif body.strip():
            require_media_type(headers, "application/json")
            decode_json(_no_body_decoder, body)
        return body


def exact_handlers(pipeline: Pipeline, operations: Sequence[Operation]) -> dict[str, ASGIApp]:
    """Build the ASGI applications of the paths without variable parts, by path.

    The hot paths are of this kind. They are answered before the framework's routing, which costs a request as much as
    all of ours does; measured, twice as many are answered in a second.
    """
    by_path: dict[str, list[Operation]] = {}
    for operation in operations:
        if "{" not in operation.litestar_path:
            by_path.setdefault(operation.path, []).append(operation)
    return {path: _asgi_app(pipeline, served) for path, served in by_path.items()}


def route_handlers(pipeline: Pipeline, operations: Sequence[Operation]) -> list[BaseRouteHandler]:
    """Build the Litestar handlers of a table."""
    handlers: list[BaseRouteHandler] = []
    by_path = sorted(operations, key=lambda operation: operation.litestar_path)
    for path, group in groupby(by_path, key=lambda operation: operation.litestar_path):
        served = list(group)
        if path.endswith(REST):
            handlers.extend(_rest_handlers(pipeline, path, served))
        elif "{" in path:
            handlers.extend(_http_handler(pipeline, operation) for operation in served)
        else:
            handlers.append(ASGIRouteHandler(path, copy_scope=False, name=path)(_asgi_app(pipeline, served)))
    return handlers


def _methods(method: Method) -> list[Method]:
    return ["GET", "HEAD"] if method == "GET" else [method]


def _http_handler(pipeline: Pipeline, operation: Operation) -> HTTPRouteHandler:
    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        return await pipeline.answer(operation, request.scope, request.receive, request.scope["path_params"])

    return HTTPRouteHandler(
        operation.litestar_path,
        http_method=_methods(operation.method),
        status_code=operation.status,
        name=operation.name,
    )(handle)


def _asgi_app(pipeline: Pipeline, operations: Sequence[Operation]) -> ASGIApp:
    by_method = {method: operation for operation in operations for method in _methods(operation.method)}

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        request = cast("HTTPScope", scope)
        operation = by_method.get(request["method"])
        if operation is None:
            answer = method_refused(request["method"], by_method)
        else:
            answer = await pipeline.answer(operation, request, receive, {})
        await answer(scope, receive, send)

    return handle


def _rest_handlers(pipeline: Pipeline, path: str, operations: Sequence[Operation]) -> list[HTTPRouteHandler]:
    """Serve paths whose variable part may hold anything, slashes too."""
    by_method: dict[Method, list[Operation]] = {}
    for operation in operations:
        for method in _methods(operation.method):
            by_method.setdefault(method, []).append(operation)
    depth = path.count("/")

    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        scope = request.scope
        segments = raw_segments(scope)[depth - 1 :]
        found = _chosen(by_method.get(scope["method"], ()), segments)
        if found is None:
            allowed = {method for method, served in by_method.items() if _chosen(served, segments) is not None}
            return method_refused(scope["method"], allowed)
        operation, code = found
        return await pipeline.answer(operation, scope, request.receive, {"code": code})

    return [HTTPRouteHandler(path, http_method=list(by_method), status_code=200, name=path)(handle)]


def _chosen(operations: Sequence[Operation], segments: list[str]) -> tuple[Operation, str] | None:
    """Choose by the last segment as it was sent: an encoded slash belongs to the code, so `A%2Fvoid` is a code."""
    bare = None
    for operation in operations:
        action = operation.path.rpartition("/")[2]
        if action.startswith("{"):
            bare = operation
        elif len(segments) > 1 and segments[-1] == action:
            return operation, unquote("/".join(segments[:-1]))
    return None if bare is None else (bare, unquote("/".join(segments)))


def raw_segments(scope: HTTPScope) -> list[str]:
    """Split the path as it was sent, still percent-encoded."""
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    return path.decode("latin-1").strip("/").split("/")


def method_refused(method: str, allowed: Iterable[str]) -> Answer:
    """Answer a method that a path does not take, or an OPTIONS request."""
    allow = ", ".join(sorted({*allowed, "OPTIONS"}))
    if method == "OPTIONS":
        return Answer(204, b"", [(b"allow", allow.encode())])
    return error_answer(
        RequestProblem(
            "method_not_allowed",
            f"The path does not take {method[:16]}, but {allow}.",
            headers=((b"allow", allow.encode()),),
        )
    )
