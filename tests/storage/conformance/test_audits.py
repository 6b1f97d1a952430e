"""Sums: statistics of a campaign, and faults in the books."""

from couponry.domain.batches import BatchStatus
from couponry.domain.benefits import Credit, Percent
from couponry.domain.campaigns import CampaignCounters, Limits
from couponry.domain.commands import StoredRef
from couponry.domain.coupons import CouponAction
from couponry.domain.orders import Order
from couponry.engine.ports import CampaignStatistics, LaneSession, MoneyTotal, Store
from tests.properties.samples import CAMPAIGN, TENANT, campaign_of, order_of
from tests.storage.samples import (
    OTHER,
    act,
    add_coupons,
    carry,
    entry_of,
    loading_batch,
    open_campaign,
    place,
    redeem,
    redeemed,
    roll_back,
    stored_coupon,
)

NOTHING = CampaignStatistics(0, 0, 0, 0, 0, 0, ())


def test_fresh_campaign_has_no_statistics(store: Store) -> None:
    """A campaign that nobody used, and one that does not exist, sum up to nothing."""
    open_campaign(store)
    with store.read() as reader:
        assert reader.statistics(TENANT, CAMPAIGN) == NOTHING
        assert reader.statistics(TENANT, "cmp_none") == NOTHING


def test_statistics_sum_up_a_campaign(store: Store, session: LaneSession) -> None:
    """Uses, rollbacks, touched and blocked coupons and discounts by currency are counted."""
    open_campaign(store, campaign_of(Percent("10")))
    with store.write() as writer:
        writer.set_counters(CampaignCounters(TENANT, CAMPAIGN, 103, 0))
    add_coupons(
        store,
        [stored_coupon(code, batch_id="bat_x") for code in ("A1", "B2", "C3")],
        loading_batch("bat_x", status=BatchStatus.READY),
    )
    euros, dollars = order_of(1000), Order("USD", order_of(500).lines)
    first = redeemed(session, redeem(place(1), order=euros))
    second = redeemed(session, redeem(place(2), order=euros))
    carry(session, redeem(place(2), order=dollars), redeem(place(3), order=None), redeem(StoredRef("A1"), order=euros))
    carry(session, roll_back(first), roll_back(second, 30))
    carry(session, act(place(2), CouponAction.VOID), act(place(7), CouponAction.VOID))
    carry(session, act(StoredRef("B2"), CouponAction.ASSIGN, customer="c"))
    with store.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 4
        assert reader.statistics(TENANT, CAMPAIGN) == CampaignStatistics(
            issued_count=103,
            redemption_count=5,
            redeemed_count=4,
            rollback_count=2,
            touched_count=6,
            voided_count=2,
            discounts=(MoneyTotal("EUR", 170), MoneyTotal("USD", 50)),
        )


def test_sound_books_have_no_faults(store: Store, session: LaneSession) -> None:
    """Credits spent and given back, and a capped campaign in use, are no faults."""
    open_campaign(store, campaign_of(Credit(5000, "EUR"), Limits(None, 10, None)))
    redemption = redeemed(session, redeem(place(1)))
    redeemed(session, redeem(place(2)))
    carry(session, roll_back(redemption, 100))
    carry(session, roll_back(redemption))
    with store.read() as reader:
        assert list(reader.balance_faults()) == []
        assert list(reader.counter_faults()) == []


def test_balance_fault_is_found(store: Store) -> None:
    """A balance that is not the sum of its entries is listed, whosever it is."""
    with store.write() as writer:
        writer.insert_coupons(
            [
                stored_coupon("A1", balance_minor=500),
                stored_coupon("A1", balance_minor=500, tenant_id=OTHER),
                stored_coupon("B2", balance_minor=0),
                stored_coupon("C3"),
            ]
        )
        writer.insert_entries([entry_of(coupon_id="cpn_A1", amount_minor=500)])
        writer.insert_entries([entry_of(coupon_id="cpn_A1", amount_minor=499, tenant_id=OTHER)])
    with store.read() as reader:
        assert list(reader.balance_faults()) == [(OTHER, "cpn_A1", 500, 499)]


def test_counter_fault_is_found(store: Store, session: LaneSession) -> None:
    """A capped campaign's counter that is not the number of uses is listed; an uncapped one's is not read."""
    open_campaign(store, limits=Limits(None, 10, None))
    open_campaign(store, tenant_id=OTHER)
    redeemed(session, redeem(place(1)))
    with store.write() as writer:
        writer.set_counters(CampaignCounters(TENANT, CAMPAIGN, 100, 3))
        writer.set_counters(CampaignCounters(OTHER, CAMPAIGN, 100, 3))
    with store.read() as reader:
        assert list(reader.counter_faults()) == [(TENANT, CAMPAIGN, 3, 1)]
