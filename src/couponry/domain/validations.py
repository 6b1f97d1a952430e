"""Validations: what redeeming a coupon would do now, and the reasons why it would be refused."""

from datetime import datetime

from msgspec import Struct

from couponry.domain.benefits import Discount, discount_for
from couponry.domain.campaigns import Campaign, CampaignCounters, refusals_of_campaign
from couponry.domain.coupons import Coupon, CouponStatus, refusals_of_coupon, status_of
from couponry.domain.orders import Order
from couponry.domain.refusals import Reason, Refusal


class Validation(Struct, frozen=True):
    """The answer to a question that changes nothing.

    Attributes:
        discount: what would come off; None without an order, or when refused.
        refusals: every reason against; empty when the coupon can be redeemed.
    """

    coupon: Coupon
    campaign: Campaign
    status: CouponStatus
    discount: Discount | None
    refusals: tuple[Refusal, ...]

    @property
    def is_valid(self) -> bool:
        """Whether a redemption right now would succeed."""
        return not self.refusals


def validate(
    coupon: Coupon, campaign: Campaign, counters: CampaignCounters | None, order: Order | None, now: datetime
) -> Validation:
    """Judge a coupon: campaign, coupon, limits and order, in this order.

    Args:
        coupon: the facts.
        campaign: its offer.
        counters: what was redeemed so far; read for a capped campaign only.
        order: what it is to be used on; None judges all but the benefit.
        now: the instant.

    Returns:
        the discount, or every reason against it.
    """
    refusals = refusals_of_campaign(campaign, now) + refusals_of_coupon(coupon, campaign)
    maximum = campaign.limits.max_redemptions
    if maximum is not None and counters is not None and counters.redeemed_count >= maximum:
        values: dict[str, str | int | None] = {
            "limit": "max_redemptions",
            "max": maximum,
            "used": counters.redeemed_count,
        }
        refusals.append(Refusal(Reason.LIMIT_REACHED, values))
    discount = None
    if order is not None:
        outcome = discount_for(campaign.benefit, order, coupon.balance_minor)
        if isinstance(outcome, Discount):
            discount = outcome
        else:
            refusals.append(outcome)
    elif coupon.balance_minor == 0:
        refusals.append(Refusal(Reason.BALANCE_EMPTY, {"balance": 0}))
    return Validation(
        coupon, campaign, status_of(coupon, campaign, now), None if refusals else discount, tuple(refusals)
    )
