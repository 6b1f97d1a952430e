"""A PostgreSQL database as the store of the port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from couponry.engine.ports import LaneSession, Reader, StorageUnavailable, StoreStatistics, Writer
from couponry.storage.postgres.connecting import connect, pooled_engine, reading, writing
from couponry.storage.postgres.errors import translated_errors
from couponry.storage.postgres.lane import PostgresLaneSession
from couponry.storage.postgres.sets import PostgresSets
from couponry.storage.postgres.writing import PostgresWriter
from couponry.storage.reading import SqlReader


class PostgresStore:
    """A pool for snapshots and for writing outside the lanes, and a connection for each lane."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = pooled_engine(url)
        self._reading = reading(self._pool)
        self._writing = writing(self._pool)
        self._sets = PostgresSets()
        self._sessions: list[LaneSession] = []
        self._guard = threading.Lock()
        self._counts = {"lane_loads": 0, "reads": 0, "writes": 0, "retries": 0}
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
        with translated_errors(), self._writing.begin() as connection:
            yield PostgresWriter(connection, self._sets)

    def lane_session(self) -> LaneSession:
        return self._session(is_writing=True)

    def read_session(self) -> LaneSession:
        return self._session(is_writing=False)

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
        self._pool.dispose()

    def _session(self, *, is_writing: bool) -> LaneSession:
        self._require_open()
        session = PostgresLaneSession(lambda: connect(self._url), self._count, is_writing=is_writing)
        with self._guard:
            self._sessions.append(session)
        return session

    def _require_open(self) -> None:
        if self._is_closed:
            raise StorageUnavailable(message="The database was closed; nothing was changed.")

    def _count(self, name: str) -> None:
        with self._guard:
            self._counts[name] += 1
