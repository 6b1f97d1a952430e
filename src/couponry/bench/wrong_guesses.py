"""Wrong guesses of a series' shape: how many of them make the house ask its database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from couponry.bench.figures import Effort, Figure, Target, figure
from couponry.bench.house import mint, open_house, wrong_codes
from couponry.domain.alphabets import CROCKFORD32
from couponry.domain.refusals import Refused
from couponry.domain.validations import Validation
from couponry.domain.world import Outcome
from couponry.engine.engine import Engine

NAME: Final = "wrong_guesses"
TARGET: Final = Target("<=", 0)
_GUESSES: Final = 12_000
_ISSUED: Final = 1_000_000
_PIECE: Final = 250
_TRIES: Final = 8

Ask = Callable[[str, str], Awaitable[Outcome | Validation | Refused]]


def measure(effort: Effort, folder: Path) -> Figure:
    """Validate, look up and redeem wrong codes, and count the transactions that came of it."""
    with open_house(folder) as engine:
        tenant_id = engine.tenants.create("Bench").tenant_id
        stock = mint(engine, tenant_id, _ISSUED)
        campaign = engine.campaigns.get(tenant_id, stock.batch.campaign_id)
        assert campaign.pattern is not None
        guesses = wrong_codes(campaign.pattern, effort.count(_GUESSES, _PIECE), CROCKFORD32.symbols)
        ways: dict[str, Ask] = {
            "validate": engine.redemptions.validate,
            "find": engine.coupons.find,
            "redeem": engine.redemptions.redeem,
        }
        asyncio.run(_asked(ways["validate"], tenant_id, guesses[:1]))  # loads the tenant's series
        reached = {name: asyncio.run(_reaching(engine, ask, tenant_id, guesses)) for name, ask in ways.items()}
        known = asyncio.run(_asked(ways["validate"], tenant_id, stock.codes(1)))
    assert known == 0, "a right code was refused"
    detail: dict[str, object] = {"guesses": len(guesses) * len(ways), "issued": _ISSUED, "by_way": reached}
    return figure(NAME, sum(reached.values()), "guesses that reached the database", TARGET, detail)


async def _reaching(engine: Engine, ask: Ask, tenant_id: str, guesses: Sequence[str]) -> int:
    """Count the guesses that were looked up.

    The engine looks after its catalogue a few times a second, which is counted too. A guess that reaches the database
    does so every time, that look does not: so each piece of the guesses is tried until it is quiet, and the least
    counts.
    """
    reached = 0
    for start in range(0, len(guesses), _PIECE):
        piece = guesses[start : start + _PIECE]
        least = len(piece)
        for _ in range(_TRIES):
            before = engine.storage_statistics()
            refused_count = await _asked(ask, tenant_id, piece)
            after = engine.storage_statistics()
            assert refused_count == len(piece), "a guess was right; the odds were one in a billion"
            least = min(least, after.lane_loads - before.lane_loads + after.reads - before.reads)
            if least == 0:
                break
        reached += least
    return reached


async def _asked(ask: Ask, tenant_id: str, codes: Sequence[str]) -> int:
    """Ask for each code and count the refusals."""
    refused_count = 0
    for code in codes:
        answer = await ask(tenant_id, code)
        refused_count += isinstance(answer.answer if isinstance(answer, Outcome) else answer, Refused)
    return refused_count
