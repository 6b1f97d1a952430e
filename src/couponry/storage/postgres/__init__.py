"""PostgreSQL behind the storage port."""

from couponry.storage.postgres.opening import open_postgres
from couponry.storage.postgres.store import PostgresStore

__all__ = ["PostgresStore", "open_postgres"]
