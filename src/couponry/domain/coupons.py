"""Coupons: one code instance each, and its life as a state machine."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from couponry.domain.batches import Batch
from couponry.domain.benefits import Credit
from couponry.domain.campaigns import Campaign, Metadata
from couponry.domain.errors import InvalidValue
from couponry.domain.ids import series_coupon_id
from couponry.domain.refusals import Reason, Refusal, Refused, refuse
from couponry.domain.texts import require_text

MAX_CUSTOMER_LENGTH = 200


class CouponStatus(StrEnum):
    """Where a coupon is in its life. The facts are kept, the status follows from them."""

    ISSUED = "issued"
    """Handed out inactive; waits for activation."""
    ACTIVATED = "activated"
    """Can be used, as far as the coupon itself goes."""
    REDEEMED = "redeemed"
    """Used up: no use, or no balance, is left."""
    VOIDED = "voided"
    """Blocked until somebody takes that back."""
    EXPIRED = "expired"
    """Its campaign has ended."""


class Coupon(Struct, frozen=True, tag="coupon"):
    """One code instance.

    Attributes:
        code: as it is shown to people.
        canonical: what a typed code is compared with; None for a coupon of a series, which is found by arithmetic.
        activated_at: when it became usable, or None while it waits.
        voided_at: since when it is blocked, or None.
        redeemed_count: uses that hold.
        balance_minor: what is left of a credit, in minor units; None for other benefits.
        customer: whom it was assigned to, or None.
        version: 0 while nobody touched it and no row exists; grows by one with each change.
    """

    tenant_id: str
    coupon_id: str
    campaign_id: str
    batch_id: str
    code: str
    canonical: str | None
    activated_at: datetime | None
    voided_at: datetime | None
    redeemed_count: int
    balance_minor: int | None
    customer: str | None
    metadata: Metadata
    version: int
    created_at: datetime
    updated_at: datetime


class CouponAction(StrEnum):
    """What a caller can do to a coupon besides redeeming it."""

    ACTIVATE = "activate"
    VOID = "void"
    UNVOID = "unvoid"
    ASSIGN = "assign"
    UPDATE = "update"


def untouched_coupon(batch: Batch, campaign: Campaign, index: int, code: str) -> Coupon:
    """Build the coupon at one index of a minted range, as nobody has touched it yet.

    Args:
        batch: the batch that owns the index.
        campaign: the batch's campaign.
        index: within the batch's range.
        code: the code at that index.

    Returns:
        the coupon, with version 0.
    """
    assert batch.series_id is not None
    return Coupon(
        tenant_id=batch.tenant_id,
        coupon_id=series_coupon_id(batch.series_id, index),
        campaign_id=batch.campaign_id,
        batch_id=batch.batch_id,
        code=code,
        canonical=None,
        activated_at=batch.created_at if batch.is_active else None,
        voided_at=None,
        redeemed_count=0,
        balance_minor=opening_balance(campaign),
        customer=None,
        metadata={},
        version=0,
        created_at=batch.created_at,
        updated_at=batch.created_at,
    )


def opening_balance(campaign: Campaign) -> int | None:
    """Tell what a fresh coupon of a campaign holds, in minor units; None unless its benefit is a credit."""
    return campaign.benefit.amount_minor if isinstance(campaign.benefit, Credit) else None


def status_of(coupon: Coupon, campaign: Campaign, now: datetime) -> CouponStatus:
    """Tell where a coupon is in its life.

    Args:
        coupon: the facts.
        campaign: its offer, for the limit on uses and the end of validity.
        now: the instant asked about.

    Returns:
        the first that holds of voided, redeemed (used up), expired, issued, activated.
    """
    if coupon.voided_at is not None:
        return CouponStatus.VOIDED
    if is_used_up(coupon, campaign):
        return CouponStatus.REDEEMED
    if campaign.ends_at is not None and now >= campaign.ends_at:
        return CouponStatus.EXPIRED
    return CouponStatus.ISSUED if coupon.activated_at is None else CouponStatus.ACTIVATED


def is_used_up(coupon: Coupon, campaign: Campaign) -> bool:
    """Tell whether a coupon has no use, or no balance, left."""
    maximum = campaign.limits.max_redemptions_per_coupon
    return coupon.balance_minor == 0 or (maximum is not None and coupon.redeemed_count >= maximum)


def refusals_of_coupon(coupon: Coupon, campaign: Campaign) -> list[Refusal]:
    """List why a coupon cannot be used, as far as the coupon itself goes.

    Args:
        coupon: the facts.
        campaign: its offer, for the limit on uses.

    Returns:
        the refusals; empty when it can be used.
    """
    refusals = []
    if coupon.voided_at is not None:
        refusals.append(Refusal(Reason.VOIDED, {"voided_at": coupon.voided_at.isoformat()}))
    if coupon.activated_at is None:
        refusals.append(Refusal(Reason.NOT_ACTIVATED))
    maximum = campaign.limits.max_redemptions_per_coupon
    if maximum is not None and coupon.redeemed_count >= maximum:
        values: dict[str, str | int | None] = {
            "limit": "max_redemptions_per_coupon",
            "max": maximum,
            "used": coupon.redeemed_count,
        }
        refusals.append(Refusal(Reason.LIMIT_REACHED, values))
    return refusals


def act_on_coupon(
    coupon: Coupon,
    action: CouponAction,
    now: datetime,
    *,
    customer: str | None = None,
    metadata: Metadata | None = None,
) -> Coupon | Refused:
    """Take one step in a coupon's life.

    Args:
        coupon: as it is.
        action: the step. Activate wants an issued coupon, void one that is not voided, unvoid one that is; assign and
            update are always possible.
        now: the instant of the step.
        customer: for assign: whom it belongs to from now on; None takes the assignment back.
        metadata: for update: what replaces its metadata.

    Returns:
        the coupon one version on, or the refusal `already_activated`, `voided` or `not_voided`.
    """
    changed = coupon
    match action:
        case CouponAction.ACTIVATE if coupon.voided_at is not None:
            return refuse(Reason.VOIDED, voided_at=coupon.voided_at.isoformat())
        case CouponAction.ACTIVATE if coupon.activated_at is not None:
            return refuse(Reason.ALREADY_ACTIVATED, activated_at=coupon.activated_at.isoformat())
        case CouponAction.ACTIVATE:
            changed = replace(coupon, activated_at=now)
        case CouponAction.VOID if coupon.voided_at is not None:
            return refuse(Reason.VOIDED, voided_at=coupon.voided_at.isoformat())
        case CouponAction.VOID:
            changed = replace(coupon, voided_at=now)
        case CouponAction.UNVOID if coupon.voided_at is None:
            return refuse(Reason.NOT_VOIDED)
        case CouponAction.UNVOID:
            changed = replace(coupon, voided_at=None)
        case CouponAction.ASSIGN:
            changed = replace(coupon, customer=require_customer(customer))
        case CouponAction.UPDATE if metadata is not None:
            changed = replace(coupon, metadata=metadata)
    return replace(changed, version=coupon.version + 1, updated_at=now)


def require_customer(customer: str | None) -> str | None:
    """Accept a customer's name in the caller's own words.

    Args:
        customer: 1 to MAX_CUSTOMER_LENGTH characters, or None.

    Returns:
        the same.

    Raises:
        InvalidValue: `customer_out_of_range`, `text_not_storable`.
    """
    if customer is not None and not 1 <= len(customer) <= MAX_CUSTOMER_LENGTH:
        raise InvalidValue(
            "customer_out_of_range", f"customer must have 1 to {MAX_CUSTOMER_LENGTH} characters.", field="customer"
        )
    return None if customer is None else require_text(customer, "customer")
