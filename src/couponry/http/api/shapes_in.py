"""The native API's JSON on its way in: whatever a caller may send is checked here."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from couponry.domain.benefits import Benefit
from couponry.domain.errors import InvalidValue
from couponry.domain.orders import Order

_INT64 = Meta(ge=-(2**63), le=2**63 - 1)
GivenMetadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=40)],
        Annotated[str, Meta(max_length=500)] | Annotated[int, _INT64] | bool | None,
    ],
    Meta(max_length=50, description="Up to 50 values of the caller's own."),
]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with its offset.")]
Code = Annotated[str, Meta(min_length=1, max_length=128, description="A code, however typed, or a coupon's id.")]
Customer = Annotated[str, Meta(min_length=1, max_length=200, description="The caller's own name for a customer.")]
Count = Annotated[int, Meta(ge=1, le=2**62)]


class NewLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a campaign there is; null is no limit.

    `max_redemptions_per_coupon` is 1 where it is left out, and no limit for a static code or a credit.
    """

    max_issued: Count | None = None
    max_redemptions: Count | None = None
    max_redemptions_per_coupon: Count | UnsetType | None = UNSET


class ChangedLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """The limits that replace a campaign's; all three are needed, null is no limit."""

    max_issued: Count | None
    max_redemptions: Count | None
    max_redemptions_per_coupon: Count | None


class NewCampaign(Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign to make: with a `pattern` to mint from, one static `code`, or neither to import codes."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    benefit: Benefit
    pattern: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    alphabet: Annotated[str, Meta(min_length=1, max_length=64)] = "crockford32"
    code: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    limits: NewLimits = NewLimits()
    rule: None = None
    guess_floor: Count | UnsetType = UNSET
    metadata: GivenMetadata = {}


class ChangedCampaign(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes about a campaign; a field left out stays, `limits` and `metadata` are replaced whole."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    benefit: Benefit | UnsetType = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET
    limits: ChangedLimits | UnsetType = UNSET
    rule: UnsetType | None = UNSET
    guess_floor: Count | UnsetType = UNSET
    metadata: GivenMetadata | UnsetType = UNSET


class NewBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """How many codes to mint, and whether they can be used at once."""

    count: Annotated[int, Meta(description="Codes, 1 to 2^62.")]
    is_active: bool = True


class NewImport(Struct, frozen=True, forbid_unknown_fields=True):
    """Existing codes to take over; `partial` stores the good ones where some are bad."""

    codes: Annotated[list[str], Meta(min_length=1)]
    partial: bool = False
    is_active: bool = True


class ChangedCoupon(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes about a coupon: its metadata, replaced whole."""

    metadata: GivenMetadata


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a coupon belongs to from now on; null takes it back."""

    customer: Customer | None


class NewValidation(Struct, frozen=True, forbid_unknown_fields=True):
    """Which codes to judge, for whom and on what; `code` or `codes`."""

    code: Code | None = None
    codes: Annotated[list[Code], Meta(min_length=1, max_length=30)] | None = None
    customer: Customer | None = None
    order: Order | None = None


class NewRedemption(Struct, frozen=True, forbid_unknown_fields=True):
    """The code to use, for whom and on what; `code`, or `codes` with one element."""

    code: Code | None = None
    codes: Annotated[list[Code], Meta(min_length=1, max_length=1)] | None = None
    customer: Customer | None = None
    order: Order | None = None


class NewRollback(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the discount to take back, in minor units; all that is left of it where nothing is said."""

    amount: Annotated[int, Meta(description="Minor units, 1 or more.")] | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


class NewKeyRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make; without `scopes` it may do all that its kind allows and the key that makes it may do."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    kind: Literal["secret", "publishable"] = "secret"
    scopes: Annotated[list[str], Meta(min_length=1, max_length=64)] | None = None


def in_utc(instant: datetime, name: str) -> datetime:
    """Read an instant in UTC, or raise `instant_out_of_range`."""
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise InvalidValue(
            "instant_out_of_range", f"{name} must lie in the years 1 to 9999 in UTC.", field=name
        ) from error
