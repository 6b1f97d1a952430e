"""Coupons: the state machine, and the order in which the status follows from the facts."""

from datetime import datetime
from typing import Any

import pytest

from couponry.domain.batches import Batch
from couponry.domain.benefits import Credit
from couponry.domain.campaigns import Campaign, Limits
from couponry.domain.coupons import (
    Coupon,
    CouponAction,
    CouponStatus,
    act_on_coupon,
    is_used_up,
    refusals_of_coupon,
    require_customer,
    status_of,
    untouched_coupon,
)
from couponry.domain.errors import InvalidValue
from couponry.domain.refusals import Reason, Refusal, Refused
from tests.properties.samples import DAY, NOW, SERIES, batch_of, campaign_of, coupon_of

LATER = NOW + DAY
STATES = {
    CouponStatus.ISSUED: coupon_of(activated_at=None),
    CouponStatus.ACTIVATED: coupon_of(),
    CouponStatus.REDEEMED: coupon_of(redeemed_count=1),
    CouponStatus.VOIDED: coupon_of(voided_at=NOW),
    CouponStatus.EXPIRED: coupon_of(),
}
# What each action makes of each state; a reason is a refusal.
TRANSITIONS = {
    (CouponStatus.ISSUED, CouponAction.ACTIVATE): CouponStatus.ACTIVATED,
    (CouponStatus.ISSUED, CouponAction.VOID): CouponStatus.VOIDED,
    (CouponStatus.ISSUED, CouponAction.UNVOID): Reason.NOT_VOIDED,
    (CouponStatus.ISSUED, CouponAction.ASSIGN): CouponStatus.ISSUED,
    (CouponStatus.ISSUED, CouponAction.UPDATE): CouponStatus.ISSUED,
    (CouponStatus.ACTIVATED, CouponAction.ACTIVATE): Reason.ALREADY_ACTIVATED,
    (CouponStatus.ACTIVATED, CouponAction.VOID): CouponStatus.VOIDED,
    (CouponStatus.ACTIVATED, CouponAction.UNVOID): Reason.NOT_VOIDED,
    (CouponStatus.ACTIVATED, CouponAction.ASSIGN): CouponStatus.ACTIVATED,
    (CouponStatus.ACTIVATED, CouponAction.UPDATE): CouponStatus.ACTIVATED,
    (CouponStatus.REDEEMED, CouponAction.ACTIVATE): Reason.ALREADY_ACTIVATED,
    (CouponStatus.REDEEMED, CouponAction.VOID): CouponStatus.VOIDED,
    (CouponStatus.REDEEMED, CouponAction.UNVOID): Reason.NOT_VOIDED,
    (CouponStatus.REDEEMED, CouponAction.ASSIGN): CouponStatus.REDEEMED,
    (CouponStatus.REDEEMED, CouponAction.UPDATE): CouponStatus.REDEEMED,
    (CouponStatus.VOIDED, CouponAction.ACTIVATE): Reason.VOIDED,
    (CouponStatus.VOIDED, CouponAction.VOID): Reason.VOIDED,
    (CouponStatus.VOIDED, CouponAction.UNVOID): CouponStatus.ACTIVATED,
    (CouponStatus.VOIDED, CouponAction.ASSIGN): CouponStatus.VOIDED,
    (CouponStatus.VOIDED, CouponAction.UPDATE): CouponStatus.VOIDED,
    (CouponStatus.EXPIRED, CouponAction.ACTIVATE): Reason.ALREADY_ACTIVATED,
    (CouponStatus.EXPIRED, CouponAction.VOID): CouponStatus.VOIDED,
    (CouponStatus.EXPIRED, CouponAction.UNVOID): Reason.NOT_VOIDED,
    (CouponStatus.EXPIRED, CouponAction.ASSIGN): CouponStatus.EXPIRED,
    (CouponStatus.EXPIRED, CouponAction.UPDATE): CouponStatus.EXPIRED,
}


def campaign_in(status: CouponStatus) -> Campaign:
    ends_at = NOW - DAY if status is CouponStatus.EXPIRED else None
    return campaign_of(limits=Limits(max_redemptions_per_coupon=1), ends_at=ends_at)


def test_the_table_has_every_state_and_action() -> None:
    """No transition is left untested."""
    assert set(TRANSITIONS) == {(state, action) for state in CouponStatus for action in CouponAction}


@pytest.mark.parametrize("state", CouponStatus)
def test_the_samples_are_in_their_states(state: CouponStatus) -> None:
    """The states the table starts from are what they say."""
    assert status_of(STATES[state], campaign_in(state), NOW) is state


@pytest.mark.parametrize(("start", "outcome"), TRANSITIONS.items())
def test_transition(start: tuple[CouponStatus, CouponAction], outcome: CouponStatus | Reason) -> None:
    """Each step from each state leads where the table says, one version on, or is refused and changes nothing."""
    state, action = start
    before = STATES[state]
    after = act_on_coupon(before, action, LATER, customer="c-1", metadata={"a": 1})
    if isinstance(outcome, Reason):
        assert isinstance(after, Refused)
        assert [refusal.reason for refusal in after.refusals] == [outcome]
    else:
        assert isinstance(after, Coupon)
        assert status_of(after, campaign_in(state), LATER) is outcome
        assert (after.version, after.updated_at) == (before.version + 1, LATER)


