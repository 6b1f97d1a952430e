"""Opening a SQLite file: what is wrong with it is said before the first request, with what to do about it."""

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect

from couponry.engine.ports import StorageFull, StorageUnavailable, StorageUnusable
from couponry.storage import migrations
from couponry.storage.sqlite.connecting import BUSY_TIMEOUT_SECONDS, connect_writing, reading_engine, writing_engine
from couponry.storage.sqlite.errors import primary_code, translated_errors
from couponry.storage.sqlite.store import SqliteStore

_OLDEST_SQLITE: Final = (3, 38)
_RETRY_SECONDS: Final = 0.05
_FILE_MODE: Final = 0o600
"""Stored codes are worth money: the file is its owner's alone, and SQLite gives its log the mode of the file."""


def open_sqlite(path: Path, *, migrate: bool = True) -> SqliteStore:
    """Open a database file, made with its folder where there is none.

    Args:
        path: the file.
        migrate: whether an empty or older database is brought to the code's schema, or refused.

    Raises:
        StorageUnusable: the file cannot be used as it is.
    """
    _require_json()
    _require_file(path)
    try:
        _prepare(path)
        engine = writing_engine(path)
        try:
            with translated_errors():
                _require_schema(engine, path, migrate=migrate)
        finally:
            engine.dispose()
    except sqlite3.Error as error:
        raise StorageUnusable(_complaint(error, path)) from error
    except StorageFull as error:
        raise StorageUnusable(f"The disk of '{path}' is full; make room and start again.") from error
    except StorageUnavailable as error:
        raise StorageUnusable(f"The database '{path}' cannot be used now: {error.message}") from error
    return SqliteStore(path)


def schema_of(path: Path) -> str | None:
    """Tell the schema revision of a database file; None where there is no file, or nothing of ours in it."""
    if not path.is_file():
        return None
    try:
        engine = reading_engine(path)
        try:
            with translated_errors(), engine.begin() as connection:
                return migrations.revision_of(connection)
        finally:
            engine.dispose()
    except sqlite3.Error as error:
        raise StorageUnusable(_complaint(error, path)) from error
    except StorageUnavailable as error:
        raise StorageUnusable(f"The database '{path}' cannot be used now: {error.message}") from error


def _require_json() -> None:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StorageUnusable(
            f"Python's SQLite library is {sqlite3.sqlite_version}; version 3.38 or newer is needed. Use a newer Python."
        )
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("SELECT '[1]' ->> 0 FROM json_each('[1]')").fetchall()
    except sqlite3.OperationalError as error:
        raise StorageUnusable("Python's SQLite library was built without JSON; use another Python.") from error


def _require_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_folder = path.is_dir()
    except OSError as error:
        raise StorageUnusable(
            f"The folder '{path.parent}' cannot be made or entered ({error.strerror}); name another one."
        ) from error
    if is_folder:
        raise StorageUnusable(f"'{path}' is a folder; name a file in it.")


def _prepare(path: Path) -> None:
    """Make a missing file, switch a new one to the write-ahead log, and see that it can be written to."""
    with suppress(OSError, RuntimeError):  # one that is there keeps its mode; what else is wrong SQLite meets as well
        path.resolve().touch(_FILE_MODE, exist_ok=False)
    with closing(_first_connection(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("PRAGMA user_version = 1")  # beginning alone is granted on a read-only file, too
        connection.execute("ROLLBACK")


def _first_connection(path: Path) -> sqlite3.Connection:
    """Connect, again and again while another process makes the same file: the switch of the log does not wait."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            return connect_writing(path)
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_RETRY_SECONDS)


def _require_schema(engine: Engine, path: Path, *, migrate: bool) -> None:
    with engine.begin() as connection:
        revision = migrations.revision_of(connection)
        if revision == migrations.HEAD:
            return
        if revision is None and inspect(connection).get_table_names():
            raise StorageUnusable(f"'{path}' is the database of another program; name another file.")
        if revision is not None and revision not in migrations.REVISIONS:
            raise StorageUnusable(
                f"The database '{path}' was made by a newer Couponry (schema {revision}; this one knows up to"
                f" {migrations.HEAD}). Install the newer version, or restore a backup made before the upgrade."
            )
        if not migrate:
            state = "is empty" if revision is None else f"has the older schema {revision}"
            raise StorageUnusable(
                f"The database '{path}' {state}; this version needs schema {migrations.HEAD}. Run 'couponry migrate'."
            )
        migrations.migrate(connection)


def _complaint(error: sqlite3.Error, path: Path) -> str:
    code = primary_code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return f"'{path}' is no SQLite database; name another file, or restore it from a backup."
    if code == sqlite3.SQLITE_CORRUPT:
        return f"The database '{path}' is damaged; restore it from a backup."
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return (
            f"The database '{path}' cannot be written to; give the user that runs Couponry the right to write to the"
            " file and to its folder."
        )
    if code == sqlite3.SQLITE_FULL:
        return f"The disk of '{path}' is full; make room and start again."
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"Another program holds the database '{path}'; end it and start again."
    return f"The database '{path}' cannot be opened ({error})."
