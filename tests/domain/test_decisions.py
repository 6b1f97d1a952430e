"""Decisions: redemption, rollback and action, each with everything that changes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.benefits import Access, Amount, Benefit, Credit, Discount, Percent
from couponry.domain.campaigns import Campaign, CampaignCounters, CampaignStatus, Limits
from couponry.domain.commands import ActOnCoupon, IdRef, Redeem, RollBack
from couponry.domain.coupons import Coupon, CouponAction
from couponry.domain.decisions import Decision, decide_action, decide_redemption, decide_rollback
from couponry.domain.errors import Conflict, InvalidValue
from couponry.domain.events import EventType
from couponry.domain.ledger import EntryKind, LedgerEntry
from couponry.domain.orders import Order
from couponry.domain.redemptions import Redemption, RedemptionStatus, Rollback
from couponry.domain.refusals import Reason, Refused
from tests.properties.samples import COUPON, DAY, NOW, TENANT, campaign_of, counters_of, coupon_of, ids, order_of

REF = IdRef(COUPON)


def redeemed(
    coupon: Coupon,
    campaign: Campaign,
    counters: CampaignCounters | None = None,
    order: Order | None = None,
    customer: str | None = None,
) -> Decision:
    return decide_redemption(Redeem(TENANT, REF, customer, order), coupon, campaign, counters, NOW, ids())


def made(decision: Decision) -> tuple[Redemption, Coupon]:
    assert isinstance(decision.answer, Redemption)
    assert decision.coupon is not None
    return decision.answer, decision.coupon


def rolled_back(
    redemption: Redemption,
    coupon: Coupon,
    campaign: Campaign,
    amount: int | None = None,
    counters: CampaignCounters | None = None,
) -> Decision:
    command = RollBack(TENANT, redemption.redemption_id, amount, "changed their mind")
    return decide_rollback(command, redemption, coupon, campaign, counters, NOW + DAY, ids())


def reasons(decision: Decision) -> list[Reason]:
    assert isinstance(decision.answer, Refused)
    assert decision == Decision(decision.answer), "a refusal changes nothing"
    return [refusal.reason for refusal in decision.answer.refusals]


ONCE = Limits(max_redemptions_per_coupon=1)
REFUSED: dict[str, tuple[Callable[[], Decision], list[Reason]]] = {
    "paused": (
        lambda: redeemed(coupon_of(), campaign_of(status=CampaignStatus.PAUSED)),
        [Reason.CAMPAIGN_PAUSED],
    ),
    "archived": (
        lambda: redeemed(coupon_of(), campaign_of(status=CampaignStatus.ARCHIVED)),
        [Reason.CAMPAIGN_ARCHIVED],
    ),
    "early": (lambda: redeemed(coupon_of(), campaign_of(starts_at=NOW + DAY)), [Reason.NOT_YET_VALID]),
    "late": (lambda: redeemed(coupon_of(), campaign_of(ends_at=NOW)), [Reason.EXPIRED]),
    "inactive": (lambda: redeemed(coupon_of(activated_at=None), campaign_of()), [Reason.NOT_ACTIVATED]),
    "voided": (lambda: redeemed(coupon_of(voided_at=NOW), campaign_of()), [Reason.VOIDED]),
    "used up": (lambda: redeemed(coupon_of(redeemed_count=1), campaign_of(limits=ONCE)), [Reason.LIMIT_REACHED]),
    "capped": (
        lambda: redeemed(coupon_of(), campaign_of(limits=Limits(max_redemptions=2)), counters_of(1, 2)),
        [Reason.LIMIT_REACHED],
    ),
    "spent": (lambda: redeemed(coupon_of(balance_minor=0), campaign_of(Credit(5, "EUR"))), [Reason.BALANCE_EMPTY]),
    "currency": (
        lambda: redeemed(coupon_of(), campaign_of(), order=order_of(1, currency="USD")),
        [Reason.CURRENCY_MISMATCH],
    ),
    "many at once": (
        lambda: redeemed(
            coupon_of(voided_at=NOW, redeemed_count=1),
            campaign_of(limits=ONCE, status=CampaignStatus.PAUSED),
            order=order_of(1, currency="USD"),
        ),
        [Reason.CAMPAIGN_PAUSED, Reason.VOIDED, Reason.LIMIT_REACHED, Reason.CURRENCY_MISMATCH],
    ),
    "rolled back before": (
        lambda: rolled_back(
            *made(redeemed(coupon_of(), campaign_of()))[:1], coupon_of(redeemed_count=1), campaign_of(), 1
        ),
        [Reason.ROLLBACK_EXCEEDS_REST],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_changes_nothing_and_lists_every_reason(name: str) -> None:
    """Whatever the reason, the decision holds the answer and nothing else."""
    decide, expected = REFUSED[name]
    assert reasons(decide()) == expected


def test_a_redemption_books_use_discount_and_event() -> None:
    """A use counts on the coupon, the discount is allocated, and the fact is told."""
    decision = redeemed(coupon_of(), campaign_of(), order=order_of(1500, 500), customer="c-42")
    redemption, coupon = made(decision)
    assert redemption.discount == Discount(1000, "EUR", (750, 250))
    assert (redemption.customer, redemption.status) == ("c-42", RedemptionStatus.REDEEMED)
    assert (coupon.redeemed_count, coupon.version, coupon.updated_at) == (1, 2, NOW)
    assert [event.type for event in decision.events] == [EventType.REDEMPTION_CREATED]
    assert (decision.redemption, decision.rollback, decision.entries) == (redemption, None, ())


def test_an_event_tells_no_code() -> None:
    """What listeners get names the coupon by its identifier only."""
    decision = redeemed(coupon_of(code="SECRET-CODE"), campaign_of(), order=order_of(1))
    assert "SECRET-CODE" not in str(decision.events)


@pytest.mark.parametrize("customer", ["", "x" * 201])
def test_a_customer_out_of_range_is_no_refusal_but_an_error(customer: str) -> None:
    """A value that can never be right is the caller's mistake."""
    with pytest.raises(InvalidValue) as refusal:
        redeemed(coupon_of(), campaign_of(), customer=customer)
    assert refusal.value.code == "customer_out_of_range"


