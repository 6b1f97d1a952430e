"""The application: every surface on one host."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import ControllerRouterHandler

from couponry.engine.engine import Engine
from couponry.http.answers import Answer
from couponry.http.api.routes import OPERATIONS
from couponry.http.boundary import Boundary
from couponry.http.documentation import docs_handlers
from couponry.http.health import health_handlers
from couponry.http.operations import Pipeline, exact_handlers, route_handlers
from couponry.http.problems import RequestProblem, error_answer

DEFAULT_MAX_BODY_BYTES: Final = 1024 * 1024
DEFAULT_MAX_IMPORT_BYTES: Final = 64 * 1024 * 1024


def build_app(
    engine: Engine,
    *,
    extra_handlers: Sequence[ControllerRouterHandler] = (),
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
    max_import_bytes: int = DEFAULT_MAX_IMPORT_BYTES,
) -> Litestar:
    """Build the ASGI application over an engine.

    Args:
        engine: open; whoever opened it closes it.
        extra_handlers: of surfaces beside the native API, such as dialects.
        max_body_bytes: limit of a request body, but for imports.
        max_import_bytes: limit of an import's body.
    """
    pipeline = Pipeline(engine, max_body_bytes, max_import_bytes)
    app = Litestar(
        route_handlers=[
            *route_handlers(pipeline, OPERATIONS),
            *health_handlers(engine),
            *docs_handlers(OPERATIONS),
            *extra_handlers,
        ],
        openapi_config=None,
        exception_handlers={Exception: _answer_error},
        logging_config=None,
        request_max_body_size=max_body_bytes,
    )
    app.asgi_handler = Boundary(app.asgi_handler, exact_handlers(pipeline, OPERATIONS))
    return app


def _answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer what Litestar itself refuses, and what a handler outside the pipeline lets through."""
    answer = _answer_to(request, error)
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    media_type = headers.pop("content-type")
    return Response(answer.body, status_code=answer.status, headers=headers, media_type=media_type)


def _answer_to(request: Request[Any, Any, Any], error: Exception) -> Answer:
    match error:
        case NotFoundException():
            return error_answer(RequestProblem("no_such_path", f"Nothing is served at {request.scope['path'][:200]}."))
        case MethodNotAllowedException():
            return error_answer(
                RequestProblem(
                    "method_not_allowed",
                    f"The path does not take {request.method}.",
                    headers=[(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()],
                )
            )
        case HTTPException(status_code=413):
            return error_answer(RequestProblem("body_too_large", error.detail))
        case HTTPException(status_code=400 | 422):
            return error_answer(RequestProblem("body_malformed", error.detail))
        case _:
            return error_answer(error)
