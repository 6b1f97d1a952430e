"""Writing outside the lane: the transactions of one tenant happen one after another, those of several side by side.

The use cases look and then write: is there a series like this one, is this batch still loading, was this key used? On
SQLite nobody writes in between. Here the first word about a tenant locks the tenant's row until the commit, which
comes to the same, and every statement sees what was committed before it began.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, select, text

from couponry.storage import schema
from couponry.storage.postgres.statements import TAKE_GUARD
from couponry.storage.sets import Sets
from couponry.storage.writing import SqlWriter

P = ParamSpec("P")
T = TypeVar("T")


class PostgresWriter(SqlWriter):
    """One writing transaction."""

    def __init__(self, connection: Connection, sets: Sets) -> None:
        super().__init__(connection, sets)
        self._tenants: set[str] = set()

    def count_redeemed(self, tenant_id: str, campaign_id: str) -> int:
        """Count when no lane is saving a use of the campaign, and let none begin until the commit.

        The count becomes the counter of a campaign that gets a cap; lanes take no lock on one that has none.
        """
        self._connection.execute(text(TAKE_GUARD), {"tenant_id": tenant_id, "campaign_id": campaign_id})
        return super().count_redeemed(tenant_id, campaign_id)

    def take_turn(self, tenant_id: str) -> None:
        """Lock a tenant's row, once; there is none for a tenant that is being made."""
        if tenant_id not in self._tenants:
            row = select(schema.tenants.c.tenant_id).where(schema.tenants.c.tenant_id == tenant_id)
            self._connection.execute(row.with_for_update(key_share=True))
            self._tenants.add(tenant_id)


def _in_turn(method: Callable[Concatenate[PostgresWriter, P], T]) -> Callable[Concatenate[PostgresWriter, P], T]:
    """Take the turn of the tenant that a method is about: its first argument, or whose row that is."""

    @wraps(method)
    def taking_turns(writer: PostgresWriter, /, *arguments: P.args, **named: P.kwargs) -> T:
        first = arguments[0] if arguments else None
        tenant_id = first if isinstance(first, str) else getattr(first, "tenant_id", None)
        if tenant_id is not None:
            writer.take_turn(tenant_id)
        return method(writer, *arguments, **named)

    return taking_turns


def _methods() -> Iterator[str]:
    """List the methods of the port."""
    return (name for name in dir(SqlWriter) if not name.startswith("_"))


for _name in _methods():
    setattr(PostgresWriter, _name, _in_turn(getattr(PostgresWriter, _name)))
