"""Verification of an export: the file and the batch side by side, at constant memory."""

import csv
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from couponry.cli.printing import counted
from couponry.engine.batches import CodeStream
from couponry.engine.import_files import HEADERS


def difference(lines: Iterable[str], stream: CodeStream) -> str | None:
    """Say where a CSV of codes first departs from a batch; None when it holds exactly its codes, in their order."""
    rows = csv.reader(lines, strict=True)
    try:
        header = next(rows, None)
        if header is None or not header or header[0].strip().lower() not in HEADERS:
            return "it has no header line 'code'."
        found = (row[0] for row in rows if row)
        for place, (expected, code) in enumerate(zip_longest(_codes(stream), found), 1):
            if expected != code:
                return _difference(place, expected, code, stream.count)
    except csv.Error as error:
        return f"line {rows.line_num} cannot be read as CSV ({error})."
    return None


def _codes(stream: CodeStream) -> Iterator[str]:
    for chunk in stream.chunks():
        yield from chunk[:-1].decode().split("\n")


def _difference(place: int, expected: str | None, code: str | None, count: int) -> str:
    if code is None:
        return f"it ends after {place - 1:,} of {counted(count, 'code')}."
    if expected is None:
        return f"it has more than the {counted(count, 'code')}."
    return f"code {place:,} of {count:,} is another one."
