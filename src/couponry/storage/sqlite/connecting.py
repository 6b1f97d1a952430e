"""Connections to a SQLite file, as the reads and writes of the store need them."""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

BUSY_TIMEOUT_SECONDS: Final = 10
_CACHE_KIBIBYTES: Final = 65_536
_POOLED_CACHE_KIBIBYTES: Final = 8_192
_CHECKPOINT_PAGES: Final = 4_000
_POOL_SIZE: Final = 8
_STATEMENTS: Final = 256


def connect_writing(path: Path) -> sqlite3.Connection:
    """Open a connection that writes durably: a commit returns when the log is on the disk."""
    return _connect(
        path,
        f"cache_size = -{_CACHE_KIBIBYTES}",
        "journal_mode = WAL",
        "synchronous = FULL",
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    )


def connect_reading(path: Path, cache_kibibytes: int = _CACHE_KIBIBYTES) -> sqlite3.Connection:
    """Open a connection that refuses to write."""
    return _connect(path, f"cache_size = -{cache_kibibytes}", "query_only = ON")


def reading_engine(path: Path) -> Engine:
    """Make a pool for snapshots: any number of threads, each with a connection of its own."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: connect_reading(path, _POOLED_CACHE_KIBIBYTES),
        poolclass=QueuePool,
        pool_size=_POOL_SIZE,
        max_overflow=-1,
    )
    event.listen(engine, "begin", _begin_snapshot)
    return engine


def writing_engine(path: Path) -> Engine:
    """Make the one connection for writing outside the lane."""
    engine = create_engine(
        "sqlite://", creator=lambda: connect_writing(path), poolclass=QueuePool, pool_size=1, max_overflow=0
    )
    event.listen(engine, "begin", _begin_writing)
    return engine


def _connect(path: Path, *settings: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,  # transactions begin where we say so
        check_same_thread=False,  # a pool hands connections from thread to thread, one at a time
        cached_statements=_STATEMENTS,
    )
    try:
        for setting in ("temp_store = MEMORY", *settings):
            connection.execute(f"PRAGMA {setting}").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin_snapshot(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