def test_a_rollback_with_a_reason_that_no_database_can_keep_is_refused() -> None:
    """U+0000 is refused before it reaches a transaction that others share."""
    redemption, coupon = made(redeemed(coupon_of(), campaign_of()))
    command = RollBack(TENANT, redemption.redemption_id, None, "a\0b")
    with pytest.raises(InvalidValue) as refusal:
        decide_rollback(command, redemption, coupon, campaign_of(), None, NOW, ids())
    assert (refusal.value.code, refusal.value.field) == ("text_not_storable", "reason")


def test_a_capped_campaign_is_counted_both_ways() -> None:
    """A use takes a place, its rollback gives it back."""
    campaign = campaign_of(limits=Limits(max_redemptions=2))
    decision = redeemed(coupon_of(), campaign, counters_of(5, 1))
    assert decision.counters == counters_of(5, 2)
    back = rolled_back(*made(decision), campaign, counters=decision.counters)
    assert back.counters == counters_of(5, 1)


def test_an_uncapped_campaign_is_not_counted() -> None:
    """Without a cap there is no counter to lock."""
    decision = redeemed(coupon_of(), campaign_of(), counters_of(5, 0))
    assert decision.counters is None
    assert rolled_back(*made(decision), campaign_of(), counters=counters_of(5, 0)).counters is None


def test_a_full_rollback_undoes_the_use() -> None:
    """Discount, use and counter are as before."""
    redemption, coupon = made(redeemed(coupon_of(), campaign_of(), order=order_of(1500, 500)))
    decision = rolled_back(redemption, coupon, campaign_of())
    rollback = decision.answer
    assert isinstance(rollback, Rollback)
    assert (rollback.amount_minor, rollback.lines, rollback.is_full) == (1000, (750, 250), True)
    assert decision.coupon is not None
    assert decision.coupon.redeemed_count == 0
    assert decision.redemption is not None
    assert (decision.redemption.status, decision.redemption.rest_minor) == (RedemptionStatus.ROLLED_BACK, 0)
    assert [event.type for event in decision.events] == [EventType.REDEMPTION_ROLLED_BACK]


