"""Turns: a lock that is given in the order of asking."""

import threading
from collections import deque
from types import TracebackType

from couponry.engine.ports import StorageUnavailable


class Turns:
    """Lets one thread write at a time, first come, first served.

    SQLite lets writers wait by sleeping and trying again, so that one that comes back at once starves the others.
    Within a process this lock puts them in order before they ask SQLite.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._owner: int | None = None
        self._is_taken = False

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._owner == me:
                raise RuntimeError("a writing transaction was begun inside another of the same thread")
            if not self._is_taken:
                self._is_taken, self._owner = True, me
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        self._wait_for(turn)
        self._owner = me

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._guard:
            self._pass_on()

    def _wait_for(self, turn: threading.Lock) -> None:
        is_mine = False
        try:
            is_mine = turn.acquire(timeout=self._timeout_seconds)
        finally:
            if not is_mine:
                self._give_up(turn)
        if not is_mine:
            raise StorageUnavailable(
                message="The database is busy with another writer; nothing was changed. Try again."
            )

    def _give_up(self, turn: threading.Lock) -> None:
        """Leave the queue; the turn may have come in the same moment, then it goes to the next."""
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:
                self._pass_on()

    def _pass_on(self) -> None:
        self._owner = None
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._is_taken = False
