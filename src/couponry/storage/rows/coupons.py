"""Rows of coupons and of the ledger of their balances."""

from typing import Final

import msgspec
from msgspec import Struct

from couponry.domain.campaigns import Metadata
from couponry.domain.coupons import Coupon
from couponry.domain.ledger import EntryKind, LedgerEntry
from couponry.storage.rows.instants import to_instant, to_microseconds

_metadata = msgspec.json.Decoder(Metadata)
_NO_METADATA: Final = "{}"


class CouponRow(Struct, array_like=True):
    tenant_id: str
    coupon_id: str
    campaign_id: str
    batch_id: str
    code: str
    canonical: str | None
    activated_at: int | None
    voided_at: int | None
    redeemed_count: int
    balance_minor: int | None
    customer: str | None
    metadata: str
    version: int
    created_at: int
    updated_at: int
    first_redemption_id: str | None


class EntryRow(Struct, array_like=True):
    tenant_id: str
    coupon_id: str
    entry_id: str
    kind: str
    amount_minor: int
    currency: str
    source_id: str
    created_at: int


def coupon_to_row(coupon: Coupon, first_redemption_id: str | None = None) -> CouponRow:
    """Build a coupon's row; `first_redemption_id` names the redemption that made the row necessary, if one did."""
    return CouponRow(
        coupon.tenant_id,
        coupon.coupon_id,
        coupon.campaign_id,
        coupon.batch_id,
        coupon.code,
        coupon.canonical,
        to_microseconds(coupon.activated_at),
        to_microseconds(coupon.voided_at),
        coupon.redeemed_count,
        coupon.balance_minor,
        coupon.customer,
        msgspec.json.encode(coupon.metadata).decode() if coupon.metadata else _NO_METADATA,
        coupon.version,
        to_microseconds(coupon.created_at),
        to_microseconds(coupon.updated_at),
        first_redemption_id,
    )


def coupon_from_row(row: CouponRow) -> Coupon:
    return Coupon(
        row.tenant_id,
        row.coupon_id,
        row.campaign_id,
        row.batch_id,
        row.code,
        row.canonical,
        to_instant(row.activated_at),
        to_instant(row.voided_at),
        row.redeemed_count,
        row.balance_minor,
        row.customer,
        {} if row.metadata == _NO_METADATA else _metadata.decode(row.metadata),
        row.version,
        to_instant(row.created_at),
        to_instant(row.updated_at),
    )


def entry_to_row(entry: LedgerEntry) -> EntryRow:
    return EntryRow(
        tenant_id=entry.tenant_id,
        coupon_id=entry.coupon_id,
        entry_id=entry.entry_id,
        kind=entry.kind.value,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        source_id=entry.source_id,
        created_at=to_microseconds(entry.created_at),
    )


def entry_from_row(row: EntryRow) -> LedgerEntry:
    return LedgerEntry(
        tenant_id=row.tenant_id,
        coupon_id=row.coupon_id,
        entry_id=row.entry_id,
        kind=EntryKind(row.kind),
        amount_minor=row.amount_minor,
        currency=row.currency,
        source_id=row.source_id,
        created_at=to_instant(row.created_at),
    )
