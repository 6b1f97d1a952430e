"""Validations: every reason at once, and the discount only without one."""

import pytest

from couponry.domain.benefits import Amount, Credit, Discount
from couponry.domain.campaigns import CampaignStatus, Limits
from couponry.domain.coupons import CouponStatus
from couponry.domain.orders import Order
from couponry.domain.refusals import Reason
from couponry.domain.validations import validate
from tests.properties.samples import DAY, NOW, campaign_of, counters_of, coupon_of, order_of


def test_a_good_coupon_is_valid_with_its_discount() -> None:
    """Without a reason against it, the verdict tells what would come off."""
    verdict = validate(coupon_of(), campaign_of(), None, order_of(5000), NOW)
    assert verdict.is_valid
    assert verdict.discount == Discount(1000, "EUR", (1000,))
    assert verdict.status is CouponStatus.ACTIVATED


def test_without_an_order_there_is_no_discount() -> None:
    """No order judges everything but the benefit."""
    verdict = validate(coupon_of(), campaign_of(), None, None, NOW)
    assert (verdict.is_valid, verdict.discount) == (True, None)


def test_all_reasons_are_listed_in_order() -> None:
    """Campaign, coupon, limits and order are judged, and nothing hides behind the first no."""
    limits = Limits(max_redemptions=3, max_redemptions_per_coupon=1)
    campaign = campaign_of(limits=limits, status=CampaignStatus.PAUSED, starts_at=NOW - 2 * DAY, ends_at=NOW - DAY)
    coupon = coupon_of(voided_at=NOW, activated_at=None, redeemed_count=1)
    verdict = validate(coupon, campaign, counters_of(1, 3), order_of(1, currency="USD"), NOW)
    assert [refusal.reason for refusal in verdict.refusals] == [
        Reason.CAMPAIGN_PAUSED,
        Reason.EXPIRED,
        Reason.VOIDED,
        Reason.NOT_ACTIVATED,
        Reason.LIMIT_REACHED,
        Reason.LIMIT_REACHED,
        Reason.CURRENCY_MISMATCH,
    ]
    assert [refusal.values.get("limit") for refusal in verdict.refusals[4:6]] == [
        "max_redemptions_per_coupon",
        "max_redemptions",
    ]
    assert verdict.discount is None


def test_a_refused_coupon_has_no_discount() -> None:
    """What would come off is not told where nothing would."""
    assert validate(coupon_of(voided_at=NOW), campaign_of(), None, order_of(100), NOW).discount is None


@pytest.mark.parametrize(("redeemed", "is_valid"), [(2, True), (3, False), (4, False)])
def test_a_cap_counts_the_campaign(redeemed: int, is_valid: bool) -> None:  # noqa: FBT001  # a table
    """A capped campaign is closed at its cap and past it."""
    campaign = campaign_of(limits=Limits(max_redemptions=3))
    assert validate(coupon_of(), campaign, counters_of(1, redeemed), None, NOW).is_valid is is_valid


@pytest.mark.parametrize("order", [None, order_of(5)])
def test_a_spent_credit_is_refused_once_with_and_without_an_order(order: Order | None) -> None:
    """An empty balance is one reason, order or not."""
    campaign = campaign_of(Credit(100, "EUR"))
    verdict = validate(coupon_of(campaign, balance_minor=0), campaign, None, order, NOW)
    assert [refusal.reason for refusal in verdict.refusals] == [Reason.BALANCE_EMPTY]
    assert verdict.status is CouponStatus.REDEEMED


def test_the_balance_bounds_the_discount() -> None:
    """A credit gives what it holds."""
    campaign = campaign_of(Credit(100, "EUR"))
    verdict = validate(coupon_of(campaign, balance_minor=30), campaign, None, order_of(50), NOW)
    assert verdict.discount == Discount(30, "EUR", (30,))


def test_a_currency_mismatch_names_both() -> None:
    """The caller learns which currency would be right."""
    verdict = validate(coupon_of(), campaign_of(Amount(1, "EUR")), None, order_of(5, currency="CHF"), NOW)
    assert verdict.refusals[0].values == {"expected": "EUR", "actual": "CHF"}
