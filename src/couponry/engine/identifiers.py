"""Fresh identifiers: time-ordered, unguessable, and ascending within a process."""

import os
import threading
from collections.abc import Callable

from couponry.domain.ids import to_base32
from couponry.engine.clock import Clock

_RANDOM_BITS = 80
_LENGTH = 26
_START_BYTES = 9
"""Random bytes at the first identifier of a millisecond: eight bits of room are left to count up in."""
_STEP_BYTES = 5
_SERIES_BYTES = 9
_POOL_BYTES = 8_192


class Identifiers:
    """Makes identifiers of 48 bits of milliseconds and 80 bits for those of one millisecond, laid out as a ULID.

    The latter begin with 72 random bits and count up by a random step, so that one process' identifiers ascend in the
    order in which they were made and yet tell nothing about each other.
    """

    def __init__(self, clock: Clock, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        """Keep the sources of time and randomness.

        Args:
            clock: tells the instant.
            random_bytes: gives so many unguessable bytes. It is asked for many at a time, since asking the system
                gives the interpreter away, and beside a busy event loop that takes longer than all the rest.
        """
        self._clock = clock
        self._random_bytes = random_bytes
        self._pool = b""
        self._drawn = 0
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._last_ms = 0
        self._last_random = 0

    def new(self, prefix: str) -> str:
        """Make an identifier.

        Args:
            prefix: what it names, such as `rdm`.

        Returns:
            the prefix, an underscore and 26 symbols.
        """
        milliseconds = int(self._clock.now().timestamp() * 1000)
        with self._lock:
            if milliseconds > self._last_ms:
                self._last_ms, self._last_random = milliseconds, self._random(_START_BYTES)
            else:
                self._last_random += 1 + self._random(_STEP_BYTES)
            number = self._last_ms << _RANDOM_BITS | self._last_random
        return f"{prefix}_{to_base32(number, _LENGTH)}"

    def new_series(self) -> str:
        """Make the identifier of a series: `ser_` and 13 random symbols."""
        with self._lock:
            return f"ser_{to_base32(self._random(_SERIES_BYTES) & ((1 << 65) - 1), 13)}"

    def _random(self, count: int) -> int:
        """Draw a number of so many bytes; a forked process begins a pool of its own."""
        if self._drawn + count > len(self._pool) or self._process != os.getpid():
            self._pool, self._drawn, self._process = self._random_bytes(_POOL_BYTES), 0, os.getpid()
        number = int.from_bytes(self._pool[self._drawn : self._drawn + count])
        self._drawn += count
        return number
