"""The one place that says what the errors of PostgreSQL and its driver mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from couponry.engine.ports import StorageFull, StorageUnavailable, TransactionRaced

DISK_FULL: Final = "53100"
READ_ONLY: Final = "25006"
NOT_PERMITTED: Final = "42501"
STARTING_OR_STOPPING: Final = "57P03"
TOO_MANY_CONNECTIONS: Final = "53300"
REFUSED_PASSWORD: Final = "28P01"  # noqa: S105  # a code of the SQL standard
REFUSED_ROLE: Final = "28000"
NO_DATABASE: Final = "3D000"
_UNIQUE_VIOLATION: Final = "23505"
_DEADLOCK: Final = "40P01"
_SERIALIZATION_FAILURE: Final = "40001"

_RACED_FOR: Final = frozenset({"pk_coupons", "pk_idempotency_keys"})
"""Keys of rows that two transactions may both find missing: whoever is second begins anew and finds them."""

_MESSAGES: Final = {
    TOO_MANY_CONNECTIONS: "The database server has no connection left; nothing was changed. Try again, and raise"
    " max_connections or put PgBouncer in front.",
    "53200": "The database server is out of memory; nothing was changed. Try again.",
    "53400": "The database server is at a limit of its configuration; nothing was changed. Try again.",
    READ_ONLY: "The database is a read-only standby; nothing was changed. Reading still works. Name the primary in"
    " COUPONRY_DATABASE_URL, or all servers with target_session_attrs=read-write.",
    "55P03": "The database is busy with another writer; nothing was changed. Try again.",
    "57014": "The database took too long and was stopped; nothing was changed. Try again.",
    "25P03": "The transaction paused for too long and the database ended it; nothing was changed. Try again.",
    STARTING_OR_STOPPING: "The database server is starting or stopping; nothing was changed. Try again.",
    NOT_PERMITTED: "The database role lacks a right on Couponry's tables; nothing was changed. Grant it.",
    REFUSED_PASSWORD: "The database server refuses the password; nothing was changed. Correct COUPONRY_DATABASE_URL.",
    REFUSED_ROLE: "The database server refuses the role; nothing was changed. Correct COUPONRY_DATABASE_URL.",
    NO_DATABASE: "The database does not exist any more; nothing was changed. Correct COUPONRY_DATABASE_URL.",
    "26000": "A connection pooler lost a prepared statement; nothing was changed. PgBouncer in transaction mode must be"
    " 1.21 or newer with max_prepared_statements above 0.",
    "42P05": "A connection pooler mixed up prepared statements; nothing was changed. PgBouncer in transaction mode must"
    " be 1.21 or newer with max_prepared_statements above 0.",
    "0A000": "The tables were changed by an upgrade; nothing was changed. Try again.",
}
"""What to say, by SQLSTATE."""

_NO_CONNECTION: Final = "The database server cannot be reached, or broke the connection off. Try again."
_CLASSES: Final = {
    "08": _NO_CONNECTION,
    "57": "The database server ended the connection; nothing was changed. Try again.",
    "58": "The database server cannot reach its files; nothing was changed. Look into its log.",
    "XX": "The database server reports damaged data; nothing was changed. Look into its log.",
}
"""What to say, by the first two characters of SQLSTATE."""

_FAILED_TO_CONNECT: Final = (
    ("password authentication failed", REFUSED_PASSWORD),
    ("no password supplied", REFUSED_PASSWORD),
    ("no pg_hba.conf entry", REFUSED_ROLE),
    ("authentication failed", REFUSED_ROLE),
    ("too many clients", TOO_MANY_CONNECTIONS),
    ("too many connections", TOO_MANY_CONNECTIONS),
    ("remaining connection slots", TOO_MANY_CONNECTIONS),
    ('role "', REFUSED_ROLE),
    ('database "', NO_DATABASE),
    ("session is read-only", READ_ONLY),
    ("server is in hot standby mode", READ_ONLY),
    ("the database system is", STARTING_OR_STOPPING),
)
"""What a failed attempt to connect says, and the SQLSTATE that libpq keeps to itself then. A server that speaks another
language than English is understood less well; its own words are told at the start."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise the port's errors in place of the driver's.

    A violated constraint or a wrong statement is no trouble of the database but a fault of ours, for which trying
    again would be bad advice: it passes as it is. Exceptions are the keys for which transactions race.
    """
    try:
        yield
    except psycopg.Error as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning from error
    except DBAPIError as error:
        meaning = meaning_of(error.orig)
        if meaning is None:
            raise
        raise meaning from error
    except PoolTimeoutError as error:
        raise StorageUnavailable from error


def meaning_of(error: BaseException | None) -> StorageUnavailable | None:
    """Tell what an error of the driver means to a caller; None for a fault of ours."""
    if not isinstance(error, psycopg.Error):
        return None
    state = state_of(error)
    if state is None:  # from the driver itself: there is no connection, or it broke
        is_connection_lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return StorageUnavailable(message=_NO_CONNECTION) if is_connection_lost else None
    if state == DISK_FULL:
        return StorageFull()
    if state in {_DEADLOCK, _SERIALIZATION_FAILURE} or _is_race(error):
        return TransactionRaced()
    message = _MESSAGES.get(state, _CLASSES.get(state[:2]))
    return None if message is None else StorageUnavailable(message=message)


def state_of(error: psycopg.Error) -> str | None:
    """Tell the SQLSTATE of an error, also of a failed attempt to connect; None for one of the driver itself."""
    if error.sqlstate is not None or not isinstance(error, psycopg.OperationalError):
        return error.sqlstate
    said = str(error)
    return next((state for words, state in _FAILED_TO_CONNECT if words in said), None)


def _is_race(error: psycopg.Error) -> bool:
    return error.sqlstate == _UNIQUE_VIOLATION and error.diag.constraint_name in _RACED_FOR
