"""Stores of every engine, empty and closed after the test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from couponry.engine.ports import LaneSession, Store
from couponry.storage.sqlite import open_sqlite
from tests.storage.databases import Database, PostgresDatabase, SqliteDatabase

if TYPE_CHECKING:
    from tests.postgres_server import Server


@pytest.fixture(scope="session")
def empty_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one file for all tests to copy, which takes a tenth of the time."""
    path = tmp_path_factory.mktemp("empty") / "couponry.db"
    open_sqlite(path).close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> "Iterator[Server]":
    """Start one server for all tests."""
    pytest.importorskip("psycopg")
    from tests.postgres_server import start_server  # noqa: PLC0415  # as above

    with closing(start_server()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue(f"{request.param}_database")
    return database


@pytest.fixture
def sqlite_database(empty_sqlite_file: Path, tmp_path: Path) -> Database:
    return SqliteDatabase(str(shutil.copy(empty_sqlite_file, tmp_path)))


@pytest.fixture
def postgresql_database(postgres_server: "Server") -> Iterator[Database]:
    with postgres_server.database() as url:
        yield PostgresDatabase(url)


@pytest.fixture
def open_store(database: Database) -> Iterator[Callable[[], Store]]:
    """Open the database once more, as another process would."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(database.open()))


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()


@pytest.fixture
def session(store: Store) -> LaneSession:
    return store.lane_session()
