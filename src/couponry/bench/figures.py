"""Figures: what the benchmark measures, what is promised of it, and how much work goes into one."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Final, Literal

from msgspec import Struct

Number = int | float
Detail = dict[str, object]

_DISK: Final = Path("/var/tmp")  # noqa: S108  # unlike /tmp it is never in memory, where a sync would cost nothing
_PERCENTILES: Final = 20
_MICROSECONDS: Final = 1_000_000


class Target(Struct, frozen=True):
    """What is promised of a figure."""

    sign: Literal[">=", "<="]
    bound: Number

    def is_met_by(self, value: Number) -> bool:
        return value >= self.bound if self.sign == ">=" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


class Figure(Struct, frozen=True):
    """One line of the report; `value` is None and `met` False where the figure could not be measured."""

    figure: str
    value: Number | None
    unit: str
    target: str
    met: bool
    detail: Detail


class Effort(Struct, frozen=True):
    """How much work goes into a figure.

    Attributes:
        divisor: what the full counts are divided by.
        rounds: repetitions of what is compared.
    """

    divisor: int
    rounds: int

    def count(self, full: int, least: int = 1) -> int:
        """Scale a count down, but not below `least`."""
        return max(least, full // self.divisor)


FULL: Final = Effort(divisor=1, rounds=7)
QUICK: Final = Effort(divisor=20, rounds=3)


def figure(name: str, value: Number, unit: str, target: Target, detail: Detail) -> Figure:
    """Judge a measured value."""
    return Figure(name, round(value, 3), unit, str(target), target.is_met_by(value), detail)


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder on a disk for the time of one measurement; TMPDIR chooses another one."""
    chosen = tempfile.gettempdir()
    is_default = Path(chosen) == Path("/tmp")  # noqa: S108  # compared, not written to
    with tempfile.TemporaryDirectory(
        prefix="couponry-bench-", dir=_DISK if is_default and _DISK.is_dir() else None
    ) as name:
        yield Path(name)


def per_round(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Divide what was measured side by side, round by round."""
    return [round(own / other, 3) for own, other in zip(ours, theirs, strict=True)]


def milliseconds(seconds: Sequence[float]) -> Detail:
    """Sum up durations."""
    return {"median_ms": _rounded_ms(median(seconds)), "p95_ms": _rounded_ms(p95(seconds)), "samples": len(seconds)}


def p95(values: Sequence[float]) -> float:
    """Return what 95 of 100 values stay below."""
    return quantiles(values, n=_PERCENTILES, method="inclusive")[-1] if len(values) > 1 else values[0]


def _rounded_ms(seconds: float) -> float:
    return round(seconds * _MICROSECONDS) / 1000
