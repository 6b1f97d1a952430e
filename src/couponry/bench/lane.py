"""Redemptions per second through the lane, against the same code with one command in a transaction."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

import uvloop
from msgspec import Struct

from couponry.bench.figures import Detail, Effort, Figure, Target, figure, per_round
from couponry.bench.house import mint, open_house, redeem, redeemed_count
from couponry.engine.engine import Engine

NAME: Final = "lane"
TARGET: Final = Target(">=", 4)
CALLERS: Final = 64
_GROUPED: Final = 10_000
_SINGLE: Final = 2_500
_SYNCS: Final = 200
_PAGE: Final = bytes(4096)


class Side(Struct, frozen=True):
    """One engine under comparison, and how many redemptions it carries in a round."""

    engine: Engine
    tenant_id: str
    count: int


def measure(effort: Effort, folder: Path) -> Figure:
    """Let 64 callers redeem through both engines in turn, on one disk, each waiting for the answer to its last."""
    with (
        open_house(folder / "grouped") as grouped,
        open_house(folder / "single", max_batch=1) as single,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        ours = Side(grouped, grouped.tenants.create("Bench").tenant_id, effort.count(_GROUPED, CALLERS))
        theirs = Side(single, single.tenants.create("Bench").tenant_id, effort.count(_SINGLE, CALLERS))
        for side in (ours, theirs):  # what is made on first use is made now
            runner.run(_rate(side))
        carried_before = (grouped.lane.statistics.commands, grouped.lane.statistics.batches)
        rates: list[tuple[float, float]] = [
            (runner.run(_rate(ours)), runner.run(_rate(theirs))) for _ in range(effort.rounds)
        ]
        commands = grouped.lane.statistics.commands - carried_before[0]
        batches = grouped.lane.statistics.batches - carried_before[1]
    ratios = per_round(*zip(*rates, strict=True))
    detail: Detail = {
        "per_second": round(median(rate for rate, _ in rates)),
        "per_second_one_by_one": round(median(rate for _, rate in rates)),
        "callers": CALLERS,
        "mean_batch": round(commands / batches, 1),
        "sync_ms": sync_ms(folder),
        "ratios": ratios,
    }
    return figure(NAME, median(ratios), "times as many per second as with a batch limit of 1", TARGET, detail)


async def _rate(side: Side) -> float:
    """Carry one round and return redemptions per second.

    A caller is a coroutine: it asks, waits for its answer, asks again. Threads would measure how they hand the
    interpreter's lock around; a server has its callers on an event loop too.
    """
    stock = mint(side.engine, side.tenant_id, side.count)
    codes = iter(stock.codes(side.count))
    begun = time.perf_counter()
    await asyncio.gather(*(_call(side, codes) for _ in range(CALLERS)))
    seconds = time.perf_counter() - begun
    assert redeemed_count(stock) == side.count
    return side.count / seconds


async def _call(side: Side, codes: Iterator[str]) -> None:
    for code in codes:
        await redeem(side.engine, side.tenant_id, code)


def sync_ms(folder: Path) -> float:
    """Measure what the disk takes to make one page durable."""
    seconds = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(_PAGE)
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - begun)
    return round(median(seconds) * 1000, 3)
