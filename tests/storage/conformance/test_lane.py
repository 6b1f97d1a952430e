"""What the lane loads and saves."""

import pytest
from msgspec.structs import replace

from couponry.domain.batches import BatchStatus
from couponry.domain.benefits import Credit, Percent
from couponry.domain.campaigns import CampaignCounters, Limits
from couponry.domain.commands import IdRef, StoredRef
from couponry.domain.coupons import CouponAction
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.world import Outcome, Wanted, World
from couponry.engine.ports import LaneSession, Page, Store
from tests.properties.samples import CAMPAIGN, NOW, TENANT, campaign_of
from tests.storage.samples import (
    MICROSECOND,
    RICH_ORDER,
    act,
    add_coupons,
    carry,
    loaded,
    loading_batch,
    open_campaign,
    place,
    redeem,
    redeemed,
    roll_back,
    stored_coupon,
)

CAPPED = Limits(None, 10, None)


def everything_in(world: World) -> list[object]:
    return [
        world.campaigns,
        world.counters,
        world.coupons,
        world.coupon_ids,
        world.redemptions,
        world.answers,
    ]


def test_nothing_wanted_is_nothing_loaded(session: LaneSession) -> None:
    """A load of no names gives an empty world."""
    with session.transaction() as transaction:
        world = transaction.load(Wanted(set(), set(), set(), set(), set()))
    assert everything_in(world) == [{}] * 6


def test_what_does_not_exist_is_absent(session: LaneSession) -> None:
    """Names that nothing bears load nothing, whatever is in them."""
    strange = {(TENANT, name) for name in ("none", "", "a\0b", "%", "'\"\\", "🎈", "x" * 10_000)}
    with session.transaction() as transaction:
        world = transaction.load(Wanted(strange, strange, strange, strange, strange))
    assert everything_in(world) == [{}] * 6


def test_untouched_coupon_brings_its_campaign(store: Store, session: LaneSession) -> None:
    """A series' coupon that nobody touched has no row, and its campaign is there."""
    campaign = open_campaign(store)
    world = loaded(session, redeem(place(5)))
    assert world.campaigns == {(TENANT, CAMPAIGN): campaign}
    assert world.coupons == {}


def test_counters_come_with_capped_campaigns_only(store: Store, session: LaneSession) -> None:
    """A capped campaign brings its counters along, an uncapped one does not."""
    open_campaign(store, limits=CAPPED)
    with store.write() as writer:
        writer.insert_campaign(campaign_of(campaign_id="cmp_free"))
        writer.set_counters(CampaignCounters(TENANT, CAMPAIGN, 100, 4))
    with session.transaction() as transaction:
        world = transaction.load(Wanted({(TENANT, CAMPAIGN), (TENANT, "cmp_free")}, set(), set(), set(), set()))
    assert world.campaigns.keys() == {(TENANT, CAMPAIGN), (TENANT, "cmp_free")}
    assert world.counters == {(TENANT, CAMPAIGN): CampaignCounters(TENANT, CAMPAIGN, 100, 4)}


def test_stored_coupon_is_found_by_code_and_by_name(store: Store, session: LaneSession) -> None:
    """A stored coupon comes with every field and its campaign, by canonical code and by identifier."""
    campaign = open_campaign(store)
    coupon = stored_coupon(
        "HE110",
        voided_at=NOW + MICROSECOND,
        activated_at=None,
        redeemed_count=3,
        balance_minor=10**15,
        customer="Zoë",
        metadata={"a": 1, "b": None, "c": "ü", "d": True},
        version=9,
    )
    add_coupons(store, [coupon], loading_batch("bat_1x", status=BatchStatus.READY))
    for ref in (StoredRef("HE110"), IdRef(coupon.coupon_id)):
        world = loaded(session, redeem(ref))
        assert world.coupons == {(TENANT, coupon.coupon_id): coupon}
        assert world.coupon_ids == {(TENANT, "HE110"): coupon.coupon_id}
        assert world.campaigns == {(TENANT, CAMPAIGN): campaign}


