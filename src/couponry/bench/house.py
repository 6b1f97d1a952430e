"""A house to measure in: an engine on a fresh database, with a tenant and campaigns that can be redeemed from."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Final

from msgspec import Struct

from couponry.bootstrap import open_engine
from couponry.config import Config
from couponry.domain.batches import Batch
from couponry.domain.benefits import Percent
from couponry.domain.campaigns import CampaignDraft, Limits
from couponry.domain.orders import Order, OrderLine
from couponry.domain.refusals import Refused
from couponry.engine.engine import Engine
from couponry.engine.idempotency import idempotency_key
from couponry.engine.lane import MAX_BATCH

CUSTOMER: Final = "c-42"
ORDER: Final = Order("EUR", (OrderLine(2, 1250, "sku-1"),))
_CAP: Final = 10**9
_LITERAL_LENGTH: Final = 6
_random: Final = SystemRandom()
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ"


class RefusedError(RuntimeError):
    """A redemption that the benchmark counts on was refused."""


class Stock(Struct, frozen=True):
    """A tenant's batch of codes, from a campaign of its own."""

    engine: Engine
    tenant_id: str
    batch: Batch

    def codes(self, count: int) -> list[str]:
        """Draw so many different codes from all over the batch."""
        if count == self.batch.count:
            return self._read(0, count)
        places = _random.sample(range(self.batch.count), count)
        return [code for place in places for code in self._read(place, 1)]

    def _read(self, offset: int, limit: int) -> list[str]:
        stream = self.engine.batches.read_codes(self.tenant_id, self.batch.batch_id, offset=offset, limit=limit)
        return b"".join(stream.chunks()).decode().split()


@contextmanager
def open_house(folder: Path, *, max_batch: int = MAX_BATCH) -> Iterator[Engine]:
    """Open an engine on a fresh database in a folder, and close it in the end."""
    engine = open_engine(Config(data=folder), max_batch=max_batch)
    try:
        yield engine
    finally:
        engine.close()


def mint(engine: Engine, tenant_id: str, count: int) -> Stock:
    """Mint codes of a fresh campaign that is capped, so that every redemption has a counter to change."""
    draft = CampaignDraft(
        name="Bench",
        benefit=Percent("15", 2000, "EUR"),
        limits=Limits(max_redemptions=_CAP, max_redemptions_per_coupon=1),
        pattern=fresh_pattern(),
    )
    campaign = engine.campaigns.create(tenant_id, draft).value
    return Stock(engine, tenant_id, engine.batches.mint(tenant_id, campaign.campaign_id, count).value)


def fresh_pattern() -> str:
    """Write a pattern of twelve random positions whose literal no other campaign has."""
    return f"{''.join(_random.choice(_LETTERS) for _ in range(_LITERAL_LENGTH))}-####-####-####"


async def redeem(engine: Engine, tenant_id: str, code: str) -> None:
    """Use a code as a shop would: a customer, an order, an idempotency key."""
    key = idempotency_key(f"bench-{code}", "redemptions.redeem", code, CUSTOMER, ORDER)
    outcome = await engine.redemptions.redeem(tenant_id, code, customer=CUSTOMER, order=ORDER, key=key)
    if isinstance(outcome.answer, Refused) or outcome.is_replay:
        raise RefusedError(f"{code}: {outcome}")


async def validate(engine: Engine, tenant_id: str, code: str) -> None:
    """Ask for a code as a shop would."""
    verdict = await engine.redemptions.validate(tenant_id, code, customer=CUSTOMER, order=ORDER)
    if isinstance(verdict, Refused) or verdict.refusals:
        raise RefusedError(f"{code}: {verdict}")


def redeemed_count(stock: Stock) -> int:
    """Count the redemptions of a batch's campaign, as its statistics tell them."""
    report = stock.engine.campaigns.statistics(stock.tenant_id, stock.batch.campaign_id)
    return report.statistics.redeemed_count


def wrong_codes(pattern: str, count: int, alphabet: Sequence[str]) -> list[str]:
    """Guess texts of a pattern's shape."""
    return [
        "".join(_random.choice(alphabet) if character == "#" else character for character in pattern)
        for _ in range(count)
    ]
