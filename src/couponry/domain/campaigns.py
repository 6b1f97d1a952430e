"""Campaigns: the offer, with its benefit, validity and limits."""

from datetime import UTC, datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from couponry.domain.benefits import Benefit, Credit, currency_of
from couponry.domain.errors import Conflict, InvalidValue
from couponry.domain.guessing import DEFAULT_GUESS_FLOOR
from couponry.domain.ids import require_unreserved
from couponry.domain.refusals import Reason, Refusal
from couponry.domain.texts import require_text

MAX_COUNT = 2**62
MAX_NAME_LENGTH = 200
Metadata = dict[str, str | int | bool | None]
"""What a caller hangs on a campaign or coupon for its own use."""


class CampaignStatus(StrEnum):
    """Where a campaign is in its life; what the calendar says comes on top."""

    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Limits(Struct, frozen=True):
    """How much of a campaign there is; None is no limit.

    Attributes:
        max_issued: coupons, 1 to MAX_COUNT.
        max_redemptions: uses over all coupons, 1 to MAX_COUNT; a campaign that has it is called capped.
        max_redemptions_per_coupon: uses of one coupon, 1 to MAX_COUNT.
    """

    max_issued: int | None = None
    max_redemptions: int | None = None
    max_redemptions_per_coupon: int | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is not None and not 1 <= value <= MAX_COUNT:
                raise InvalidValue(
                    "limit_out_of_range",
                    f"{name} is {value}; it must be 1 to {MAX_COUNT}, or null for no limit.",
                    field=name,
                )


class Campaign(Struct, frozen=True):
    """An offer of a tenant.

    Attributes:
        pattern: shape of the codes it mints, or None when its codes are static or imported.
        alphabet: what stands at a pattern's random positions, in the text form of `alphabets`.
        series_id: the code space it mints from; None when it does not mint, or its space is too small for a series.
        static_code: the one code everybody types, as written; or None.
        starts_at: first instant at which its coupons can be used, or None for always.
        ends_at: first instant at which they no longer can, or None for never.
        guess_floor: fewest expected guesses to a first hit that minting and importing must leave.
        version: grows by one with each change.
    """

    tenant_id: str
    campaign_id: str
    name: str
    status: CampaignStatus
    benefit: Benefit
    limits: Limits
    pattern: str | None
    alphabet: str
    series_id: str | None
    static_code: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    guess_floor: int
    metadata: Metadata
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def is_capped(self) -> bool:
        """Whether its redemptions are counted under a lock."""
        return self.limits.max_redemptions is not None


class CampaignDraft(Struct, frozen=True):
    """What a person decides about a new campaign; meanings and units as in `Campaign`."""

    name: str
    benefit: Benefit
    limits: Limits = Limits()
    pattern: str | None = None
    alphabet: str = "crockford32"
    code: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    guess_floor: int = DEFAULT_GUESS_FLOOR
    metadata: Metadata = {}


class CampaignChange(Struct, frozen=True):
    """What may change about a campaign; a field left unset stays as it is."""

    name: str | UnsetType = UNSET
    benefit: Benefit | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    starts_at: datetime | UnsetType | None = UNSET
    ends_at: datetime | UnsetType | None = UNSET
    guess_floor: int | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class CampaignCounters(Struct, frozen=True):
    """What is counted exactly for a campaign.

    Attributes:
        issued_count: coupons minted, imported and static.
        redeemed_count: uses that hold; kept for a capped campaign only, 0 otherwise.
    """

    tenant_id: str
    campaign_id: str
    issued_count: int
    redeemed_count: int


def default_max_redemptions_per_coupon(benefit: Benefit, static_code: str | None) -> int | None:
    """Tell how often one coupon can be used when nobody says so.

    Args:
        benefit: what the campaign gives.
        static_code: the one code everybody types, or None.

    Returns:
        None (no limit) for a static code, which everybody shares, and for a credit, whose balance is the limit; else 1.
    """
    return None if static_code is not None or isinstance(benefit, Credit) else 1


def require_campaign(campaign: Campaign) -> Campaign:
    """Accept a campaign whose parts agree with each other.

    Args:
        campaign: new or changed.

    Returns:
        the same campaign.

    Raises:
        InvalidValue: `name_out_of_range`, `text_not_storable`, `instant_out_of_range`, `validity_out_of_order`,
            `guess_floor_out_of_range`, `pattern_and_code`, `code_reserved`.
    """
    if not 1 <= len(campaign.name.strip()) <= MAX_NAME_LENGTH:
        raise InvalidValue(
            "name_out_of_range", f"name must have 1 to {MAX_NAME_LENGTH} characters, not only blanks.", field="name"
        )
    require_text(campaign.name, "name")
    _require_instant(campaign.starts_at, "starts_at")
    _require_instant(campaign.ends_at, "ends_at")
    if campaign.starts_at is not None and campaign.ends_at is not None and campaign.ends_at <= campaign.starts_at:
        raise InvalidValue(
            "validity_out_of_order",
            f"ends_at ({campaign.ends_at.isoformat()}) must be after starts_at ({campaign.starts_at.isoformat()}).",
            field="ends_at",
        )
    if not 1 <= campaign.guess_floor <= MAX_COUNT:
        raise InvalidValue(
            "guess_floor_out_of_range",
            f"guess_floor is {campaign.guess_floor}; it must be 1 to {MAX_COUNT}.",
            field="guess_floor",
        )
    if campaign.pattern is not None:
        require_unreserved(campaign.pattern, "pattern")
    if campaign.static_code is not None:
        require_unreserved(campaign.static_code, "code")
    if campaign.pattern is not None and campaign.static_code is not None:
        raise InvalidValue("pattern_and_code", "A campaign has a pattern or a static code, not both.", field="code")
    return campaign


