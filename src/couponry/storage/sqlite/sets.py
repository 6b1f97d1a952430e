"""Sets of rows in one step each, both ways.

Every step of a SQLite statement gives up the interpreter's lock and has to wait for it again, which in a process with a
busy event loop takes far longer than the step. So rows are added by one statement with all their values (measured:
three times as fast as taking them out of a JSON text), and fetched as one JSON text.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, column, func, select

from couponry.storage.sets import RowT

Value = str | int | None
Execute = Callable[[str, tuple[Value, ...]], int]
"""Runs a statement with its values, and tells how many rows it changed."""

_MAX_ROWS: Final = 256
"""Rows in one statement: times 20 columns far below SQLite's 32,766 values."""


class SqliteSets:
    """Carries sets of rows for the transactions beside the lane."""

    def fetch(self, connection: Connection, statement: Select[Any], row_type: type[RowT]) -> list[RowT]:
        rows = statement.subquery()
        packed = connection.execute(select(func.json_group_array(func.json_array(*rows.c)))).scalar_one()
        return msgspec.json.decode(packed, type=list[row_type])  # type: ignore[valid-type]  # known at run time only

    def texts(self, values: Sequence[str]) -> Select[tuple[str]]:
        packed: BindParameter[str] = bindparam(None, msgspec.json.encode(values).decode(), unique=True)
        return select(column("value")).select_from(func.json_each(packed))

    def insert(self, connection: Connection, table: Table, rows: Sequence[Struct], *, skip_existing: bool) -> int:
        def execute(statement: str, values: tuple[Value, ...]) -> int:
            return connection.exec_driver_sql(statement, values).rowcount

        return insert_rows(execute, table, rows, "ON CONFLICT DO NOTHING" if skip_existing else "")


def insert_rows(execute: Execute, table: Table, rows: Sequence[Struct], conflict: str = "") -> int:
    """Add rows, with a conflict clause; returns how many were added or changed."""
    changed_count = 0
    for first in range(0, len(rows), _MAX_ROWS):
        part = rows[first : first + _MAX_ROWS]
        size = 1 << (len(part) - 1).bit_length()
        values = tuple(chain.from_iterable(map(msgspec.structs.astuple, part)))
        padding = (None,) * (size * len(table.columns) - len(values))
        changed_count += execute(_insert_statement(table, size, conflict), values + padding)
    return changed_count


def on_conflict_change(table: Table, *changed: str) -> str:
    """Write the conflict clause that changes the named columns of the row whose primary key is there."""
    keys = ", ".join(column.name for column in table.primary_key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"ON CONFLICT ({keys}) DO UPDATE SET {changes}"


@cache
def _insert_statement(table: Table, size: int, conflict: str) -> str:
    """Write the statement for up to so many rows; those whose first column is null only fill it up.

    Sizes are powers of two, so that the driver keeps the few statements there are prepared.
    """
    names = ", ".join(column.name for column in table.columns)
    row = f"({', '.join('?' * len(table.columns))})"
    filled = f"SELECT * FROM (VALUES {', '.join([row] * size)}) WHERE column1 IS NOT NULL"
    return f"INSERT INTO {table.name} ({names}) {filled} {conflict}"