def test_an_inactive_coupon_stays_inactive_over_void_and_unvoid() -> None:
    """Blocking and unblocking a coupon does not activate it."""
    voided = act_on_coupon(coupon_of(activated_at=None), CouponAction.VOID, NOW)
    assert isinstance(voided, Coupon)
    back = act_on_coupon(voided, CouponAction.UNVOID, NOW)
    assert isinstance(back, Coupon)
    assert status_of(back, campaign_of(), NOW) is CouponStatus.ISSUED


def test_an_assignment_can_be_taken_back() -> None:
    """Assigning to nobody removes the customer."""
    after = act_on_coupon(coupon_of(customer="c-1"), CouponAction.ASSIGN, NOW, customer=None)
    assert isinstance(after, Coupon)
    assert after.customer is None


def test_an_update_without_metadata_keeps_it() -> None:
    """Nothing to replace leaves what is there."""
    after = act_on_coupon(coupon_of(metadata={"a": 1}), CouponAction.UPDATE, NOW)
    assert isinstance(after, Coupon)
    assert after.metadata == {"a": 1}


def test_an_update_replaces_the_metadata_whole() -> None:
    """Metadata is replaced, not merged; empty metadata empties it."""
    after = act_on_coupon(coupon_of(metadata={"a": 1}), CouponAction.UPDATE, NOW, metadata={})
    assert isinstance(after, Coupon)
    assert after.metadata == {}


@pytest.mark.parametrize(
    ("facts", "ends_at", "status"),
    [
        ({"voided_at": NOW, "redeemed_count": 1, "activated_at": None}, NOW, CouponStatus.VOIDED),
        ({"redeemed_count": 1, "activated_at": None}, NOW, CouponStatus.REDEEMED),
        ({"activated_at": None}, NOW, CouponStatus.EXPIRED),
        ({"activated_at": None}, None, CouponStatus.ISSUED),
        ({}, NOW + DAY, CouponStatus.ACTIVATED),
    ],
)
def test_the_first_status_that_holds_is_told(
    facts: dict[str, Any], ends_at: datetime | None, status: CouponStatus
) -> None:
    """Voided comes before redeemed, redeemed before expired, expired before issued."""
    campaign = campaign_of(limits=Limits(max_redemptions_per_coupon=1), ends_at=ends_at)
    assert status_of(coupon_of(**facts), campaign, NOW) is status


@pytest.mark.parametrize(("balance", "is_up"), [(0, True), (1, False), (None, False)])
def test_a_spent_balance_uses_a_coupon_up(balance: int | None, is_up: bool) -> None:  # noqa: FBT001  # a table
    """A credit is used up at nothing, a coupon without a balance never by it."""
    assert is_used_up(coupon_of(balance_minor=balance), campaign_of()) is is_up


def test_every_reason_of_a_coupon_is_listed() -> None:
    """Blocked, inactive and used up are told together, with the numbers."""
    coupon = coupon_of(voided_at=NOW, activated_at=None, redeemed_count=2)
    assert refusals_of_coupon(coupon, campaign_of(limits=Limits(max_redemptions_per_coupon=2))) == [
        Refusal(Reason.VOIDED, {"voided_at": NOW.isoformat()}),
        Refusal(Reason.NOT_ACTIVATED),
        Refusal(Reason.LIMIT_REACHED, {"limit": "max_redemptions_per_coupon", "max": 2, "used": 2}),
    ]


@pytest.mark.parametrize("customer", ["", "x" * 201])
def test_a_customer_out_of_range_is_refused(customer: str) -> None:
    """A customer's name has 1 to 200 characters."""
    with pytest.raises(InvalidValue) as refusal:
        require_customer(customer)
    assert refusal.value.code == "customer_out_of_range"


@pytest.mark.parametrize("customer", ["a\0", "\udcff"])
def test_a_customer_that_no_database_can_keep_is_refused(customer: str) -> None:
    """U+0000 and half a surrogate pair are refused before a transaction meets them."""
    with pytest.raises(InvalidValue) as refusal:
        require_customer(customer)
    assert refusal.value.code == "text_not_storable"


@pytest.mark.parametrize("customer", [None, "x", "x" * 200, "Zoë 👋"])
def test_a_customer_in_range_is_accepted(customer: str | None) -> None:
    """Any text of the right length is a customer."""
    assert require_customer(customer) == customer


@pytest.mark.parametrize(("batch", "is_active"), [(batch_of(), True), (batch_of(is_active=False), False)])
def test_an_untouched_coupon_is_as_its_batch_says(batch: Batch, is_active: bool) -> None:  # noqa: FBT001  # a table
    """A coupon nobody touched follows from batch, campaign and index."""
    coupon = untouched_coupon(batch, campaign_of(Credit(700, "EUR")), 31, "CODE")
    assert coupon.coupon_id == f"cpn_{SERIES[4:]}{'0' * 12}z"
    assert (coupon.activated_at is not None) is is_active
    assert (coupon.balance_minor, coupon.version, coupon.canonical) == (700, 0, None)
