"""Exports: how fast codes stream as CSV over HTTP, and what memory that takes."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from couponry.bench.client import Client, serving, timed
from couponry.bench.figures import Detail, Effort, Figure, Target, figure, per_round
from couponry.domain.alphabets import CROCKFORD32

SPEED_NAME: Final = "export_csv"
SPEED_TARGET: Final = Target(">=", 10)
MEMORY_NAME: Final = "export_memory"
MEMORY_TARGET: Final = Target("<=", 50)
_EXPORTED: Final = 1_000_000
_LONG_EXPORT: Final = 10_000_000
_LOOPED: Final = 100_000
_LITERAL: Final = "SUMMER-"
_SAMPLE_EVERY: Final = 8
_MEGABYTE: Final = 1_000_000
_FEW: Final = 10


def measure_speed(effort: Effort, folder: Path) -> Figure:
    """Export codes and, in turn, make codes of the same shape with a plain loop of `secrets.choice`."""
    count, looped_count = effort.count(_EXPORTED, 1_000), effort.count(_LOOPED, 1_000)
    ours: list[float] = []
    theirs: list[float] = []
    with serving(folder) as client:
        batch_id = client.mint(client.campaign(), count)
        size = _check(client, batch_id, count)
        for _ in range(effort.rounds):
            seconds, _, lines = timed(client.export(batch_id, count))
            assert lines == count + 1
            ours.append(seconds / count)
            theirs.append(_loop_seconds(looped_count) / looped_count)
    ratios = per_round(theirs, ours)
    detail: Detail = {
        "codes_per_second": round(1 / median(ours)),
        "megabytes_per_second": round(size / count / median(ours) / _MEGABYTE, 1),
        "loop_codes_per_second": round(1 / median(theirs)),
        "exported": count,
        "looped": looped_count,
        "ratios": ratios,
    }
    return figure(SPEED_NAME, median(ratios), "times as fast as a loop of secrets.choice", SPEED_TARGET, detail)


def measure_memory(effort: Effort, folder: Path) -> Figure:
    """Stream a long export from a fresh server and compare its memory before with the most it ever held."""
    count = effort.count(_LONG_EXPORT, 1_000)
    with serving(folder) as client:
        batch_id = client.mint(client.campaign(), count)
        client.codes(batch_id, _FEW)  # what the first export loads is not what streaming takes
        before = client.memory_bytes()
        highest = before
        lines = 0
        for number, piece in enumerate(client.export(batch_id, count)):
            lines += piece.count(b"\n")
            if number % _SAMPLE_EVERY == 0:
                highest = max(highest, client.memory_bytes())
        highest = max(highest, client.peak_memory_bytes())
    assert lines == count + 1
    detail: Detail = {
        "streamed": count,
        "before_mb": round(before / _MEGABYTE, 1),
        "highest_mb": round(highest / _MEGABYTE, 1),
    }
    growth = (highest - before) / _MEGABYTE
    return figure(MEMORY_NAME, growth, "MB more than before the export", MEMORY_TARGET, detail)


def _check(client: Client, batch_id: str, count: int) -> int:
    """Compare an export with its manifest, untimed; return its size in bytes."""
    manifest = client.manifest(batch_id)
    content = b"".join(client.export(batch_id, count))
    codes = content.partition(b"\n")[2]
    assert manifest.count == count == codes.count(b"\n")
    assert hashlib.sha256(codes).hexdigest() == manifest.sha256
    return len(content)


def _loop_seconds(count: int) -> float:
    begun = time.perf_counter()
    lines = sum(1 for _ in _looped(count))
    assert lines == count
    return time.perf_counter() - begun


def _looped(count: int) -> Iterator[str]:
    """Make codes of the shape LITERAL-####-####-#### the plain way, a line each."""
    symbols = CROCKFORD32.symbols
    for _ in range(count):
        groups = ("".join([secrets.choice(symbols) for _ in range(4)]) for _ in range(3))
        yield f"{_LITERAL}{'-'.join(groups)}\n"