def test_loading_batch_is_invisible_until_it_is_ready(store: Store, session: LaneSession) -> None:
    """Coupons of a loading batch do not exist for a load, and all do from one change of the batch on."""
    open_campaign(store)
    coupon = stored_coupon("HE110", batch_id="bat_loading")
    add_coupons(store, [coupon], loading_batch())
    for ref in (StoredRef("HE110"), IdRef(coupon.coupon_id)):
        assert loaded(session, redeem(ref)).coupons == {}
    with store.write() as writer:
        writer.update_batch(loading_batch(status=BatchStatus.READY))
    for ref in (StoredRef("HE110"), IdRef(coupon.coupon_id)):
        assert loaded(session, redeem(ref)).coupons == {(TENANT, coupon.coupon_id): coupon}


def test_redemption_is_saved_whole(store: Store, session: LaneSession) -> None:
    """A redemption of an untouched coupon writes redemption, coupon, counter and event, with every field."""
    open_campaign(store, campaign_of(Percent("15"), CAPPED))
    redemption = redeemed(session, redeem(place(5)))
    assert redemption.order == RICH_ORDER
    world = loaded(session, roll_back(redemption))
    assert world.redemptions == {(TENANT, redemption.redemption_id): redemption}
    coupon = world.coupons[TENANT, redemption.coupon_id]
    assert (coupon.code, coupon.redeemed_count, coupon.version, coupon.updated_at) == ("CODE-5", 1, 1, NOW)
    assert world.counters[TENANT, CAMPAIGN].redeemed_count == 1
    with store.read() as reader:
        assert reader.redemption(TENANT, redemption.redemption_id) == redemption
        assert [event.subject_id for event in reader.events(TENANT, Page(10))] == [redemption.redemption_id]


def test_bare_redemption_is_saved(store: Store, session: LaneSession) -> None:
    """A redemption without customer and order is read as it was made."""
    open_campaign(store)
    redemption = redeemed(session, redeem(place(5), customer=None, order=None))
    with store.read() as reader:
        assert reader.redemption(TENANT, redemption.redemption_id) == redemption


def test_credit_writes_its_ledger(store: Store, session: LaneSession) -> None:
    """A credit opens its account, spends and gets back; every movement is an entry, every state is read again."""
    open_campaign(store, campaign_of(Credit(10_000, "EUR")))
    first = redeemed(session, redeem(place(5)))
    (outcome,) = carry(session, roll_back(first, 600), now=NOW + MICROSECOND)
    assert isinstance(outcome, Outcome)
    assert isinstance(outcome.answer, Rollback)
    with store.read() as reader:
        entries = reader.entries(TENANT, first.coupon_id, Page(10))
        assert [entry.amount_minor for entry in reversed(entries)] == [10_000, -2599, 600]
        assert list(reader.rollbacks(TENANT, first.redemption_id)) == [outcome.answer]
        changed = reader.redemption(TENANT, first.redemption_id)
    assert changed is not None
    assert (changed.rolled_back_minor, changed.updated_at) == (600, NOW + MICROSECOND)
    assert changed.as_made() == first
    world = loaded(session, redeem(place(5)))
    assert world.coupons[TENANT, first.coupon_id].balance_minor == 10_000 - 2599 + 600


def test_full_rollback_gives_the_use_back(store: Store, session: LaneSession) -> None:
    """A rollback of everything lowers the counter of a capped campaign and frees the coupon."""
    open_campaign(store, limits=CAPPED)
    redemption = redeemed(session, redeem(place(5)))
    carry(session, roll_back(redemption))
    world = loaded(session, redeem(place(5)))
    assert world.counters[TENANT, CAMPAIGN].redeemed_count == 0
    assert world.coupons[TENANT, redemption.coupon_id].redeemed_count == 0


