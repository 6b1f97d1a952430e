"""Redemptions and rollbacks: the effect of a coupon on an order, and its undoing."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from couponry.domain.benefits import Discount
from couponry.domain.orders import Order


class RedemptionStatus(StrEnum):
    """How much of a redemption holds."""

    REDEEMED = "redeemed"
    PARTIALLY_ROLLED_BACK = "partially_rolled_back"
    ROLLED_BACK = "rolled_back"


class Redemption(Struct, frozen=True, tag="redemption"):
    """One use of a coupon.

    Attributes:
        order: what it was used on; None when the caller did not say.
        discount: what came off at the time; None without an order.
        balance_after_minor: what was left of a credit right after, in minor units; None for other benefits.
        rolled_back_minor: how much of the discount was taken back since, in minor units.
        rolled_back_lines: shape (order lines,): the same by line; empty while nothing was.
    """

    tenant_id: str
    redemption_id: str
    coupon_id: str
    campaign_id: str
    batch_id: str
    customer: str | None
    order: Order | None
    discount: Discount | None
    balance_after_minor: int | None
    status: RedemptionStatus
    rolled_back_minor: int
    rolled_back_lines: tuple[int, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def rest_minor(self) -> int:
        """What could still be rolled back, in minor units."""
        return 0 if self.discount is None else self.discount.amount_minor - self.rolled_back_minor

    @property
    def rest_lines(self) -> tuple[int, ...]:
        """The same by order line; empty without an order."""
        if self.discount is None:
            return ()
        rolled_back = self.rolled_back_lines or (0,) * len(self.discount.lines)
        return tuple(given - back for given, back in zip(self.discount.lines, rolled_back, strict=True))

    def as_made(self) -> "Redemption":
        """Return the redemption as it was answered, before any rollback: what a replay of its key says."""
        return replace(
            self,
            status=RedemptionStatus.REDEEMED,
            rolled_back_minor=0,
            rolled_back_lines=(),
            updated_at=self.created_at,
        )


class Rollback(Struct, frozen=True, tag="rollback"):
    """The undoing of a redemption, whole or in part.

    Attributes:
        amount_minor: how much of the discount was taken back, in minor units; 0 when there was none.
        lines: shape (order lines,): the amount, allocated to the lines; empty without an order.
        is_full: whether nothing of the redemption holds any more, so that its use counts no longer.
        balance_after_minor: what a credit held right after, in minor units; None for other benefits.
        reason: the caller's words.
    """

    tenant_id: str
    rollback_id: str
    redemption_id: str
    coupon_id: str
    campaign_id: str
    amount_minor: int
    currency: str | None
    lines: tuple[int, ...]
    is_full: bool
    balance_after_minor: int | None
    reason: str | None
    created_at: datetime
