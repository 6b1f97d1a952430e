"""Columns of values as the texts of PostgreSQL arrays.

A JSON array of texts and whole numbers is the text of a PostgreSQL array but for its brackets and a few escapes, and
nothing writes it faster. Measured for 64 rows of 17 columns: 100 µs to write and 1.8 ms to insert, against 40 µs and
9.6 ms for lists that the driver adapts, 4.0 ms for one JSON text, and 1.5 ms for COPY, which fits no pipeline.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

Value = str | int | None

_FOREIGN_ESCAPE: Final = re.compile(rb'\\[^"\\]')
"""An escape of JSON that means another thing in an array: there a backslash only lets the next character be itself."""
_ESCAPED_BACKSLASH: Final = rb"\\"


def array_text(values: Sequence[Value]) -> str:
    """Write values of one column as an array."""
    text = msgspec.json.encode(values)
    if b"\\" in text and _FOREIGN_ESCAPE.search(text.replace(_ESCAPED_BACKSLASH, b"")):
        return f"{{{','.join(map(_quoted, values))}}}"
    return f"{{{text[1:-1].decode()}}}"


def columns_of(rows: Iterable[Struct]) -> list[str]:
    """Write rows, one or more, as one array for each column."""
    return [array_text(column) for column in zip(*map(msgspec.structs.astuple, rows), strict=True)]


def named_pairs(names: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Write (tenant, name) pairs as two arrays, in order; without those that no row can bear."""
    pairs = sorted(pair for pair in names if "\0" not in pair[0] and "\0" not in pair[1])
    return array_text([tenant for tenant, _ in pairs]), array_text([name for _, name in pairs])


def _quoted(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
