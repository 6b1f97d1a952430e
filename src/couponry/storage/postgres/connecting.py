"""Connections to PostgreSQL, as the lane, the reads and the writes of the store need them.

Nothing is set for a whole session, since behind a pooler in transaction mode the next transaction has another one:
every transaction begins with its settings.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import conninfo
from psycopg.pq.abc import PGconn
from psycopg.rows import RowFactory, TupleRow, tuple_row
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

POOL_TIMEOUT_SECONDS: Final = 10
_POOL_SIZE: Final = 5
_MORE_AT_PEAKS: Final = 15
_BEGIN: Final = "couponry_begin"

_DEFAULTS: Final = {
    "application_name": "couponry",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "target_session_attrs": "read-write",
}
"""What a URL may say otherwise. A dead server is noticed within 25 seconds, a standby is no server to write to."""

DURABLE: Final = (
    "set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)"
)
"""Makes a commit wait for the disk, and for the synchronous standbys, whatever the server's default is."""


def settings(**values: str) -> str:
    """Write set_config calls that hold until the transaction ends."""
    return ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values.items())


_READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT " + settings(
    statement_timeout="60s", lock_timeout="10s", idle_in_transaction_session_timeout="60s"
)
_WRITING: Final = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT {DURABLE}, " + settings(
    statement_timeout="120s", lock_timeout="10s", idle_in_transaction_session_timeout="60s"
)


class DurableConnection(psycopg.Connection[TupleRow]):
    """A connection that tells a commit that is durable from one that only says so.

    A commit that waits for a synchronous standby and is cancelled (by a timeout, by an administrator) succeeds with a
    warning. Such a commit must not be answered with success.
    """

    def __init__(self, pgconn: PGconn, row_factory: RowFactory[TupleRow] = tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        self._is_doubtful = False
        self.add_notice_handler(self._note)

    def commit(self) -> None:
        with self.durable():
            super().commit()

    @contextmanager
    def durable(self) -> Iterator[None]:
        """Raise when what is done inside, a commit, came with a warning."""
        self._is_doubtful = False
        yield
        if self._is_doubtful:
            raise psycopg.OperationalError("the commit was not confirmed by the synchronous standby")

    def _note(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        is_warning = diagnostic.severity_nonlocalized == "WARNING"
        self._is_doubtful = self._is_doubtful or (is_warning and diagnostic.sqlstate == "01000")


def connect(url: str) -> DurableConnection:
    """Open a connection whose transactions begin where we say so."""
    given = conninfo.conninfo_to_dict(url)
    absent = {name: value for name, value in _DEFAULTS.items() if name not in given}
    return DurableConnection.connect(conninfo.make_conninfo(url, **absent), autocommit=True)


def is_usable(connection: psycopg.Connection[TupleRow]) -> bool:
    """Tell whether an idle connection can be used, without asking the server.

    Nobody sends anything on an idle connection but a server that ends it, so that one with something to read is dead.
    """
    if connection.closed:
        return False
    try:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return not poll.poll(0)
    except (OSError, psycopg.Error):
        return False


def pooled_engine(url: str) -> Engine:
    """Make a pool for snapshots and for writing outside the lane; see `reading` and `writing`."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(url),
        poolclass=QueuePool,
        pool_size=_POOL_SIZE,
        max_overflow=_MORE_AT_PEAKS,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_use_lifo=True,
        use_native_hstore=False,
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkout", _require_usable)
    return engine


def reading(engine: Engine) -> Engine:
    """Let the pool's transactions be snapshots that cannot write."""
    return engine.execution_options(**{_BEGIN: _READING})


def writing(engine: Engine) -> Engine:
    """Let the pool's transactions write durably, each statement seeing what is committed by then."""
    return engine.execution_options(**{_BEGIN: _WRITING})


def _begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get(_BEGIN)
    if begin is not None:  # the dialect's own first look at a server needs nothing
        connection.exec_driver_sql(begin)


def _require_usable(driver: DurableConnection, entry: ConnectionPoolEntry, proxy: object) -> None:
    del entry, proxy
    if not is_usable(driver):
        raise DisconnectionError
