"""One of everything a store keeps, every field set; and what the lane does, in one call."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from msgspec.structs import replace

from couponry.domain.batches import Batch, BatchKind, BatchStatus, SeriesRow
from couponry.domain.campaigns import Campaign, CampaignStatus, Limits
from couponry.domain.commands import ActOnCoupon, Command, CouponRef, IdempotencyKey, Redeem, RollBack, SeriesRef
from couponry.domain.coupons import Coupon, CouponAction
from couponry.domain.events import Event, EventType
from couponry.domain.ids import series_coupon_id
from couponry.domain.ledger import EntryKind, LedgerEntry
from couponry.domain.orders import Order, OrderLine
from couponry.domain.redemptions import Redemption
from couponry.domain.tenants import ApiKey, KeyKind, Tenant
from couponry.domain.world import Outcome, World, wanted_by
from couponry.engine.identifiers import Identifiers
from couponry.engine.lane import carry_commands
from couponry.engine.ports import LaneSession, Store
from tests.properties.samples import CAMPAIGN, NOW, SERIES, TENANT, batch_of, campaign_of, coupon_of

OTHER = "ten_other"
MICROSECOND = timedelta(microseconds=1)
RICH_ORDER = Order(
    "EUR",
    (OrderLine(2, 1250, "sku-1"), OrderLine(1, 99)),
    id="A-1",
    channel="till-4",
    attributes={"first": True, "size": 3, "note": "Größe „L“ 🎈", "none": None},
)

_numbers = count()


class _Clock:
    """Stands still at an instant."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        """Tell the instant."""
        return self._now


def tenant_of(tenant_id: str = TENANT, **changes: Any) -> Tenant:  # noqa: ANN401  # any field
    """Return a sandbox tenant below another."""
    return replace(Tenant(tenant_id, "ten_parent", "Bäckerei", is_sandbox=True, created_at=NOW), **changes)


def key_of(key_id: str = "key_1", **changes: Any) -> ApiKey:  # noqa: ANN401  # any field
    """Return a secret key with two scopes."""
    key = ApiKey(
        tenant_id=TENANT,
        key_id=key_id,
        kind=KeyKind.SECRET,
        name="till",
        digest=f"digest of {key_id}",
        hint="ck_test_12",
        scopes=("codes:read", "redemptions:write"),
        created_at=NOW,
        revoked_at=None,
    )
    return replace(key, **changes)


def rich_campaign(**changes: Any) -> Campaign:  # noqa: ANN401  # any field
    """Return a campaign with no field left empty but the static code, which excludes the pattern."""
    campaign = campaign_of(
        limits=Limits(2**62, 500, 3),
        name="Sömmer 🎈 '\"\\",
        status=CampaignStatus.PAUSED,
        pattern="SUMMER-####-####",
        series_id=SERIES,
        starts_at=NOW - MICROSECOND,
        ends_at=datetime.max.replace(tzinfo=NOW.tzinfo),
        guess_floor=2**62,
        metadata={"yes": True, "no": False, "text": "ü\n", "number": -(2**53), "none": None},
        version=7,
        updated_at=NOW + MICROSECOND,
    )
    return replace(campaign, **changes)


def series_of(series_id: str = SERIES, **changes: Any) -> SeriesRow:  # noqa: ANN401  # any field
    """Return a series that has issued some codes."""
    return replace(SeriesRow(TENANT, series_id, "####-####", "crockford32", "mk_1", 2**62, 3, NOW), **changes)


def loading_batch(batch_id: str = "bat_loading", **changes: Any) -> Batch:  # noqa: ANN401  # any field
    """Return an imported batch on its way."""
    loading = batch_of(
        batch_id=batch_id,
        kind=BatchKind.IMPORTED,
        status=BatchStatus.LOADING,
        count=0,
        series_id=None,
        first_index=None,
        end_index=None,
        is_active=False,
    )
    return replace(loading, **changes)


def stored_coupon(code: str, **changes: Any) -> Coupon:  # noqa: ANN401  # any field
    """Return a coupon with a code of its own."""
    return replace(coupon_of(), coupon_id=f"cpn_{code}", code=code.lower(), canonical=code, **changes)


def entry_of(entry_id: str = "led_1", **changes: Any) -> LedgerEntry:  # noqa: ANN401  # any field
    """Return an entry that takes from the sample coupon's balance."""
    return replace(
        LedgerEntry(TENANT, entry_id, "cpn_1", EntryKind.REDEMPTION, -(10**15), "EUR", "rdm_1", NOW), **changes
    )


