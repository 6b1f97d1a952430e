"""Rows of redemptions and rollbacks."""

import msgspec
from msgspec import Struct

from couponry.domain.benefits import Discount
from couponry.domain.orders import Order
from couponry.domain.redemptions import Redemption, RedemptionStatus, Rollback
from couponry.storage.rows.instants import to_instant, to_microseconds

_order = msgspec.json.Decoder(Order)
_amounts = msgspec.json.Decoder(tuple[int, ...])


class RedemptionRow(Struct, array_like=True):
    tenant_id: str
    redemption_id: str
    coupon_id: str
    campaign_id: str
    batch_id: str
    customer: str | None
    order_body: str | None
    discount_minor: int | None
    discount_currency: str | None
    discount_lines: str | None
    balance_after_minor: int | None
    status: str
    rolled_back_minor: int
    rolled_back_lines: str | None
    created_at: int
    updated_at: int
    is_first_touch: int


class RollbackRow(Struct, array_like=True):
    tenant_id: str
    redemption_id: str
    rollback_id: str
    coupon_id: str
    campaign_id: str
    amount_minor: int
    currency: str | None
    lines: str
    is_full: int
    balance_after_minor: int | None
    reason: str | None
    created_at: int


def redemption_to_row(redemption: Redemption, *, is_first_touch: bool) -> RedemptionRow:
    """Build a redemption's row; `is_first_touch` says that its coupon's row is made by it and names it."""
    order, discount = redemption.order, redemption.discount
    return RedemptionRow(
        redemption.tenant_id,
        redemption.redemption_id,
        redemption.coupon_id,
        redemption.campaign_id,
        redemption.batch_id,
        redemption.customer,
        None if order is None else msgspec.json.encode(order).decode(),
        None if discount is None else discount.amount_minor,
        None if discount is None else discount.currency,
        None if discount is None else msgspec.json.encode(discount.lines).decode(),
        redemption.balance_after_minor,
        redemption.status.value,
        redemption.rolled_back_minor,
        msgspec.json.encode(redemption.rolled_back_lines).decode() if redemption.rolled_back_lines else None,
        to_microseconds(redemption.created_at),
        to_microseconds(redemption.updated_at),
        int(is_first_touch),
    )


def redemption_from_row(row: RedemptionRow) -> Redemption:
    return Redemption(
        tenant_id=row.tenant_id,
        redemption_id=row.redemption_id,
        coupon_id=row.coupon_id,
        campaign_id=row.campaign_id,
        batch_id=row.batch_id,
        customer=row.customer,
        order=None if row.order_body is None else _order.decode(row.order_body),
        discount=_discount_from_row(row),
        balance_after_minor=row.balance_after_minor,
        status=RedemptionStatus(row.status),
        rolled_back_minor=row.rolled_back_minor,
        rolled_back_lines=() if row.rolled_back_lines is None else _amounts.decode(row.rolled_back_lines),
        created_at=to_instant(row.created_at),
        updated_at=to_instant(row.updated_at),
    )


def _discount_from_row(row: RedemptionRow) -> Discount | None:
    if row.discount_minor is None or row.discount_currency is None or row.discount_lines is None:
        return None
    return Discount(row.discount_minor, row.discount_currency, _amounts.decode(row.discount_lines))


def rollback_to_row(rollback: Rollback) -> RollbackRow:
    return RollbackRow(
        tenant_id=rollback.tenant_id,
        redemption_id=rollback.redemption_id,
        rollback_id=rollback.rollback_id,
        coupon_id=rollback.coupon_id,
        campaign_id=rollback.campaign_id,
        amount_minor=rollback.amount_minor,
        currency=rollback.currency,
        lines=msgspec.json.encode(rollback.lines).decode(),
        is_full=int(rollback.is_full),
        balance_after_minor=rollback.balance_after_minor,
        reason=rollback.reason,
        created_at=to_microseconds(rollback.created_at),
    )


def rollback_from_row(row: RollbackRow) -> Rollback:
    return Rollback(
        tenant_id=row.tenant_id,
        rollback_id=row.rollback_id,
        redemption_id=row.redemption_id,
        coupon_id=row.coupon_id,
        campaign_id=row.campaign_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        lines=_amounts.decode(row.lines),
        is_full=bool(row.is_full),
        balance_after_minor=row.balance_after_minor,
        reason=row.reason,
        created_at=to_instant(row.created_at),
    )
