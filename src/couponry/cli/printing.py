"""Printing: JSON for programs, calm and aligned text for people."""

import sys
from collections.abc import Iterable, Sequence
from typing import Final

Cell = str | int | None
GAP: Final = "  "
_MARK: Final = ">"
"""Begins the name of a column whose cells end at the same place, as numbers should."""


class PipeClosed(Exception):
    """Whoever read our output has gone; not an OSError, so that it passes through Typer."""


def write(data: bytes) -> None:
    """Write to standard output, or raise PipeClosed; unbuffered, one write may take only a part."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[sys.stdout.buffer.write(rest) :]
    except BrokenPipeError as error:
        raise PipeClosed from error


def flush() -> None:
    """Send what is buffered, or raise PipeClosed."""
    try:
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise PipeClosed from error


def print_json(value: object) -> None:
    """Print one JSON value on one line."""
    import msgspec

    write(msgspec.json.encode(value) + b"\n")


def print_text(*lines: str) -> None:
    """Print lines; a character that the terminal cannot show is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    write("".join(f"{line}\n" for line in lines).encode(encoding, "backslashreplace"))


def say(*lines: str) -> None:
    """Print lines on standard error."""
    stream = sys.stderr
    text = "".join(f"{line}\n" for line in lines)
    stream.write(text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8"))
    stream.flush()


def print_facts(facts: Iterable[tuple[str, Cell]]) -> None:
    """Print names and values below each other; what is None is left out."""
    known = [(name, shown(value)) for name, value in facts if value is not None]
    width = max(len(name) for name, _ in known)
    print_text(*(f"{name.ljust(width)}{GAP}{value}" for name, value in known))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, empty: str) -> None:
    """Print a table; on a terminal long cells fold, in a pipe each row stays one line."""
    cells = [[shown(cell) for cell in row] for row in rows]
    if not cells:
        print_text(empty)
    elif sys.stdout.isatty():
        _print_rich(columns, cells)
    else:
        names = [column.removeprefix(_MARK) for column in columns]
        widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
        print_text(*(_aligned(columns, widths, row) for row in [names, *cells]))


def shown(value: Cell) -> str:
    """Write a value so that nothing in it can move the cursor."""
    text = "-" if value is None else str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def counted(count: int, noun: str) -> str:
    """Write a count and what is counted, such as `1 code` or `1,000 codes`; the noun takes its plural on -s."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"


def _aligned(columns: Sequence[str], widths: Sequence[int], row: Sequence[str]) -> str:
    parts = [
        cell.rjust(width) if column.startswith(_MARK) else cell.ljust(width)
        for column, width, cell in zip(columns, widths, row, strict=True)
    ]
    return GAP.join(parts).rstrip()


def _print_rich(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        justify = "right" if column.startswith(_MARK) else "left"
        table.add_column(column.removeprefix(_MARK), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    flush()
    Console().print(table)
