"""Examples for the OpenAPI document; a test decodes each by the shape it stands for."""

from typing import Final

from couponry.http.operations import Example

_CAMPAIGN_ID: Final = "cmp_01kx3v9f2m8q7d5w1c4b6n0tzr"
_COUPON_ID: Final = "cpn_5q2w8e1r7t3y00000000000000"
_AT: Final = "2026-06-01T08:30:00Z"
_ORDER: Final = {
    "id": "A-1",
    "currency": "EUR",
    "lines": [{"product": "sku-1", "quantity": 2, "unit_amount": 1250}],
}
_DISCOUNT: Final = {"amount": 375, "currency": "EUR", "lines": [375]}

NEW_CAMPAIGN: Final[Example] = {
    "name": "Summer",
    "pattern": "SUMMER-####-####-####",
    "alphabet": "crockford32",
    "benefit": {"type": "percent", "percent_off": "15", "max_amount": 2000, "currency": "EUR"},
    "starts_at": "2026-06-01T00:00:00Z",
    "ends_at": None,
    "limits": {"max_issued": None, "max_redemptions": 500, "max_redemptions_per_coupon": 1},
    "rule": None,
    "metadata": {},
}
CAMPAIGN: Final[Example] = {
    "id": _CAMPAIGN_ID,
    "status": "active",
    **NEW_CAMPAIGN,
    "code": None,
    "guess_floor": 1_000_000,
    "version": 1,
    "created_at": _AT,
    "updated_at": _AT,
}
BATCH: Final[Example] = {
    "id": "bat_01kx3v9f2m8q7d5w1c4b6n0tzs",
    "campaign": _CAMPAIGN_ID,
    "kind": "range",
    "status": "ready",
    "count": 1000,
    "is_active": True,
    "created_at": _AT,
}
COUPON: Final[Example] = {
    "id": _COUPON_ID,
    "code": "SUMMER-7K3M-Q9X2-V4TN",
    "campaign": _CAMPAIGN_ID,
    "batch": "bat_01kx3v9f2m8q7d5w1c4b6n0tzs",
    "status": "activated",
    "activated_at": _AT,
    "voided_at": None,
    "redeemed_count": 0,
    "balance": None,
    "customer": None,
    "metadata": {},
    "version": 0,
    "created_at": _AT,
    "updated_at": _AT,
}
NEW_VALIDATION: Final[Example] = {"codes": ["summer-7k3m-q9x2-v4tn"], "customer": "c-42", "order": _ORDER}
VALIDATION: Final[Example] = {
    "valid": True,
    "codes": [
        {
            "code": "summer-7k3m-q9x2-v4tn",
            "valid": True,
            "coupon": _COUPON_ID,
            "campaign": _CAMPAIGN_ID,
            "status": "activated",
            "discount": _DISCOUNT,
            "refusals": [],
        }
    ],
}
NEW_REDEMPTION: Final[Example] = {"code": "summer-7k3m-q9x2-v4tn", "customer": "c-42", "order": _ORDER}
REDEMPTION: Final[Example] = {
    "id": "rdm_01kx3v9f2m8q7d5w1c4b6n0tzt",
    "status": "redeemed",
    "coupon": _COUPON_ID,
    "campaign": _CAMPAIGN_ID,
    "batch": "bat_01kx3v9f2m8q7d5w1c4b6n0tzs",
    "customer": "c-42",
    "order": _ORDER,
    "discount": _DISCOUNT,
    "balance_after": None,
    "rolled_back": 0,
    "created_at": _AT,
    "updated_at": _AT,
}
