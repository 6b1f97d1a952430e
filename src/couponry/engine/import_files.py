"""Import files: a CSV with a column of codes, or a plain list of them, read into numbered lines."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from couponry.domain.errors import InvalidValue
from couponry.engine.imports import MAX_IMPORT_COUNT, ImportedLine

HEADERS: Final = frozenset({"code", "codes"})
_DELIMITERS: Final = ",;\t"
_BYTE_ORDER_MARK: Final = "\ufeff"
_TOO_LONG: Final = "field larger than"
"""How the csv module's message begins for a cell over its limit; it has no error class of its own."""


def read_lines(text_stream: Iterable[str]) -> list[ImportedLine]:
    """Read the codes of a file.

    A first row with a cell `code` or `codes` is a header: that column is read, and its delimiter is a comma, semicolon
    or tab. Any other file is a plain list of one code a line. Quotes are those of RFC 4180; a byte order mark, carriage
    returns and blank lines are ignored.

    Args:
        text_stream: the lines of the file, opened with `newline=""` so that quoted line ends keep.

    Returns:
        the codes with the line each begins on, from 1; one more than MAX_IMPORT_COUNT at most, so that a file that is
        too long is noticed and not read to its end. A row without a cell in the column gives an empty code.

    Raises:
        InvalidValue: `csv_malformed` where quotes do not pair or a cell is too long; `csv_header_missing` for several
            columns none of which is named `code`.

    Source: RFC 4180.
    """
    lines = _without_mark(text_stream)
    before: list[str] = []
    for line in lines:
        before.append(line)
        if line.strip():
            break
    delimiter, column = _header(before[-1]) if before else (",", None)
    rows = _rows(chain(before, lines), delimiter)
    if column is not None:
        next(rows)
        found = (ImportedLine(line, row[column] if column < len(row) else "") for line, row in rows)
    else:
        found = (ImportedLine(line, _only_cell(line, row)) for line, row in rows)
    return list(islice(found, MAX_IMPORT_COUNT + 1))


def _without_mark(text_stream: Iterable[str]) -> Iterator[str]:
    lines = iter(text_stream)
    first = next(lines, None)
    return iter(()) if first is None else chain([first.removeprefix(_BYTE_ORDER_MARK)], lines)


def _header(line: str) -> tuple[str, int | None]:
    """Find the delimiter that makes one cell of a line a header, and the cell's place; (comma, None) without one."""
    for delimiter in _DELIMITERS:
        cells = [cell.strip().strip('"').strip().lower() for cell in line.split(delimiter)]
        for place, cell in enumerate(cells):
            if cell in HEADERS:
                return delimiter, place
    return ",", None


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Give each row that is not blank, with the line it begins on."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidValue("csv_malformed", _complaint(line, str(error)), line=line) from error
        if any(cell.strip() for cell in row):
            yield line, row


def _complaint(line: int, problem: str) -> str:
    if problem.startswith(_TOO_LONG):
        return (
            f"Line {line} has a cell that is too long: more than {csv.field_size_limit():,} characters. If it begins "
            "with a quote, its closing quote may be missing."
        )
    return (
        f"Line {line} cannot be read as CSV: {problem}. A cell with a quote in it is written in quotes, and the quote "
        "twice."
    )


def _only_cell(line: int, row: Sequence[str]) -> str:
    if len(row) > 1 and any(cell.strip() for cell in row[1:]):
        raise InvalidValue(
            "csv_header_missing",
            f"Line {line} has {len(row)} columns, and no header says which holds the codes; begin the file with a "
            "header line that names the column 'code'.",
            line=line,
        )
    return row[0]
