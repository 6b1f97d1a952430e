"""Progress of long commands: a bar on standard error when that is a terminal, and nothing otherwise."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def progress(name: str, total: int, *, is_quiet: bool) -> Iterator[Advance]:
    """Show a bar while the block runs; the block calls what it is given with how many more are done."""
    if is_quiet or not sys.stderr.isatty():
        yield _ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=total)
        yield lambda count: bar.advance(task, count)


def _ignore(count: int) -> None:
    """Show nothing."""


@contextmanager
def waiting(text: str, *, is_quiet: bool) -> Iterator[None]:
    """Show that something goes on whose end cannot be told."""
    if is_quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield
