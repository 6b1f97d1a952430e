"""The world of one transaction: later commands see earlier ones, and keys give the same answer again."""

from itertools import count

import pytest
from msgspec.structs import replace

from couponry.domain.benefits import Credit
from couponry.domain.campaigns import Campaign, Limits
from couponry.domain.commands import (
    ActOnCoupon,
    IdempotencyKey,
    IdRef,
    Redeem,
    RollBack,
    SeriesRef,
    StoredRef,
    Validate,
)
from couponry.domain.coupons import Coupon, CouponAction
from couponry.domain.errors import Conflict, InvalidValue, NotFound
from couponry.domain.ids import series_coupon_id
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Reason, Refused
from couponry.domain.validations import Validation
from couponry.domain.world import KeptAnswer, Outcome, World, answer_to_json, replayed, wanted_by
from tests.properties.samples import (
    CAMPAIGN,
    COUPON,
    DAY,
    NOW,
    SERIES,
    TENANT,
    batch_of,
    campaign_of,
    counters_of,
    coupon_of,
    order_of,
)

STORED = StoredRef("HE110")
KEY = IdempotencyKey("key-1", "aa")
MINTED = SeriesRef(batch_of(), 7, series_coupon_id(SERIES, 7), "CODE-7")
_numbers = count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}_{next(_numbers)}"


def world_of(campaign: Campaign | None = None, coupon: Coupon | None = None) -> World:
    campaign = campaign or campaign_of()
    coupon = coupon or coupon_of(campaign)
    world = World()
    world.campaigns[TENANT, CAMPAIGN] = campaign
    world.coupons[TENANT, COUPON] = coupon
    world.coupon_ids[TENANT, "HE110"] = COUPON
    if campaign.is_capped:
        world.counters[TENANT, CAMPAIGN] = counters_of()
    return world


def redemption_in(outcome: Outcome) -> Redemption:
    assert isinstance(outcome.answer, Redemption)
    return outcome.answer


def reasons_in(outcome: Outcome) -> list[Reason]:
    assert isinstance(outcome.answer, Refused)
    return [refusal.reason for refusal in outcome.answer.refusals]


def test_a_later_command_sees_an_earlier_one() -> None:
    """The second use of a coupon for one use is refused in the same transaction."""
    world = world_of(campaign_of(limits=Limits(max_redemptions_per_coupon=1)))
    redemption_in(world.decide(Redeem(TENANT, STORED), NOW, new_id))
    assert reasons_in(world.decide(Redeem(TENANT, STORED), NOW, new_id)) == [Reason.LIMIT_REACHED]


def test_a_cap_holds_within_one_transaction() -> None:
    """Of five commands on a cap of two, the first two succeed."""
    world = world_of(campaign_of(limits=Limits(max_redemptions=2)))
    outcomes = [world.decide(Redeem(TENANT, STORED), NOW, new_id) for _ in range(5)]
    assert [isinstance(outcome.answer, Redemption) for outcome in outcomes] == [True, True, False, False, False]
    assert world.counters[TENANT, CAMPAIGN].redeemed_count == 2


def test_a_redemption_and_its_rollback_fit_in_one_transaction() -> None:
    """A place that is given back can be taken again at once."""
    world = world_of(campaign_of(limits=Limits(max_redemptions=1)))
    redemption = redemption_in(world.decide(Redeem(TENANT, STORED), NOW, new_id))
    assert isinstance(world.decide(RollBack(TENANT, redemption.redemption_id), NOW, new_id).answer, Rollback)
    redemption_in(world.decide(Redeem(TENANT, STORED), NOW, new_id))
    assert len(world.new_redemptions) == 2
    assert len(world.new_rollbacks) == 1


def test_a_minted_coupon_exists_before_its_row() -> None:
    """A coupon named by its place in a range can be used, and then has a row to save."""
    world = World()
    world.campaigns[TENANT, CAMPAIGN] = campaign_of()
    redemption = redemption_in(world.decide(Redeem(TENANT, MINTED), NOW, new_id))
    assert redemption.coupon_id == MINTED.coupon_id
    assert world.changed_coupons == {(TENANT, MINTED.coupon_id)}
    assert world.coupons[TENANT, MINTED.coupon_id].redeemed_count == 1


def test_a_minted_coupon_is_opened_once() -> None:
    """Two uses of a credit in one transaction open its account once."""
    world = World()
    world.campaigns[TENANT, CAMPAIGN] = campaign_of(Credit(100, "EUR"))
    for _ in range(2):
        world.decide(Redeem(TENANT, MINTED, order=order_of(30)), NOW, new_id)
    assert [entry.amount_minor for entry in world.new_entries] == [100, -30, -30]


@pytest.mark.parametrize("ref", [StoredRef("N0THING"), IdRef("cpn_none")])
def test_an_unknown_coupon_is_refused(ref: StoredRef | IdRef) -> None:
    """A code that is not there is a refusal, and changes nothing."""
    world = world_of()
    assert reasons_in(world.decide(Redeem(TENANT, ref), NOW, new_id)) == [Reason.CODE_UNKNOWN]
    assert not world.is_changed


def test_another_tenants_coupon_is_unknown() -> None:
    """The same code of another tenant does not exist for this one."""
    world = world_of()
    assert reasons_in(world.decide(Redeem("ten_2", STORED), NOW, new_id)) == [Reason.CODE_UNKNOWN]
    assert reasons_in(world.decide(Redeem("ten_2", IdRef(COUPON)), NOW, new_id)) == [Reason.CODE_UNKNOWN]


