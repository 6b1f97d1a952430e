"""The runner: every figure in turn, a line each."""

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from couponry.bench import export_csv, http_redemptions, lane, mint_billion, scale_latency, wrong_guesses
from couponry.bench.figures import FULL, QUICK, Effort, Figure, Target, workplace

Measure = Callable[[Effort, Path], Figure]

FIGURES: Final[Mapping[str, tuple[Measure, Target]]] = MappingProxyType(
    {
        mint_billion.NAME: (mint_billion.measure, mint_billion.TARGET),
        export_csv.SPEED_NAME: (export_csv.measure_speed, export_csv.SPEED_TARGET),
        export_csv.MEMORY_NAME: (export_csv.measure_memory, export_csv.MEMORY_TARGET),
        lane.NAME: (lane.measure, lane.TARGET),
        http_redemptions.NAME: (http_redemptions.measure, http_redemptions.TARGET),
        scale_latency.NAME: (scale_latency.measure, scale_latency.TARGET),
        wrong_guesses.NAME: (wrong_guesses.measure, wrong_guesses.TARGET),
    }
)
DONE: Final = 0
BROKEN: Final = 1
WRONG_USAGE: Final = 2


def main(*, quick: bool = False, json_lines: bool = False, only: Sequence[str] = ()) -> int:
    """Measure and report.

    A missed target is reported as such and is no failure: machines are noisy, and who runs this judges. What could
    not be measured at all is one.

    Args:
        quick: a twentieth of the work, to see that everything runs; its figures mean little.
        json_lines: report one JSON object a line instead of a table.
        only: names of figures; all when empty.

    Returns:
        0 when every figure was measured, 1 when one was not, 2 for a name that is none.
    """
    errors = Console(stderr=True)
    unknown = sorted(set(only) - FIGURES.keys())
    if unknown:
        errors.print(f"There is no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}.", highlight=False)
        return WRONG_USAGE
    names = [name for name in FIGURES if not only or name in only]
    figures = []
    for number, name in enumerate(names, 1):
        with errors.status(f"{name} ({number} of {len(names)})"):
            measured = measure(name, QUICK if quick else FULL)
        figures.append(measured)
        if json_lines:
            sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")
            sys.stdout.flush()
    if not json_lines:
        Console().print(_table(figures))
    return BROKEN if any(measured.value is None for measured in figures) else DONE


def measure(name: str, effort: Effort) -> Figure:
    """Measure one figure; what goes wrong is told in its detail and, at length, on the error output."""
    work, target = FIGURES[name]
    try:
        with workplace() as folder:
            return work(effort, folder)
    except Exception as error:  # noqa: BLE001  # the other figures are still worth measuring
        traceback.print_exc()
        return Figure(name, None, "", str(target), met=False, detail={"error": f"{type(error).__name__}: {error}"})


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("figure", "value", "unit", "target", "met")
    for measured in figures:
        value = "failed" if measured.value is None else f"{measured.value:g}"
        table.add_row(measured.figure, value, measured.unit, measured.target, "yes" if measured.met else "no")
    return table
