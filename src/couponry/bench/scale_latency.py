"""Latency of validation and redemption with a billion codes issued, against ten thousand."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

import uvloop
from msgspec import Struct

from couponry.bench.figures import Detail, Effort, Figure, Target, figure, milliseconds, p95, per_round
from couponry.bench.house import Stock, mint, open_house, redeem, validate
from couponry.engine.engine import Engine

NAME: Final = "scale_latency"
TARGET: Final = Target("<=", 1.1)
MANY: Final = 10**9
FEW: Final = 10**4
_CALLER_COUNTS: Final = (1, 16)
_USES: Final = 4_000
_PIECE: Final = 50
_LEAST: Final = 200

Ask = Callable[[Engine, str, str], Awaitable[None]]


class Side(Struct, frozen=True):
    """A house, and codes of it for each number of callers."""

    stock: Stock
    codes: dict[int, list[str]]


def measure(effort: Effort, folder: Path) -> Figure:
    """Ask the same of two houses in turns of fifty, and compare what one caller and 16 wait for."""
    count = effort.count(_USES, _LEAST)
    with (
        open_house(folder / "many") as many,
        open_house(folder / "few") as few,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        sides = [_side(many, MANY, count), _side(few, FEW, count)]
        detail: Detail = {}
        ratios, tails = [], []
        for name, ask in (("validation", validate), ("redemption", redeem)):
            for caller_count in _CALLER_COUNTS:
                pieces = runner.run(_seconds(sides, ask, caller_count))
                ours, theirs = ([wait for piece in side for wait in piece] for side in pieces)
                ratios.append(median(per_round(*([median(piece) for piece in side] for side in pieces))))
                tails.append(p95(ours) / p95(theirs))
                detail[f"{name}_{caller_count}"] = {
                    "ratio": round(ratios[-1], 3),
                    "p95_ratio": round(tails[-1], 3),
                    "billion": milliseconds(ours),
                    "ten_thousand": milliseconds(theirs),
                }
    detail["worst_p95_ratio"] = round(max(tails), 3)
    return figure(NAME, max(ratios), "times the median latency with ten thousand issued (the worst)", TARGET, detail)


def _side(engine: Engine, issued_count: int, count: int) -> Side:
    stock = mint(engine, engine.tenants.create("Bench").tenant_id, issued_count)
    drawn = stock.codes(len(_CALLER_COUNTS) * count)
    return Side(
        stock, {callers: drawn[place * count : (place + 1) * count] for place, callers in enumerate(_CALLER_COUNTS)}
    )


async def _seconds(sides: list[Side], ask: Ask, caller_count: int) -> list[list[list[float]]]:
    """Ask for all codes of both sides, piece by piece and each side first in turn.

    Returns:
        what callers waited, by side and piece; the first piece warms up and is left out.
    """
    waits: list[list[list[float]]] = [[] for _ in sides]
    for turn, start in enumerate(range(0, len(sides[0].codes[caller_count]), _PIECE)):
        for place in (0, 1) if turn % 2 else (1, 0):
            side, piece = sides[place], list[float]()
            codes = iter(side.codes[caller_count][start : start + _PIECE])
            await asyncio.gather(*(_call(side, ask, codes, piece) for _ in range(caller_count)))
            waits[place].append(piece)
    return [side[1:] for side in waits]


async def _call(side: Side, ask: Ask, codes: Iterator[str], waits: list[float]) -> None:
    for code in codes:
        begun = time.perf_counter()
        await ask(side.stock.engine, side.stock.tenant_id, code)
        waits.append(time.perf_counter() - begun)