def test_an_unknown_redemption_is_not_found() -> None:
    """Rolling back what does not exist is an error."""
    with pytest.raises(NotFound):
        world_of().decide(RollBack(TENANT, "rdm_none"), NOW, new_id)


def test_the_same_key_and_request_get_the_same_answer() -> None:
    """A repeated request changes nothing and says that it is a repetition."""
    world = world_of()
    first = world.decide(Redeem(TENANT, STORED, idempotency=KEY), NOW, new_id)
    second = world.decide(Redeem(TENANT, STORED, idempotency=KEY), NOW + DAY, new_id)
    assert second == Outcome(first.answer, is_replay=True)
    assert len(world.new_redemptions) == len(world.new_answers) == 1


def test_a_key_of_another_request_is_a_conflict() -> None:
    """A key stands for one request."""
    world = world_of()
    world.decide(Redeem(TENANT, STORED, idempotency=KEY), NOW, new_id)
    with pytest.raises(Conflict) as refusal:
        world.decide(Redeem(TENANT, STORED, idempotency=replace(KEY, fingerprint="bb")), NOW, new_id)
    assert refusal.value.code == "idempotency_key_reused"
    assert len(world.new_redemptions) == 1


def test_a_key_belongs_to_its_tenant() -> None:
    """Two tenants may use the same key."""
    world = world_of()
    world.decide(Redeem(TENANT, STORED, idempotency=KEY), NOW, new_id)
    other = world.decide(Redeem("ten_2", STORED, idempotency=KEY), NOW, new_id)
    assert reasons_in(other) == [Reason.CODE_UNKNOWN]
    assert not other.is_replay


def test_a_refusal_is_kept_under_its_key() -> None:
    """A refused request stays refused under its key, even when the reason has gone."""
    world = world_of(coupon=coupon_of(voided_at=NOW))
    world.decide(Redeem(TENANT, STORED, idempotency=KEY), NOW, new_id)
    world.decide(ActOnCoupon(TENANT, STORED, CouponAction.UNVOID), NOW, new_id)
    again = world.decide(Redeem(TENANT, STORED, idempotency=KEY), NOW, new_id)
    assert again.is_replay
    assert reasons_in(again) == [Reason.VOIDED]


def test_an_error_keeps_no_answer() -> None:
    """A request that could not be understood may be mended and sent again under its key."""
    world = world_of()
    with pytest.raises(InvalidValue):
        world.decide(Redeem(TENANT, STORED, customer="", idempotency=KEY), NOW, new_id)
    assert not world.is_changed
    assert not world.decide(Redeem(TENANT, STORED, idempotency=KEY), NOW, new_id).is_replay


def test_a_replay_of_a_redemption_does_not_show_its_rollback() -> None:
    """What was answered first is answered again."""
    world = world_of()
    first = redemption_in(world.decide(Redeem(TENANT, STORED, order=order_of(50), idempotency=KEY), NOW, new_id))
    world.decide(RollBack(TENANT, first.redemption_id), NOW + DAY, new_id)
    assert world.decide(Redeem(TENANT, STORED, order=order_of(50), idempotency=KEY), NOW, new_id).answer == first


@pytest.mark.parametrize("kind", ["redemption", "rollback", "coupon", "refused"])
def test_every_kind_of_answer_survives_its_json(kind: str) -> None:
    """An answer that storage gives back as JSON replays as it was."""
    world = world_of()
    redemption = redemption_in(world.decide(Redeem(TENANT, STORED, order=order_of(50, 7)), NOW, new_id))
    answers = {
        "redemption": redemption,
        "rollback": world.decide(RollBack(TENANT, redemption.redemption_id, 3), NOW, new_id).answer,
        "coupon": world.decide(ActOnCoupon(TENANT, STORED, CouponAction.VOID), NOW, new_id).answer,
        "refused": world.decide(ActOnCoupon(TENANT, STORED, CouponAction.VOID), NOW, new_id).answer,
    }
    kept = KeptAnswer(TENANT, KEY, answer_to_json(answers[kind]), NOW)
    assert replayed(kept, KEY) == answers[kind]


def test_validating_changes_nothing() -> None:
    """A question leaves the world as it is."""
    world = world_of()
    verdict = world.validation(Validate(TENANT, STORED, order=order_of(5)), NOW)
    assert isinstance(verdict, Validation)
    assert verdict.is_valid
    assert not world.is_changed
    assert isinstance(world.validation(Validate(TENANT, StoredRef("N0")), NOW), Refused)


def test_what_is_wanted_names_everything_once() -> None:
    """A run of commands asks for each coupon, campaign, redemption and answer once, by tenant."""
    wanted = wanted_by(
        [
            Redeem(TENANT, STORED, idempotency=KEY),
            Redeem(TENANT, STORED, idempotency=KEY),
            Redeem(TENANT, MINTED),
            Redeem("ten_2", IdRef(COUPON)),
            RollBack(TENANT, "rdm_1"),
            Validate(TENANT, STORED),
        ]
    )
    assert wanted.campaigns == {(TENANT, CAMPAIGN)}
    assert wanted.coupons == {(TENANT, MINTED.coupon_id), ("ten_2", COUPON)}
    assert wanted.canonicals == {(TENANT, "HE110")}
    assert wanted.redemptions == {(TENANT, "rdm_1")}
    assert wanted.answers == {(TENANT, "key-1")}