def test_a_partial_rollback_leaves_the_use() -> None:
    """While something of a redemption holds, its use counts."""
    campaign = campaign_of(limits=Limits(max_redemptions=1))
    redemption, coupon = made(redeemed(coupon_of(), campaign, counters_of(), order_of(1500, 500)))
    decision = rolled_back(redemption, coupon, campaign, 400, counters_of(1, 1))
    rollback = decision.answer
    assert isinstance(rollback, Rollback)
    assert (rollback.amount_minor, rollback.lines, rollback.is_full) == (400, (300, 100), False)
    assert decision.counters is None
    assert decision.coupon is not None
    assert decision.coupon.redeemed_count == 1
    assert decision.redemption is not None
    assert decision.redemption.status is RedemptionStatus.PARTIALLY_ROLLED_BACK


def test_two_partial_rollbacks_make_a_full_one() -> None:
    """The part that takes the last unit is a full rollback."""
    redemption, coupon = made(redeemed(coupon_of(), campaign_of(), order=order_of(1500, 500)))
    first = rolled_back(redemption, coupon, campaign_of(), 999)
    assert first.redemption is not None
    assert first.coupon is not None
    second = rolled_back(first.redemption, first.coupon, campaign_of(), 1)
    assert isinstance(second.answer, Rollback)
    assert second.answer.is_full
    assert second.redemption is not None
    assert second.redemption.rolled_back_lines == (750, 250)


def test_a_second_full_rollback_is_refused() -> None:
    """What was rolled back in full cannot be again."""
    redemption, coupon = made(redeemed(coupon_of(), campaign_of(), order=order_of(100)))
    first = rolled_back(redemption, coupon, campaign_of())
    assert first.redemption is not None
    assert first.coupon is not None
    assert reasons(rolled_back(first.redemption, first.coupon, campaign_of())) == [Reason.ALREADY_ROLLED_BACK]


def test_more_than_the_rest_is_refused_with_the_numbers() -> None:
    """The refusal says what is left."""
    redemption, coupon = made(redeemed(coupon_of(), campaign_of(), order=order_of(100)))
    decision = rolled_back(redemption, coupon, campaign_of(), 101)
    assert reasons(decision) == [Reason.ROLLBACK_EXCEEDS_REST]
    assert isinstance(decision.answer, Refused)
    assert decision.answer.refusals[0].values == {"rest": 100, "asked": 101}


def test_a_use_without_an_order_is_rolled_back_whole() -> None:
    """No discount means nothing to give back but the use itself."""
    redemption, coupon = made(redeemed(coupon_of(), campaign_of()))
    decision = rolled_back(redemption, coupon, campaign_of())
    assert isinstance(decision.answer, Rollback)
    assert (decision.answer.amount_minor, decision.answer.lines, decision.answer.is_full) == (0, (), True)
    assert decision.coupon is not None
    assert decision.coupon.redeemed_count == 0


@pytest.mark.parametrize(
    "campaign",
    [
        campaign_of(status=CampaignStatus.PAUSED),
        campaign_of(status=CampaignStatus.ARCHIVED),
        campaign_of(ends_at=NOW - DAY),
    ],
)
def test_a_rollback_does_not_mind_a_closed_campaign(campaign: Campaign) -> None:
    """What was given can be taken back after the campaign."""
    redemption, coupon = made(redeemed(coupon_of(), campaign_of(), order=order_of(100)))
    assert isinstance(rolled_back(redemption, coupon, campaign).answer, Rollback)


def test_a_credit_is_spent_and_given_back_with_entries() -> None:
    """A redemption takes from the balance, a partial rollback gives some of it back, each by a ledger entry."""
    campaign = campaign_of(Credit(1000, "EUR"))
    decision = redeemed(coupon_of(campaign), campaign, order=order_of(300))
    redemption, coupon = made(decision)
    assert (redemption.balance_after_minor, coupon.balance_minor) == (700, 700)
    assert [(entry.kind, entry.amount_minor) for entry in decision.entries] == [(EntryKind.REDEMPTION, -300)]
    back = rolled_back(redemption, coupon, campaign, 100)
    assert isinstance(back.answer, Rollback)
    assert back.answer.balance_after_minor == 800
    assert [(entry.kind, entry.amount_minor) for entry in back.entries] == [(EntryKind.ROLLBACK, 100)]


