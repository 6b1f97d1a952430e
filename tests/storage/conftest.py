"""Stores of every engine, empty and closed after the test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from couponry.engine.ports import LaneSession, Store
from tests.storage.databases import Database, SqliteDatabase


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    assert request.param == "sqlite"
    return SqliteDatabase(str(tmp_path / "data" / "couponry.db"))


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
