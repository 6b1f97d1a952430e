"""Opening a PostgreSQL database: what is wrong with it is said before the first request, with what to do about it."""

from typing import Final

import psycopg
from psycopg import conninfo
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from couponry.engine.ports import StorageFull, StorageUnavailable, StorageUnusable
from couponry.storage import migrations, schema
from couponry.storage.postgres import errors
from couponry.storage.postgres.connecting import connect, pooled_engine, settings, writing
from couponry.storage.postgres.store import PostgresStore

_OLDEST_SERVER: Final = 14
_SCHEMES: Final = ("postgresql://", "postgres://")
_EXAMPLE: Final = "postgresql://user:password@host:5432/couponry"
_MIGRATION_LOCK: Final = 0x436F75706F6E7279
"""Names the advisory lock under which one process at a time migrates: the letters Couponry."""
_LOCK_MIGRATION: Final = text(
    f"SELECT {settings(lock_timeout='60s', statement_timeout='600s')}, pg_advisory_xact_lock({_MIGRATION_LOCK})"
)
_FOREIGN_TABLES: Final = text(
    "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid"
    " AND d.classid = 'pg_class'::regclass AND d.deptype = 'e') LIMIT 1"
)
"""Finds a table that belongs to no extension."""

_READ_ONLY: Final = (
    "is a read-only standby (or set to default_transaction_read_only). Name the primary in COUPONRY_DATABASE_URL, or"
    " all servers, separated by commas."
)
_UNREACHABLE: Final = "cannot be reached. See that the server runs there, listens, and lets this machine in."
_ADVICE: Final = {
    errors.REFUSED_PASSWORD: "refuses the password. Correct it in COUPONRY_DATABASE_URL, or give it in PGPASSWORD.",
    errors.REFUSED_ROLE: "refuses the role. Correct it in COUPONRY_DATABASE_URL, or let it in (createuser,"
    " pg_hba.conf).",
    errors.NO_DATABASE: "does not exist. Make it (createdb), or correct the name in COUPONRY_DATABASE_URL.",
    errors.READ_ONLY: _READ_ONLY,
    errors.STARTING_OR_STOPPING: "is starting or stopping. Start Couponry again in a moment.",
    errors.TOO_MANY_CONNECTIONS: "has no connection left. Raise max_connections, or put PgBouncer in front.",
    errors.NOT_PERMITTED: "does not let its role make or use tables. Let the database belong to the role (ALTER"
    " DATABASE … OWNER TO …), or GRANT CREATE, USAGE ON SCHEMA public and the rights on Couponry's tables.",
}
"""What to do, by SQLSTATE."""


def open_postgres(url: str, *, migrate: bool = True) -> PostgresStore:
    """Open a database.

    Args:
        url: as libpq takes it; of several hosts, the first that can be written to is used.
        migrate: whether an empty or older database is brought to the code's schema, or refused.

    Raises:
        StorageUnusable: the database cannot be used as it is.
    """
    place = _place(url)
    try:
        _require_server(url, place)
        engine = pooled_engine(url)
        try:
            with errors.translated_errors():
                _require_schema(writing(engine), place, migrate=migrate)
        finally:
            engine.dispose()
    except (psycopg.Error, DBAPIError) as error:
        raise StorageUnusable(f"{place} cannot be opened ({_first_line(error)}).") from error
    except StorageFull as error:
        raise StorageUnusable(f"The disk of {place} is full; make room and start again.") from error
    except StorageUnavailable as error:
        raise StorageUnusable(_complaint(error, place)) from error
    return PostgresStore(url)


def _place(url: str) -> str:
    """Name a database without its password."""
    if not url.startswith(_SCHEMES):
        raise StorageUnusable(f"COUPONRY_DATABASE_URL is no address of PostgreSQL; it must look like {_EXAMPLE}.")
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.Error as error:
        raise StorageUnusable(
            f"COUPONRY_DATABASE_URL is no address of PostgreSQL ({_first_line(error)}); it must look like {_EXAMPLE}."
        ) from error
    name = parts.get("dbname") or parts.get("user") or ""
    return f"The database '{name}' on '{parts.get('host') or 'this machine'}'"


def _require_server(url: str, place: str) -> None:
    try:
        connection = connect(url)
    except psycopg.Error as error:
        raise StorageUnusable(_refusal(error, place)) from error
    with connection:
        version = connection.info.server_version // 10_000
        if version < _OLDEST_SERVER:
            raise StorageUnusable(
                f"{place} runs on PostgreSQL {version}; {_OLDEST_SERVER} or newer is needed. Upgrade the server."
            )
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StorageUnusable(
                f"{place} has the encoding {encoding}, which cannot hold every text. Make one with UTF8:"
                " createdb --template template0 --encoding UTF8 couponry."
            )
        if connection.execute("SHOW transaction_read_only").fetchone() == ("on",):
            raise StorageUnusable(f"{place} {_READ_ONLY}")


def _require_schema(engine: Engine, place: str, *, migrate: bool) -> None:
    with engine.begin() as connection:
        if _is_current(connection, place, migrate=migrate):
            return
    with engine.begin() as connection:
        connection.execute(_LOCK_MIGRATION)
        if not _is_current(connection, place, migrate=migrate):  # another process may have been first
            migrations.migrate(connection)


def _is_current(connection: Connection, place: str, *, migrate: bool) -> bool:
    """Tell whether the schema is the code's; raise unless it can be brought to that."""
    revision = migrations.revision_of(connection)
    if revision == migrations.HEAD:
        return True
    is_ours = inspect(connection).has_table(schema.campaign_counters.name)
    if not is_ours and connection.execute(_FOREIGN_TABLES).scalar() is not None:
        raise StorageUnusable(
            f"{place} holds the tables of another program. Make one for Couponry (createdb couponry), or name a schema"
            " of its own in the address (?options=-csearch_path%3Dcouponry)."
        )
    if revision is not None and revision not in migrations.REVISIONS:
        raise StorageUnusable(
            f"{place} was made by a newer Couponry (schema {revision}; this one knows up to {migrations.HEAD})."
            " Install the newer version, or restore a backup made before the upgrade."
        )
    if not migrate:
        state = "is empty" if revision is None else f"has the older schema {revision}"
        raise StorageUnusable(f"{place} {state}; this version needs schema {migrations.HEAD}. Run 'couponry migrate'.")
    return False


def _refusal(error: psycopg.Error, place: str) -> str:
    """Say why there is no connection."""
    advice = _ADVICE.get(errors.state_of(error) or "", _UNREACHABLE)
    return f"{place} {advice} The driver says: {_first_line(error)}."


def _complaint(error: StorageUnavailable, place: str) -> str:
    """Say why the schema could not be looked at or made."""
    cause = error.__cause__.orig if isinstance(error.__cause__, DBAPIError) else error.__cause__
    advice = _ADVICE.get(errors.state_of(cause) or "") if isinstance(cause, psycopg.Error) else None
    return f"{place} cannot be used now: {error.message}" if advice is None else f"{place} {advice}"


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0].rstrip(".")
