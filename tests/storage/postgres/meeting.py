"""Ways to bring two transactions to the same place at the same time."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow

from couponry.domain.commands import Command
from couponry.domain.world import Outcome
from couponry.engine.lane import carry_commands
from couponry.engine.ports import LaneSession
from tests.properties.samples import NOW
from tests.storage.samples import identifiers

T = TypeVar("T")
WAIT_SECONDS = 30.0


class HookedClock:
    """Stands still, and does something else the first time it is looked at: between a lane's load and its save."""

    def __init__(self, hook: Callable[[], object]) -> None:
        self._hook: Callable[[], object] | None = hook

    def now(self) -> datetime:
        """Tell the instant."""
        hook, self._hook = self._hook, None
        if hook is not None:
            hook()
        return NOW


def carry_around(
    session: LaneSession, commands: Sequence[Command], hook: Callable[[], object]
) -> list[Outcome | BaseException]:
    """Carry commands, and do something after the first load of them."""
    return carry_commands(session, HookedClock(hook), identifiers())(commands)


@contextmanager
def other_connection(url: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """Open a connection that is none of the store's."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def run_beside(action: Callable[[], T]) -> "Future[T]":
    """Do something in another thread."""
    thread = ThreadPoolExecutor(1)
    try:
        return thread.submit(action)
    finally:
        thread.shutdown(wait=False)


def wait_until_somebody_waits(url: str) -> None:
    """Return as soon as a connection to the database waits for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with other_connection(url) as connection:
        wait_until(lambda: connection.execute(waiting).fetchone() != (0,))


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
