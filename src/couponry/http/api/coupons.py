"""Coupons over HTTP, by any code as typed or by their identifier."""

from typing import Final

import msgspec

from couponry.domain.campaigns import Campaign, Metadata
from couponry.domain.coupons import Coupon, CouponAction, CouponStatus, status_of
from couponry.domain.refusals import Refused
from couponry.http.answers import Answer, json_answer, text_answer
from couponry.http.api import images
from couponry.http.api.shapes_in import Assignment, ChangedCoupon
from couponry.http.api.shapes_out import CouponBody, EntryBody, Listing
from couponry.http.calls import Call, replayed
from couponry.http.etags import tagged
from couponry.http.paging import next_cursor
from couponry.http.problems import refused_answer

_changed: Final = msgspec.json.Decoder(ChangedCoupon)
_assignment: Final = msgspec.json.Decoder(Assignment)


async def show(call: Call) -> Answer:
    """Find a coupon."""
    found = await call.engine.coupons.find(call.tenant_id, call.arguments["code"])
    if isinstance(found, Refused):
        return refused_answer(found)
    body = coupon_body(found.coupon, found.status)
    return tagged(json_answer(body), coupon_etag(found.coupon, found.status), call.headers)


def change(call: Call) -> Answer:
    """Replace a coupon's metadata."""
    return _act(call, CouponAction.UPDATE, metadata=call.decoded(_changed).metadata)


def activate(call: Call) -> Answer:
    """Activate a coupon that was issued inactive."""
    return _act(call, CouponAction.ACTIVATE)


def void(call: Call) -> Answer:
    """Block a coupon."""
    return _act(call, CouponAction.VOID)


def unvoid(call: Call) -> Answer:
    """Take a block back."""
    return _act(call, CouponAction.UNVOID)


def assign(call: Call) -> Answer:
    """Assign a coupon to a customer."""
    return _act(call, CouponAction.ASSIGN, customer=call.decoded(_assignment).customer)


def ledger(call: Call) -> Answer:
    """List the movements of a coupon's balance, newest first."""
    page = call.page
    found = call.engine.coupons.find(call.tenant_id, call.arguments["code"]).result()
    if isinstance(found, Refused):
        return refused_answer(found)
    entries = call.engine.coupons.entries(call.tenant_id, found.coupon.coupon_id, page)
    rows = [
        EntryBody(
            entry.entry_id, entry.kind.value, entry.amount_minor, entry.currency, entry.source_id, entry.created_at
        )
        for entry in entries
    ]
    return json_answer(Listing(rows, next_cursor(page, [row.id for row in rows])))


def qr_svg(call: Call) -> Answer:
    """Draw a coupon's code as a QR code, SVG."""
    return _drawn(call, "image/svg+xml", images.qr_svg)


def qr_png(call: Call) -> Answer:
    """Draw a coupon's code as a QR code, PNG."""
    return _drawn(call, "image/png", images.qr_png)


def barcode_svg(call: Call) -> Answer:
    """Draw a coupon's code as Code-128, SVG."""
    return _drawn(call, "image/svg+xml", images.barcode_svg)


def barcode_png(call: Call) -> Answer:
    """Draw a coupon's code as Code-128, PNG."""
    return _drawn(call, "image/png", images.barcode_png)


def coupon_body(coupon: Coupon, status: CouponStatus) -> CouponBody:
    """Write a coupon."""
    return CouponBody(
        id=coupon.coupon_id,
        code=coupon.code,
        campaign=coupon.campaign_id,
        batch=coupon.batch_id,
        status=status.value,
        activated_at=coupon.activated_at,
        voided_at=coupon.voided_at,
        redeemed_count=coupon.redeemed_count,
        balance=coupon.balance_minor,
        customer=coupon.customer,
        metadata=coupon.metadata,
        version=coupon.version,
        created_at=coupon.created_at,
        updated_at=coupon.updated_at,
    )


def coupon_etag(coupon: Coupon, status: CouponStatus) -> str:
    """Write a coupon's entity tag: its status is part of it, since a campaign's end changes that and no version."""
    return f'"v{coupon.version}-{status.value}"'


def _act(call: Call, action: CouponAction, *, customer: str | None = None, metadata: Metadata | None = None) -> Answer:
    typed, version = call.arguments["code"], call.expected_version
    outcome = call.engine.coupons.act(
        call.tenant_id,
        typed,
        action,
        customer=customer,
        metadata=metadata,
        expected_version=version,
        key=call.idempotency("coupons.act", typed, action, customer, metadata, version),
    ).result()
    headers = replayed(is_replay=outcome.is_replay)
    answer = outcome.answer
    if isinstance(answer, Refused):
        return refused_answer(answer, *headers)
    assert isinstance(answer, Coupon)
    status = _status_then(answer, call.engine.campaigns.get(call.tenant_id, answer.campaign_id))
    etag = (b"etag", coupon_etag(answer, status).encode())
    return json_answer(coupon_body(answer, status), 200, etag, *headers)


def _status_then(coupon: Coupon, campaign: Campaign) -> CouponStatus:
    """Tell a coupon's status at the instant it was changed, so that a replay says the same."""
    return status_of(coupon, campaign, coupon.updated_at)


def _drawn(call: Call, content_type: str, draw: images.Draw) -> Answer:
    found = call.engine.coupons.find(call.tenant_id, call.arguments["code"]).result()
    if isinstance(found, Refused):
        return refused_answer(found)
    return text_answer(content_type, draw(found.coupon.code, call.query))
