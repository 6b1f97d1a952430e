"""The one place that says what the errors of SQLite and its driver mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from couponry.engine.ports import StorageFull, StorageUnavailable

_PRIMARY_CODE: Final = 0xFF  # the lower byte of an extended result code
_MESSAGES: Final = {
    sqlite3.SQLITE_BUSY: "The database is busy with another writer; nothing was changed. Try again.",
    sqlite3.SQLITE_LOCKED: "The database is busy with another writer; nothing was changed. Try again.",
    sqlite3.SQLITE_READONLY: "The database cannot be written to; nothing was changed. Reading still works.",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged; nothing was changed. Restore it from a backup.",
    sqlite3.SQLITE_NOTADB: "The database file is damaged; nothing was changed. Restore it from a backup.",
    sqlite3.SQLITE_NOMEM: "",
    sqlite3.SQLITE_INTERRUPT: "",
    sqlite3.SQLITE_IOERR: "",
    sqlite3.SQLITE_CANTOPEN: "",
    sqlite3.SQLITE_PROTOCOL: "",
    sqlite3.SQLITE_PERM: "",
    sqlite3.SQLITE_AUTH: "",
    sqlite3.SQLITE_NOLFS: "",
}
"""What to say by primary result code; the empty text is the general one."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise the port's errors in place of the driver's.

    A violated constraint or a wrong statement is no trouble of the database but a fault of ours, for which trying
    again would be bad advice: it passes as it is.
    """
    try:
        yield
    except sqlite3.Error as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error
    except DBAPIError as error:
        meaning = _meaning(error.orig)
        if meaning is None:
            raise
        raise meaning from error
    except PoolTimeoutError as error:
        raise StorageUnavailable from error


def primary_code(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code, or None for an error that does not come from SQLite itself."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY_CODE


def _meaning(error: BaseException | None) -> StorageUnavailable | None:
    code = primary_code(error)
    if code == sqlite3.SQLITE_FULL:
        return StorageFull()
    if code in _MESSAGES:
        return StorageUnavailable(message=_MESSAGES[code])
    return None
