"""The ledger: every change of a balance is an entry, and the entries of an account sum to its balance."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class EntryKind(StrEnum):
    """What moved the balance."""

    OPENING = "opening"
    REDEMPTION = "redemption"
    ROLLBACK = "rollback"


class LedgerEntry(Struct, frozen=True):
    """One movement on the balance of a coupon.

    Attributes:
        coupon_id: the account.
        amount_minor: what was added, negative for what was spent, in minor units of `currency`.
        source_id: the redemption or rollback behind it; for an opening the coupon itself.
    """

    tenant_id: str
    entry_id: str
    coupon_id: str
    kind: EntryKind
    amount_minor: int
    currency: str
    source_id: str
    created_at: datetime
