"""Values of the domain for tests: one of each, and every field can be said otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from msgspec.structs import replace

from couponry.domain.batches import Batch, BatchKind, BatchStatus
from couponry.domain.benefits import Amount, Benefit
from couponry.domain.campaigns import Campaign, CampaignCounters, CampaignStatus, Limits
from couponry.domain.coupons import Coupon, opening_balance
from couponry.domain.guessing import DEFAULT_GUESS_FLOOR
from couponry.domain.orders import Order, OrderLine

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TENANT = "ten_1"
CAMPAIGN = "cmp_1"
BATCH = "bat_1"
COUPON = "cpn_1"
SERIES = "ser_0123456789abc"


def ids() -> Callable[[str], str]:
    """Return a source of identifiers that counts."""
    numbers = count(1)
    return lambda prefix: f"{prefix}_{next(numbers)}"


def order_of(*amounts: int, currency: str = "EUR") -> Order:
    """Return an order with a line of one piece for each amount."""
    return Order(currency, tuple(OrderLine(1, amount) for amount in amounts))


def campaign_of(benefit: Benefit | None = None, limits: Limits | None = None, **changes: Any) -> Campaign:  # noqa: ANN401  # any field
    """Return an active campaign of ten euros off, without limits."""
    campaign = Campaign(
        tenant_id=TENANT,
        campaign_id=CAMPAIGN,
        name="Summer",
        status=CampaignStatus.ACTIVE,
        benefit=benefit or Amount(1000, "EUR"),
        limits=limits or Limits(),
        pattern=None,
        alphabet="crockford32",
        series_id=None,
        static_code=None,
        starts_at=None,
        ends_at=None,
        guess_floor=DEFAULT_GUESS_FLOOR,
        metadata={},
        version=1,
        created_at=NOW - DAY,
        updated_at=NOW - DAY,
    )
    return replace(campaign, **changes)


def batch_of(**changes: Any) -> Batch:  # noqa: ANN401  # any field
    """Return a ready range of a hundred codes."""
    batch = Batch(
        tenant_id=TENANT,
        batch_id=BATCH,
        campaign_id=CAMPAIGN,
        kind=BatchKind.RANGE,
        status=BatchStatus.READY,
        count=100,
        series_id=SERIES,
        first_index=0,
        end_index=100,
        is_active=True,
        created_at=NOW - DAY,
        updated_at=NOW - DAY,
    )
    return replace(batch, **changes)


def coupon_of(campaign: Campaign | None = None, **changes: Any) -> Coupon:  # noqa: ANN401  # any field
    """Return an active coupon with a stored code, as its campaign hands it out."""
    coupon = Coupon(
        tenant_id=TENANT,
        coupon_id=COUPON,
        campaign_id=CAMPAIGN,
        batch_id=BATCH,
        code="HELLO",
        canonical="HE110",
        activated_at=NOW - DAY,
        voided_at=None,
        redeemed_count=0,
        balance_minor=None if campaign is None else opening_balance(campaign),
        customer=None,
        metadata={},
        version=1,
        created_at=NOW - DAY,
        updated_at=NOW - DAY,
    )
    return replace(coupon, **changes)


def counters_of(issued: int = 1, redeemed: int = 0) -> CampaignCounters:
    """Return the counters of the sample campaign."""
    return CampaignCounters(TENANT, CAMPAIGN, issued, redeemed)
