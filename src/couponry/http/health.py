"""Health: whether the process lives, and whether it can serve."""

from litestar import get
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp

from couponry.engine.engine import Engine
from couponry.http.answers import json_answer
from couponry.http.problems import problem_answer


def health_handlers(engine: Engine) -> list[BaseRouteHandler]:
    """Build the handlers that a supervisor asks."""

    @get("/healthz", sync_to_thread=False)
    def is_alive() -> ASGIApp:
        return json_answer({"status": "alive"})

    @get("/readyz", sync_to_thread=True)
    def is_ready() -> ASGIApp:
        if engine.is_ready():
            return json_answer({"status": "ready"})
        return problem_answer(
            "not_ready", "The database does not answer, or the server is stopping.", headers=((b"retry-after", b"1"),)
        )

    return [is_alive, is_ready]
