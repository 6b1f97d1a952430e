"""Commands: what a caller asks of coupons, with the coupon already named by arithmetic or by its canonical code."""

from msgspec import Struct

from couponry.domain.batches import Batch
from couponry.domain.campaigns import Metadata
from couponry.domain.coupons import Coupon, CouponAction
from couponry.domain.orders import Order
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Refused
from couponry.domain.validations import Validation


class SeriesRef(Struct, frozen=True):
    """A coupon named by its place in a minted range; it exists whether or not it has a row.

    Attributes:
        batch: the batch that owns the index.
        index: within the batch's range.
        coupon_id: the identifier that follows from series and index.
        code: in display form.
    """

    batch: Batch
    index: int
    coupon_id: str
    code: str


class StoredRef(Struct, frozen=True):
    """A coupon that may have a row, named by the canonical form of what was typed."""

    canonical: str


class IdRef(Struct, frozen=True):
    """A coupon that may have a row, named by its identifier."""

    coupon_id: str


CouponRef = SeriesRef | StoredRef | IdRef


class IdempotencyKey(Struct, frozen=True):
    """What makes a repeated request the same request.

    Attributes:
        key: the caller's, 1 to 255 characters, unique within the tenant.
        fingerprint: digest of what was asked, so that another request under the key is noticed.
    """

    key: str
    fingerprint: str


class Redeem(Struct, frozen=True):
    """Use a coupon."""

    tenant_id: str
    coupon: CouponRef
    customer: str | None = None
    order: Order | None = None
    idempotency: IdempotencyKey | None = None


class RollBack(Struct, frozen=True):
    """Undo a redemption: `amount_minor` of its discount, or all that is left of it when None."""

    tenant_id: str
    redemption_id: str
    amount_minor: int | None = None
    reason: str | None = None
    idempotency: IdempotencyKey | None = None


class ActOnCoupon(Struct, frozen=True):
    """Take a step in a coupon's life; `customer` and `metadata` as in `coupons.act_on_coupon`.

    Attributes:
        expected_version: when given, the coupon must still have it.
    """

    tenant_id: str
    coupon: CouponRef
    action: CouponAction
    customer: str | None = None
    metadata: Metadata | None = None
    expected_version: int | None = None
    idempotency: IdempotencyKey | None = None


class Validate(Struct, frozen=True):
    """Ask what redeeming would do; changes nothing."""

    tenant_id: str
    coupon: CouponRef
    customer: str | None = None
    order: Order | None = None


Command = Redeem | RollBack | ActOnCoupon
Answer = Redemption | Rollback | Coupon | Refused
Query = Validate
QueryAnswer = Validation | Refused
