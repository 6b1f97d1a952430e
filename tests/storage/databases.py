"""The engines that the conformance suite runs on."""

from pathlib import Path
from typing import Protocol

from couponry.engine.ports import Store
from couponry.storage.sqlite import open_sqlite


class Database(Protocol):
    """A database of one engine, empty at first, that can be opened as often as a test likes."""

    name: str
    address: str

    def open(self) -> Store:
        """Open it, as another process would."""


class SqliteDatabase:
    """A file."""

    name = "sqlite"

    def __init__(self, address: str) -> None:
        self.address = address

    def open(self) -> Store:
        """Open it, as another process would."""
        return open_sqlite(Path(self.address))


class PostgresDatabase:
    """A database on a server."""

    name = "postgresql"

    def __init__(self, address: str) -> None:
        self.address = address

    def open(self) -> Store:
        """Open it, as another process would."""
        from couponry.storage.postgres import open_postgres  # noqa: PLC0415  # the driver is not on every machine yet

        return open_postgres(self.address)


def database_of(name: str, address: str) -> Database:
    """Find a database by what another process was told of it."""
    databases: dict[str, type[SqliteDatabase | PostgresDatabase]] = {
        SqliteDatabase.name: SqliteDatabase,
        PostgresDatabase.name: PostgresDatabase,
    }
    return databases[name](address)
