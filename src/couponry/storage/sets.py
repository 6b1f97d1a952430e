"""What differs between engines in statements over sets of rows, behind one small interface."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Select, Table

RowT = TypeVar("RowT", bound=Struct)


class Sets(Protocol):
    """Carries whole sets to and from the database in one statement each."""

    def fetch(self, connection: Connection, statement: Select[Any], row_type: type[RowT]) -> list[RowT]:
        """Run a query.

        Args:
            connection: in a transaction.
            statement: its columns are the fields of `row_type`, in that order.
            row_type: an `array_like` struct.

        Returns:
            the rows in the statement's order.
        """

    def texts(self, values: Sequence[str]) -> Select[tuple[str]]:
        """Make a query of one column that gives these texts, for use behind IN."""

    def insert(self, connection: Connection, table: Table, rows: Sequence[Struct], *, skip_existing: bool) -> int:
        """Add rows.

        Args:
            connection: in a transaction.
            table: where to.
            rows: structs with the table's columns in the table's order.
            skip_existing: leave out rows whose primary or unique key is there, instead of failing.

        Returns:
            how many rows were added.
        """
