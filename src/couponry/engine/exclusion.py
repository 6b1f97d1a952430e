"""Exclusion: what must not be done twice at once in this process waits its turn."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class Exclusion:
    """Locks by name, made when first asked for and forgotten when nobody holds them.

    Between processes the database decides; here waiting is kinder than a refusal.
    """

    def __init__(self) -> None:
        """Begin with none held."""
        self._guard = threading.Lock()
        self._locks: dict[tuple[str, ...], tuple[AbstractContextManager[bool], int]] = {}

    @contextmanager
    def hold(self, *name: str) -> Iterator[None]:
        """Be the only thread in this process under a name; a thread that holds it may come again.

        Args:
            name: what is done, and on what.
        """
        with self._guard:
            lock, count = self._locks.get(name, (threading.RLock(), 0))
            self._locks[name] = lock, count + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, count = self._locks[name]
                if count > 1:
                    self._locks[name] = lock, count - 1
                else:
                    del self._locks[name]
