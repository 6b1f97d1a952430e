"""A SQLite file as the store of the port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from couponry.engine.ports import LaneSession, Reader, StorageUnavailable, StoreStatistics, Writer
from couponry.storage.reading import SqlReader
from couponry.storage.sqlite.connecting import (
    BUSY_TIMEOUT_SECONDS,
    connect_reading,
    connect_writing,
    reading_engine,
    writing_engine,
)
from couponry.storage.sqlite.errors import translated_errors
from couponry.storage.sqlite.lane import SqliteLaneSession
from couponry.storage.sqlite.sets import SqliteSets
from couponry.storage.sqlite.turns import Turns
from couponry.storage.writing import SqlWriter


class SqliteStore:
    """Snapshots for any number of threads, and one writer at a time, be it the lane or `write`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turns = Turns(BUSY_TIMEOUT_SECONDS)
        self._reading = reading_engine(path)
        self._writing = writing_engine(path)
        self._sets = SqliteSets()
        self._sessions: list[LaneSession] = []
        self._guard = threading.Lock()
        self._counts = {"lane_loads": 0, "reads": 0, "writes": 0}
        self._is_closed = False

    @contextmanager
    def read(self) -> Iterator[Reader]:
        self._require_open()
        self._count("reads")
        with translated_errors(), self._reading.begin() as connection:
            yield SqlReader(connection, self._sets)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        self._require_open()
        self._count("writes")
        with translated_errors(), self._turns, self._writing.begin() as connection:
            yield SqlWriter(connection, self._sets)

    def lane_session(self) -> LaneSession:
        self._require_open()
        with translated_errors():
            session = SqliteLaneSession(connect_writing(self._path), self._turns, self._count_load)
        return self._kept(session)

    def read_session(self) -> LaneSession:
        self._require_open()
        with translated_errors():
            session = SqliteLaneSession(connect_reading(self._path), None, self._count_load)
        return self._kept(session)

    def statistics(self) -> StoreStatistics:
        with self._guard:
            return StoreStatistics(**self._counts)

    def is_alive(self) -> bool:
        try:
            with self.read() as reader:
                reader.catalogue_version("")
        except StorageUnavailable:
            return False
        return True

    def close(self) -> None:
        with self._guard:
            sessions, self._sessions = self._sessions, []
            self._is_closed = True
        for session in sessions:
            session.close()
        with translated_errors():
            self._reading.dispose()
            self._writing.dispose()

    def _kept(self, session: LaneSession) -> LaneSession:
        with self._guard:
            self._sessions.append(session)
        return session

    def _require_open(self) -> None:
        if self._is_closed:
            raise StorageUnavailable(message="The database was closed; nothing was changed.")

    def _count_load(self) -> None:
        self._count("lane_loads")

    def _count(self, name: str) -> None:
        with self._guard:
            self._counts[name] += 1
