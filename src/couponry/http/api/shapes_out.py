"""The native API's JSON on its way out: whatever a caller gets is named here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from couponry.domain.benefits import Benefit, Discount
from couponry.domain.campaigns import Limits, Metadata
from couponry.domain.orders import Order

T = TypeVar("T")


class Listing(Struct, Generic[T], frozen=True):
    """A page of a list; `next_cursor` is null on the last one."""

    data: Sequence[T]
    next_cursor: str | None


class CampaignBody(Struct, frozen=True):
    """A campaign."""

    id: str
    name: str
    status: Literal["active", "paused", "archived"]
    pattern: str | None
    alphabet: str
    code: str | None
    benefit: Benefit
    starts_at: datetime | None
    ends_at: datetime | None
    limits: Limits
    rule: None
    guess_floor: int
    metadata: Metadata
    version: int
    created_at: datetime
    updated_at: datetime


class MoneyBody(Struct, frozen=True):
    """A sum in one currency, in minor units."""

    currency: str
    amount: int


class CodeSpaceBody(Struct, frozen=True):
    """How hard the codes of a pattern are to guess: the tries to a first hit."""

    pattern: str | None
    live: int
    expected_guesses: int


class StatisticsBody(Struct, frozen=True):
    """What became of a campaign; `redeemed` counts the redemptions of which something still holds."""

    campaign: str
    issued: int
    redemptions: int
    redeemed: int
    rollbacks: int
    touched: int
    voided: int
    discounts: Sequence[MoneyBody]
    spaces: Sequence[CodeSpaceBody]


class BatchBody(Struct, frozen=True):
    """A batch of codes."""

    id: str
    campaign: str
    kind: Literal["range", "random", "imported", "static"]
    status: Literal["loading", "ready"]
    count: int
    is_active: bool
    created_at: datetime


class ManifestBody(Struct, frozen=True):
    """What an export can be checked against: SHA-256 over the codes in order, each followed by a line feed."""

    batch: str
    offset: int
    count: int
    sha256: str


class CodeBody(Struct, frozen=True):
    """One code of an export."""

    code: str


class BadLineBody(Struct, frozen=True):
    """A line that was refused; lines count from 1."""

    line: int
    code: str
    reason: str
    message: str


class ImportBody(Struct, frozen=True):
    """What an import stored."""

    batch: BatchBody
    imported: int
    bad_lines: Sequence[BadLineBody]


class CouponBody(Struct, frozen=True):
    """A coupon; `balance` is what is left of a credit, in minor units."""

    id: str
    code: str
    campaign: str
    batch: str
    status: Literal["issued", "activated", "redeemed", "voided", "expired"]
    activated_at: datetime | None
    voided_at: datetime | None
    redeemed_count: int
    balance: int | None
    customer: str | None
    metadata: Metadata
    version: int
    created_at: datetime
    updated_at: datetime


class EntryBody(Struct, frozen=True):
    """A movement on a coupon's balance: negative for what was spent; `source` is what caused it."""

    id: str
    kind: Literal["opening", "redemption", "rollback"]
    amount: int
    currency: str
    source: str
    created_at: datetime


RefusalBody = dict[str, str | int | None]


class VerdictBody(Struct, frozen=True):
    """The verdict on one code; `refusals` are the reasons against it."""

    code: str
    valid: bool
    coupon: str | None
    campaign: str | None
    status: str | None
    discount: Discount | None
    refusals: Sequence[RefusalBody]


class PublicVerdictBody(Struct, frozen=True, omit_defaults=True):
    """The verdict as the public is told it: unknown, expired and used up read the same."""

    code: str
    valid: bool
    discount: Discount | None = None
    refusals: Sequence[RefusalBody] = ()


class ValidationBody(Struct, frozen=True):
    """The verdicts in the order of the codes; `valid` says whether all are."""

    valid: bool
    codes: Sequence[VerdictBody]


class PublicValidationBody(Struct, frozen=True):
    """The same as the public is told it."""

    valid: bool
    codes: Sequence[PublicVerdictBody]


class RedemptionBody(Struct, frozen=True):
    """A use of a coupon; `balance_after` is what was left of a credit, in minor units."""

    id: str
    status: Literal["redeemed", "partially_rolled_back", "rolled_back"]
    coupon: str
    campaign: str
    batch: str
    customer: str | None
    order: Order | None
    discount: Discount | None
    balance_after: int | None
    rolled_back: int
    created_at: datetime
    updated_at: datetime


class RollbackBody(Struct, frozen=True):
    """The undoing of a redemption; `is_full` when nothing of it holds any more."""

    id: str
    redemption: str
    coupon: str
    campaign: str
    amount: int
    currency: str | None
    lines: Sequence[int]
    is_full: bool
    balance_after: int | None
    reason: str | None
    created_at: datetime


class RedemptionWithRollbacks(RedemptionBody, frozen=True):
    """A redemption and what was undone of it, oldest first."""

    rollbacks: Sequence[RollbackBody]


class KeyBody(Struct, frozen=True):
    """A key; its text is told once, when it is made."""

    id: str
    kind: Literal["secret", "publishable"]
    name: str
    hint: str
    scopes: Sequence[str]
    created_at: datetime
    revoked_at: datetime | None


class NewKeyBody(KeyBody, frozen=True):
    """A key that was just made, with its text; null when the request is replayed."""

    key: str | None = None


class EventBody(Struct, frozen=True):
    """A fact."""

    id: str
    type: str
    subject: str
    data: dict[str, str | int | None]
    created_at: datetime
