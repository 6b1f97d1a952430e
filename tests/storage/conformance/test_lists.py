"""Lists of what happened: redemptions, rollbacks, events and entries."""

import pytest
from msgspec.structs import replace

from couponry.domain.batches import BatchStatus
from couponry.domain.commands import CouponRef, StoredRef
from couponry.domain.coupons import CouponAction
from couponry.domain.events import EventType
from couponry.domain.redemptions import Redemption
from couponry.engine.ports import LaneSession, Page, RedemptionFilter, Store
from tests.properties.samples import CAMPAIGN, TENANT, campaign_of
from tests.storage.samples import (
    act,
    add_coupons,
    carry,
    entry_of,
    event_of,
    loading_batch,
    open_campaign,
    place,
    redeem,
    redeemed,
    roll_back,
    stored_coupon,
)


def ids_of(redemptions: list[Redemption]) -> list[str]:
    return [redemption.redemption_id for redemption in redemptions]


def pages(store: Store, chosen: RedemptionFilter, limit: int) -> list[Redemption]:
    """Read a list page by page to its end."""
    found: list[Redemption] = []
    after: str | None = None
    with store.read() as reader:
        while page := reader.redemptions(TENANT, chosen, Page(limit, after)):
            assert len(page) <= limit
            found.extend(page)
            after = found[-1].redemption_id
    return found


def test_redemptions_are_listed_newest_first(store: Store, session: LaneSession) -> None:
    """All redemptions come newest first, a page after the other, each once."""
    open_campaign(store)
    made = [redeemed(session, redeem(place(index))) for index in range(5)]
    for limit in (1, 2, 5, 1000):
        assert pages(store, RedemptionFilter(), limit) == made[::-1]


def test_redemptions_are_chosen_by_campaign_and_customer(store: Store, session: LaneSession) -> None:
    """Each filter and both together choose what they say."""
    open_campaign(store)
    with store.write() as writer:
        writer.insert_campaign(campaign_of(campaign_id="cmp_2"))
    elsewhere = place(9, replace(place(9).batch, campaign_id="cmp_2", batch_id="bat_2"))
    one = redeemed(session, redeem(place(1), customer="a"))
    two = redeemed(session, redeem(place(2), customer=None))
    three = redeemed(session, redeem(elsewhere, customer="a"))
    assert pages(store, RedemptionFilter(campaign_id=CAMPAIGN), 10) == [two, one]
    assert pages(store, RedemptionFilter(customer="a"), 10) == [three, one]
    assert pages(store, RedemptionFilter("cmp_2", three.coupon_id, "a"), 10) == [three]
    assert pages(store, RedemptionFilter("cmp_2", one.coupon_id), 10) == []


@pytest.mark.parametrize("ref", [place(5), StoredRef("HE110")], ids=["series", "stored"])
@pytest.mark.parametrize("is_touched_before", [False, True])
def test_redemptions_of_a_coupon_are_all_listed(
    store: Store, session: LaneSession, ref: CouponRef, *, is_touched_before: bool
) -> None:
    """All uses of a coupon come newest first, whether its row is older than its first use or made by it."""
    open_campaign(store)
    add_coupons(store, [stored_coupon("HE110")], loading_batch("bat_x", status=BatchStatus.READY))
    if is_touched_before:
        carry(session, act(ref, CouponAction.UPDATE, metadata={"a": 1}))
    made = [redeemed(session, redeem(ref)) for _ in range(3)]
    redeemed(session, redeem(place(6)))
    carry(session, roll_back(made[0]))
    listed = [made[2].redemption_id, made[1].redemption_id, made[0].redemption_id]
    for limit in (1, 2, 3, 4):
        assert ids_of(pages(store, RedemptionFilter(coupon_id=made[0].coupon_id), limit)) == listed


def test_uses_of_one_transaction_are_all_listed(store: Store, session: LaneSession) -> None:
    """Several uses of an untouched coupon in one transaction are all found by the coupon."""
    open_campaign(store)
    carry(session, *(redeem(place(5)) for _ in range(3)))
    found = pages(store, RedemptionFilter(coupon_id=place(5).coupon_id), 2)
    assert len(set(ids_of(found))) == 3


def test_rollbacks_are_listed_oldest_first(store: Store, session: LaneSession) -> None:
    """The rollbacks of a redemption come in the order in which they were made."""
    open_campaign(store)
    redemption = redeemed(session, redeem(place(5)))
    for amount_minor in (5, 3, 4):
        carry(session, roll_back(redemption, amount_minor))
    with store.read() as reader:
        rollbacks = reader.rollbacks(TENANT, redemption.redemption_id)
        assert [rollback.amount_minor for rollback in rollbacks] == [5, 3, 4]
        assert all(rollback.reason == "wrong size: ü" for rollback in rollbacks)
        assert list(reader.rollbacks(TENANT, "rdm_none")) == []


def test_events_are_listed_newest_first(store: Store) -> None:
    """Events come newest first with every field, a page after the other."""
    events = [event_of(f"evt_{number}") for number in range(4)]
    with store.write() as writer:
        writer.append_events(iter(events))
    with store.read() as reader:
        assert list(reader.events(TENANT, Page(3))) == events[:0:-1]
        assert list(reader.events(TENANT, Page(3, after="evt_1"))) == events[:1]


def test_events_are_chosen_by_the_beginning_of_their_type(store: Store) -> None:
    """A prefix chooses the events whose type begins with it, to the letter."""
    minted, created = event_of("evt_1"), event_of("evt_2", type=EventType.CAMPAIGN_CREATED)
    with store.write() as writer:
        writer.append_events([minted, created])
    with store.read() as reader:
        for prefix, found in (
            ("campaign.", [created]),
            ("batch.minted", [minted]),
            ("", [created, minted]),
            ("CAMPAIGN", []),
            ("%", []),
        ):
            assert list(reader.events(TENANT, Page(10), prefix)) == found


def test_entries_are_listed_newest_first(store: Store) -> None:
    """The entries of a coupon come newest first with every field, a page after the other."""
    entries = [entry_of(f"led_{number}") for number in range(4)]
    with store.write() as writer:
        writer.insert_entries([*entries, entry_of("led_else", coupon_id="cpn_2")])
    with store.read() as reader:
        assert list(reader.entries(TENANT, "cpn_1", Page(3))) == entries[:0:-1]
        assert list(reader.entries(TENANT, "cpn_1", Page(3, after="led_1"))) == entries[:1]