def test_life_of_a_coupon_is_saved(store: Store, session: LaneSession) -> None:
    """Each step in a coupon's life is read again, the last of one transaction included."""
    open_campaign(store)
    ref = place(5)
    carry(session, act(ref, CouponAction.VOID), act(ref, CouponAction.UPDATE, metadata={"till": 4}))
    carry(session, act(ref, CouponAction.ASSIGN, customer="c-7"), now=NOW + MICROSECOND)
    coupon = loaded(session, redeem(ref)).coupons[TENANT, ref.coupon_id]
    assert (coupon.voided_at, coupon.metadata, coupon.customer) == (NOW, {"till": 4}, "c-7")
    assert (coupon.version, coupon.updated_at) == (3, NOW + MICROSECOND)


def test_redemption_rolled_back_in_its_own_transaction(store: Store, session: LaneSession) -> None:
    """Whatever is made and changed in one transaction is saved in its last state, once."""
    open_campaign(store)
    with session.transaction() as transaction:
        world = transaction.load(Wanted({(TENANT, CAMPAIGN)}, set(), set(), set(), set()))
        names = iter(f"{prefix}_{number}" for number in range(10) for prefix in ("x",))
        outcome = world.decide(redeem(place(5)), NOW, lambda _: next(names))
        assert isinstance(outcome.answer, Redemption)
        world.decide(roll_back(outcome.answer), NOW, lambda _: next(names))
        transaction.save(world)
    with store.read() as reader:
        found = reader.redemption(TENANT, outcome.answer.redemption_id)
        assert len(reader.rollbacks(TENANT, outcome.answer.redemption_id)) == 1
    assert found is not None
    assert found.rest_minor == 0


def test_changed_campaign_is_honoured_at_once(store: Store, session: LaneSession) -> None:
    """A campaign that was changed beside the lane is seen by the next transaction."""
    campaign = open_campaign(store)
    assert loaded(session, redeem(place(5))).campaigns == {(TENANT, CAMPAIGN): campaign}
    changed = replace(campaign, name="Autumn", limits=CAPPED, version=campaign.version + 1)
    with store.write() as writer:
        writer.update_campaign(changed)
    world = loaded(session, redeem(place(5)))
    assert world.campaigns == {(TENANT, CAMPAIGN): changed}
    assert world.counters.keys() == {(TENANT, CAMPAIGN)}


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 255, 256, 257, 600])
def test_batches_of_any_size_are_saved(store: Store, session: LaneSession, count: int) -> None:
    """However many commands a transaction carries, each of them is saved once."""
    open_campaign(store, limits=Limits(None, 1000, 1))
    outcomes = carry(session, *(redeem(place(index)) for index in range(count)))
    assert all(isinstance(outcome, Outcome) and isinstance(outcome.answer, Redemption) for outcome in outcomes)
    world = loaded(session, *(redeem(place(index)) for index in range(count)))
    assert len(world.coupons) == count
    assert world.counters[TENANT, CAMPAIGN].redeemed_count == count
    with store.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == count


def test_read_session_sees_what_the_lane_saved(store: Store, session: LaneSession) -> None:
    """A session for questions loads the same as the lane."""
    open_campaign(store, limits=CAPPED)
    redeemed(session, redeem(place(5)))
    questions = store.read_session()
    command = redeem(place(5))
    seen, own = loaded(questions, command), loaded(session, command)
    assert (seen.campaigns, seen.coupons, seen.counters) == (own.campaigns, own.coupons, own.counters)


def test_read_session_refuses_to_save(store: Store) -> None:
    """A session for questions cannot change anything."""
    open_campaign(store)
    with store.read_session().transaction() as transaction:
        world = transaction.load(Wanted({(TENANT, CAMPAIGN)}, set(), set(), set(), set()))
        world.decide(redeem(place(5)), NOW, lambda prefix: f"{prefix}_1")
        with pytest.raises(RuntimeError):
            transaction.save(world)
    with store.read() as reader:
        assert reader.redemption(TENANT, "rdm_1") is None
