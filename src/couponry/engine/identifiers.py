"""Fresh identifiers: time-ordered, unguessable, and ascending within a process."""

import secrets
import threading
from collections.abc import Callable

from couponry.domain.ids import to_base32
from couponry.engine.clock import Clock

_RANDOM_BITS = 80
_RANDOM_END = 1 << _RANDOM_BITS
_TOTAL_BITS = 130


class Identifiers:
    """Makes identifiers of 48 bits of milliseconds and 80 random bits, as a ULID has them.

    Within one millisecond the random part counts up by a random step, so that one process' identifiers ascend in the
    order in which they were made and yet tell nothing about each other.
    """

    def __init__(self, clock: Clock, random_below: Callable[[int], int] = secrets.randbelow) -> None:
        """Keep the sources of time and randomness.

        Args:
            clock: tells the instant.
            random_below: gives a number from 0 up to below its argument, unguessable.
        """
        self._clock = clock
        self._random_below = random_below
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
                self._last_ms, self._last_random = milliseconds, self._random_below(_RANDOM_END >> 1)
            else:
                self._last_random += 1 + self._random_below(1 << 40)
            number = self._last_ms << _RANDOM_BITS | self._last_random
        return f"{prefix}_{to_base32(number, _TOTAL_BITS // 5)}"

    def new_series(self) -> str:
        """Make the identifier of a series: `ser_` and 13 random symbols."""
        return f"ser_{to_base32(self._random_below(1 << 65), 13)}"