def _require_instant(instant: datetime | None, field: str) -> None:
    """Accept an instant that can be told in UTC: what is stored must be readable again."""
    try:
        is_fine = instant is None or (instant.utcoffset() is not None and bool(instant.astimezone(UTC)))
    except OverflowError:
        is_fine = False
    if not is_fine:
        raise InvalidValue(
            "instant_out_of_range",
            f"{field} must name its offset from UTC and lie in the years 1 to 9999 in UTC.",
            field=field,
        )


def change_campaign(campaign: Campaign, change: CampaignChange, counters: CampaignCounters, now: datetime) -> Campaign:
    """Apply a change to a campaign.

    Args:
        campaign: as it is.
        change: what is asked for.
        counters: what was issued and redeemed so far (redeemed counted exactly, capped or not).
        now: the instant of the change.

    Returns:
        the campaign with the change, one version on.

    Raises:
        InvalidValue: as `require_campaign`.
        Conflict: `campaign_archived`; `benefit_in_use` when coupons were issued on the old one; `limit_below_use` when
            a limit would be lower than what is taken.
    """
    if campaign.status is CampaignStatus.ARCHIVED:
        raise Conflict("campaign_archived", "The campaign was deleted; it can no longer change.")
    if change.benefit is not UNSET and change.benefit != campaign.benefit and counters.issued_count:
        raise Conflict(
            "benefit_in_use",
            f"{counters.issued_count} coupons were issued on this benefit; make a new campaign for another.",
            issued=counters.issued_count,
        )
    if change.limits is not UNSET:
        for name, maximum, used in (
            ("max_issued", change.limits.max_issued, counters.issued_count),
            ("max_redemptions", change.limits.max_redemptions, counters.redeemed_count),
        ):
            if maximum is not None and maximum < used:
                raise Conflict(
                    "limit_below_use",
                    f"{name} cannot be {maximum}: {used} are taken already.",
                    limit=name,
                    max=maximum,
                    used=used,
                )
    changed = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if change.benefit is not UNSET and change.limits is UNSET:
        changed["limits"] = _limits_for(campaign, change.benefit)
    return require_campaign(replace(campaign, **changed, version=campaign.version + 1, updated_at=now))


def _limits_for(campaign: Campaign, benefit: Benefit) -> Limits:
    """Give a campaign's limits under another benefit: what nobody decided follows the benefit."""
    before = default_max_redemptions_per_coupon(campaign.benefit, campaign.static_code)
    if campaign.limits.max_redemptions_per_coupon != before:
        return campaign.limits
    after = default_max_redemptions_per_coupon(benefit, campaign.static_code)
    return replace(campaign.limits, max_redemptions_per_coupon=after)


def set_status(campaign: Campaign, status: CampaignStatus, now: datetime) -> Campaign:
    """Pause, resume or archive a campaign.

    Args:
        campaign: as it is.
        status: what it shall be.
        now: the instant of the change.

    Returns:
        the campaign one version on; the same one when it has that status already.

    Raises:
        Conflict: `campaign_archived`: an archived campaign does not come back.
    """
    if campaign.status is status:
        return campaign
    if campaign.status is CampaignStatus.ARCHIVED:
        raise Conflict("campaign_archived", "The campaign was deleted; it can no longer change.")
    return replace(campaign, status=status, version=campaign.version + 1, updated_at=now)


def refusals_of_campaign(campaign: Campaign, now: datetime) -> list[Refusal]:
    """List why a campaign's coupons cannot be used at an instant, whichever coupon it is.

    Args:
        campaign: the offer.
        now: the instant.

    Returns:
        the refusals; empty when it is open.
    """
    refusals = []
    if campaign.status is CampaignStatus.PAUSED:
        refusals.append(Refusal(Reason.CAMPAIGN_PAUSED))
    elif campaign.status is CampaignStatus.ARCHIVED:
        refusals.append(Refusal(Reason.CAMPAIGN_ARCHIVED))
    if campaign.starts_at is not None and now < campaign.starts_at:
        refusals.append(Refusal(Reason.NOT_YET_VALID, {"starts_at": campaign.starts_at.isoformat()}))
    if campaign.ends_at is not None and now >= campaign.ends_at:
        refusals.append(Refusal(Reason.EXPIRED, {"ends_at": campaign.ends_at.isoformat()}))
    return refusals


def campaign_currency(campaign: Campaign) -> str | None:
    """Tell the currency of a campaign's benefit, or None for any."""
    return currency_of(campaign.benefit)
