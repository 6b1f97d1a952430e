"""Answers that are not there yet: one object that a thread can wait for and a coroutine can await."""

import asyncio
import contextlib
import threading
from collections.abc import Generator, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _LoopWaiter:
    """A coroutine's end of an answer."""

    __slots__ = ("future", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.future: asyncio.Future[None] = loop.create_future()

    def wake(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


class Pending(Generic[T]):
    """An answer to come, set once by the lane; waited for once."""

    __slots__ = ("_answer", "_error", "_is_done", "_lock", "_waiter")

    def __init__(self) -> None:
        """Begin without an answer."""
        self._lock = threading.Lock()
        self._is_done = False
        self._answer: T | None = None
        self._error: BaseException | None = None
        self._waiter: _LoopWaiter | threading.Event | None = None

    @classmethod
    def done(cls, answer: T) -> "Pending[T]":
        """Make one that has its answer already."""
        pending = cls()
        pending._answer, pending._is_done = answer, True
        return pending

    def result(self, timeout_seconds: float | None = None) -> T:
        """Wait for the answer in this thread.

        Args:
            timeout_seconds: how long at most; None waits for ever.

        Returns:
            the answer.

        Raises:
            TimeoutError: no answer within the time; the command may still be carried out.
            Exception: whatever the command raised.
        """
        with self._lock:
            waiter = None if self._is_done else threading.Event()
            self._waiter = waiter
        if waiter is not None and not waiter.wait(timeout_seconds):
            raise TimeoutError
        return self._unwrap()

    def __await__(self) -> Generator[Any, None, T]:
        """Wait for the answer in this coroutine."""
        with self._lock:
            waiter = None if self._is_done else _LoopWaiter(asyncio.get_running_loop())
            self._waiter = waiter
        if waiter is not None:
            yield from waiter.future
        return self._unwrap()

    def _unwrap(self) -> T:
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]  # set before `_is_done`

    def _settle(self, answer: T | None, error: BaseException | None) -> _LoopWaiter | threading.Event | None:
        with self._lock:
            self._answer, self._error, self._is_done = answer, error, True
            return self._waiter


def settle(settled: Iterable[tuple[Pending[T], T | None, BaseException | None]]) -> None:
    """Give many answers at once; each event loop is woken once, however many of its coroutines wait.

    Args:
        settled: for each: who waits, and the answer or the error.
    """
    by_loop: dict[asyncio.AbstractEventLoop, list[_LoopWaiter]] = {}
    for pending, answer, error in settled:
        waiter = pending._settle(answer, error)  # noqa: SLF001  # this function is the class' other half
        if isinstance(waiter, threading.Event):
            waiter.set()
        elif waiter is not None:
            by_loop.setdefault(waiter.loop, []).append(waiter)
    for loop, waiters in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits there any more
            loop.call_soon_threadsafe(_wake_all, waiters)


def _wake_all(waiters: list[_LoopWaiter]) -> None:
    for waiter in waiters:
        waiter.wake()