def test_the_first_touch_of_a_minted_credit_opens_its_account() -> None:
    """A coupon without a row gets its opening entry with whatever touches it first."""
    campaign = campaign_of(Credit(1000, "EUR"))
    untouched = coupon_of(campaign, version=0)
    decision = redeemed(untouched, campaign, order=order_of(300))
    assert [(entry.kind, entry.amount_minor) for entry in decision.entries] == [
        (EntryKind.OPENING, 1000),
        (EntryKind.REDEMPTION, -300),
    ]
    act = ActOnCoupon(TENANT, REF, CouponAction.VOID)
    entries = decide_action(act, untouched, campaign, NOW, ids()).entries
    assert [(entry.kind, entry.amount_minor) for entry in entries] == [(EntryKind.OPENING, 1000)]


def test_an_action_is_told_and_answered_with_the_coupon() -> None:
    """The caller gets the changed coupon, listeners get the fact."""
    decision = decide_action(ActOnCoupon(TENANT, REF, CouponAction.VOID), coupon_of(), campaign_of(), NOW, ids())
    assert decision.answer == decision.coupon
    assert [event.type for event in decision.events] == [EventType.COUPON_VOIDED]


@pytest.mark.parametrize("action", CouponAction)
def test_an_action_on_another_version_is_a_conflict(action: CouponAction) -> None:
    """A caller who read an older version is told so, whatever the action."""
    command = ActOnCoupon(TENANT, REF, action, expected_version=7)
    with pytest.raises(Conflict) as refusal:
        decide_action(command, coupon_of(version=8), campaign_of(), NOW, ids())
    assert refusal.value.code == "version_mismatch"


def test_a_refused_action_changes_nothing() -> None:
    """Voiding twice is refused."""
    command = ActOnCoupon(TENANT, REF, CouponAction.VOID)
    assert reasons(decide_action(command, coupon_of(voided_at=NOW), campaign_of(), NOW, ids())) == [Reason.VOIDED]


benefits: st.SearchStrategy[Benefit] = st.one_of(
    st.just(Percent("33.3333")), st.just(Amount(777, "EUR")), st.just(Credit(5000, "EUR")), st.just(Access())
)
carts = st.one_of(
    st.none(),
    st.lists(st.integers(0, 2000), min_size=1, max_size=4).filter(sum).map(lambda amounts: order_of(*amounts)),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("redeem"), carts),
        st.tuples(st.just("roll back"), st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(1, 1500)))),
    ),
    max_size=25,
)


@given(benefits, steps, st.one_of(st.none(), st.integers(1, 4)))
def test_books_agree_after_any_run_of_redemptions_and_rollbacks(
    benefit: Benefit, run: list[tuple[str, object]], cap: int | None
) -> None:
    """Entries sum to the balance, uses and counter to what holds, lines to amounts; nothing is ever negative."""
    campaign = campaign_of(benefit, Limits(max_redemptions=cap))
    coupon, counters, new_id = coupon_of(campaign, version=0), counters_of(), ids()
    redemptions: list[Redemption] = []
    entries: list[LedgerEntry] = []
    for kind, chosen in run:
        if kind == "redeem":
            assert chosen is None or isinstance(chosen, Order)
            decision = decide_redemption(Redeem(TENANT, REF, None, chosen), coupon, campaign, counters, NOW, new_id)
            if decision.redemption is not None:
                redemptions.append(decision.redemption)
        elif redemptions:
            assert isinstance(chosen, tuple)
            place, amount = chosen[0] % len(redemptions), chosen[1]
            command = RollBack(TENANT, redemptions[place].redemption_id, amount)
            decision = decide_rollback(command, redemptions[place], coupon, campaign, counters, NOW, new_id)
            redemptions[place] = decision.redemption or redemptions[place]
            if isinstance(decision.answer, Rollback):
                assert sum(decision.answer.lines) == decision.answer.amount_minor
                assert all(part >= 0 for part in decision.answer.lines)
        else:
            continue
        coupon, counters = decision.coupon or coupon, decision.counters or counters
        entries += decision.entries
        held = [redemption for redemption in redemptions if redemption.status is not RedemptionStatus.ROLLED_BACK]
        assert coupon.redeemed_count == len(held)
        if cap is not None:
            assert counters.redeemed_count == len(held) <= cap
        if coupon.balance_minor is not None and coupon.version:
            assert coupon.balance_minor == sum(entry.amount_minor for entry in entries) >= 0
            assert coupon.balance_minor == 5000 - sum(redemption.rest_minor for redemption in redemptions)
        for redemption in redemptions:
            assert redemption.rest_minor == sum(redemption.rest_lines) >= 0
            assert all(part >= 0 for part in redemption.rest_lines)
