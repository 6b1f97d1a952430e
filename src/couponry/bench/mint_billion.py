"""Minting a billion codes through the API: how long it takes, and what it stores."""

import time
from pathlib import Path
from statistics import median
from typing import Final

from couponry.bench.client import Client, serving
from couponry.bench.figures import Detail, Effort, Figure, Target, figure, milliseconds

NAME: Final = "mint_billion"
TARGET: Final = Target("<=", 50)
_BILLION: Final = 10**9
_MINTS_PER_ROUND: Final = 5


def measure(effort: Effort, folder: Path) -> Figure:
    """Mint a billion codes and, in turn, a single one, each for a fresh campaign."""
    billions: list[float] = []
    ones: list[float] = []
    with serving(folder) as client:
        before = client.row_counts("batches", "coupons")
        for _ in range(effort.rounds * _MINTS_PER_ROUND):
            billions.append(_seconds(client, _BILLION))
            ones.append(_seconds(client, 1))
        after = client.row_counts("batches", "coupons")
    mints = len(billions) + len(ones)
    batch_rows, coupon_rows = (after[table] - before[table] for table in ("batches", "coupons"))
    detail: Detail = {
        **milliseconds(billions),
        "one_code_median_ms": milliseconds(ones)["median_ms"],
        "batch_rows_per_mint": batch_rows / mints,
        "coupon_rows_per_mint": coupon_rows / mints,
    }
    assert (batch_rows, coupon_rows) == (mints, 0), detail
    return figure(NAME, median(billions) * 1000, "ms, median", TARGET, detail)


def _seconds(client: Client, count: int) -> float:
    campaign_id = client.campaign()
    begun = time.perf_counter()
    client.mint(campaign_id, count)
    return time.perf_counter() - begun