def event_of(event_id: str = "evt_1", **changes: Any) -> Event:  # noqa: ANN401  # any field
    """Return an event."""
    data: dict[str, str | int | None] = {"campaign": CAMPAIGN, "count": 2**62, "none": None, "text": "ü"}
    return replace(Event(TENANT, event_id, EventType.BATCH_MINTED, "bat_1", data, NOW), **changes)


def place(index: int, batch: Batch | None = None) -> SeriesRef:
    """Name the coupon at an index of a minted range."""
    batch = batch or batch_of()
    assert batch.series_id is not None
    return SeriesRef(batch, index, series_coupon_id(batch.series_id, index), f"CODE-{index}")


def redeem(coupon: CouponRef, **changes: Any) -> Redeem:  # noqa: ANN401  # any field
    """Make the command that uses a coupon on the rich order."""
    return replace(Redeem(TENANT, coupon, customer="c-42", order=RICH_ORDER), **changes)


def act(coupon: CouponRef, action: CouponAction, **changes: Any) -> ActOnCoupon:  # noqa: ANN401  # any field
    """Make the command that takes a step in a coupon's life."""
    return replace(ActOnCoupon(TENANT, coupon, action), **changes)


def roll_back(redemption: Redemption, amount_minor: int | None = None, **changes: Any) -> RollBack:  # noqa: ANN401  # any field
    """Make the command that undoes a redemption."""
    command = RollBack(redemption.tenant_id, redemption.redemption_id, amount_minor, reason="wrong size: ü")
    return replace(command, **changes)


def idempotency(key: str) -> IdempotencyKey:
    """Make an idempotency key with the fingerprint of some request."""
    return IdempotencyKey(key, f"fingerprint of {key}")


def identifiers() -> Identifiers:
    """Return a source of names that ascend over all sources of this run."""
    return Identifiers(_Clock(NOW + next(_numbers) * timedelta(milliseconds=1)))


def carry(session: LaneSession, *commands: Command, now: datetime = NOW) -> list[Outcome | BaseException]:
    """Carry commands in one transaction, as the lane does."""
    return carry_commands(session, _Clock(now), identifiers())(commands)


def redeemed(session: LaneSession, command: Redeem) -> Redemption:
    """Carry one command that must end in a redemption."""
    (outcome,) = carry(session, command)
    assert isinstance(outcome, Outcome)
    assert isinstance(outcome.answer, Redemption)
    return outcome.answer


def loaded(session: LaneSession, *commands: Command) -> World:
    """Load what commands need."""
    with session.transaction() as transaction:
        return transaction.load(wanted_by(commands))


def open_campaign(store: Store, campaign: Campaign | None = None, **changes: Any) -> Campaign:  # noqa: ANN401  # any field
    """Put a tenant's campaign with a ready range of codes into a store."""
    campaign = campaign or campaign_of(**changes)
    with store.write() as writer:
        writer.insert_tenant(tenant_of(campaign.tenant_id))
        writer.insert_campaign(campaign)
        writer.insert_batch(batch_of(tenant_id=campaign.tenant_id, campaign_id=campaign.campaign_id))
    return campaign


def add_coupons(store: Store, coupons: Sequence[Coupon], batch: Batch) -> None:
    """Put stored coupons and their batch into a store."""
    with store.write() as writer:
        writer.insert_batch(batch)
        assert not writer.insert_coupons(coupons)
