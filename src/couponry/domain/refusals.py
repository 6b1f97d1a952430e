"""Refusals: the domain's way to say no, as data with a reason and the values that failed."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why a coupon was refused; stable, documented, and the same on every surface."""

    CODE_UNKNOWN = "code_unknown"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_ARCHIVED = "campaign_archived"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    NOT_ACTIVATED = "not_activated"
    ALREADY_ACTIVATED = "already_activated"
    VOIDED = "voided"
    NOT_VOIDED = "not_voided"
    LIMIT_REACHED = "limit_reached"
    BALANCE_EMPTY = "balance_empty"
    CURRENCY_MISMATCH = "currency_mismatch"
    ALREADY_ROLLED_BACK = "already_rolled_back"
    ROLLBACK_EXCEEDS_REST = "rollback_exceeds_rest"
    NOT_VALID = "not_valid"


EXPLANATIONS: Mapping[Reason, str] = {
    Reason.CODE_UNKNOWN: "no coupon of this tenant has the code",
    Reason.CAMPAIGN_PAUSED: "the campaign is paused; resume it to accept its coupons again",
    Reason.CAMPAIGN_ARCHIVED: "the campaign was deleted",
    Reason.NOT_YET_VALID: "the campaign starts later, at `starts_at`",
    Reason.EXPIRED: "the campaign ended at `ends_at`",
    Reason.NOT_ACTIVATED: "the coupon was issued inactive and waits for its activation",
    Reason.ALREADY_ACTIVATED: "the coupon was activated before, at `activated_at`",
    Reason.VOIDED: "the coupon was voided at `voided_at`",
    Reason.NOT_VOIDED: "the coupon is not voided, so there is nothing to take back",
    Reason.LIMIT_REACHED: "`limit` allows `max` and `used` are taken",
    Reason.BALANCE_EMPTY: "the credit is spent",
    Reason.CURRENCY_MISMATCH: "the coupon is in `expected`, the order in `actual`",
    Reason.ALREADY_ROLLED_BACK: "the redemption was rolled back in full before",
    Reason.ROLLBACK_EXCEEDS_REST: "more than the `rest` of the discount was asked back",
    Reason.NOT_VALID: "what a public caller is told, whatever the reason",
}


class Refusal(Struct, frozen=True):
    """One reason for a no, with the values that failed (names and meanings as in `EXPLANATIONS`)."""

    reason: Reason
    values: dict[str, str | int | None] = {}


class Refused(Struct, frozen=True, tag="refused"):
    """The answer to a command that changed nothing, with every reason found."""

    refusals: tuple[Refusal, ...]


def refuse(reason: Reason, **values: str | int | None) -> Refused:
    """Build a refusal of one reason.

    Args:
        reason: why.
        values: what failed, by the names that `EXPLANATIONS` uses.

    Returns:
        the answer for the caller.
    """
    return Refused((Refusal(reason, values),))
