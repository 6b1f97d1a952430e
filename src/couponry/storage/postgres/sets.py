"""Sets of rows in one step each, both ways."""

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from msgspec import Struct
from sqlalchemy import Connection, Select, Table, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DataError

from couponry.storage.postgres.arrays import array_text, columns_of
from couponry.storage.postgres.statements import insert_rows
from couponry.storage.sets import RowT

_MAX_ROWS: Final = 5_000
"""Rows in one statement, so that its arrays stay far below a megabyte each."""


class PostgresSets:
    """Carries sets of rows for the transactions beside the lane."""

    def fetch(self, connection: Connection, statement: Select[Any], row_type: type[RowT]) -> list[RowT]:
        try:
            return [row_type(*row) for row in connection.execute(statement)]
        except DataError as error:
            if _is_unsendable(error):
                return []
            raise

    def texts(self, values: Sequence[str]) -> Select[tuple[str]]:
        storable = array_text([value for value in values if "\0" not in value])
        return select(func.unnest(cast(bindparam(None, storable, Text, unique=True), ARRAY(Text))))

    def insert(self, connection: Connection, table: Table, rows: Sequence[Struct], *, skip_existing: bool) -> int:
        statement = insert_rows(table, "ON CONFLICT DO NOTHING" if skip_existing else "")
        return sum(
            connection.exec_driver_sql(statement, tuple(columns_of(rows[first : first + _MAX_ROWS]))).rowcount
            for first in range(0, len(rows), _MAX_ROWS)
        )


def _is_unsendable(error: DataError) -> bool:
    """Tell whether a value holds U+0000, which PostgreSQL cannot even be asked for: then no row has it either."""
    return isinstance(error.orig, psycopg.DataError) and error.orig.sqlstate is None and "NUL" in str(error.orig)
