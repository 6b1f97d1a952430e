"""SQLite behind the storage port."""

from couponry.storage.sqlite.opening import open_sqlite, schema_of
from couponry.storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "open_sqlite", "schema_of"]
