"""Every operation of the native API; what is not in this table is not served, documented or tested."""

from typing import Final

from couponry.http.api import batches, campaigns, coupons, events, imports, keys, redemptions, validations
from couponry.http.api import examples as example
from couponry.http.api import shapes_in as given
from couponry.http.api import shapes_out as shape
from couponry.http.api.images import BARCODE_PARAMETERS, QR_PARAMETERS
from couponry.http.operations import REST, Operation
from couponry.http.paging import PAGE_PARAMETERS

_COUPON_ROUTE: Final = f"/v1/coupons/{REST}"
_COUPON: Final = "/v1/coupons/{code}"
_CAMPAIGN: Final = "/v1/campaigns/{campaign_id}"
_BATCH: Final = "/v1/batches/{batch_id}"
_REDEMPTION: Final = "/v1/redemptions/{redemption_id}"
_REFUSALS_OF_USE: Final = (
    "campaign_paused", "campaign_archived", "not_yet_valid", "expired", "not_activated", "voided", "limit_reached",
    "balance_empty", "currency_mismatch",
)  # fmt: skip
_ORDER_VALUES: Final = (
    "currency_unknown", "amount_out_of_range", "quantity_out_of_range", "order_lines_out_of_range",
    "order_field_out_of_range", "attributes_out_of_range",
)  # fmt: skip
_CAMPAIGN_VALUES: Final = (
    "name_out_of_range", "percent_out_of_range", "currency_unknown", "amount_out_of_range", "validity_out_of_order",
    "rule_unsupported", "limit_out_of_range", "guess_floor_out_of_range",
)  # fmt: skip

CAMPAIGNS: Final = (
    Operation(
        method="POST", path="/v1/campaigns", name="createCampaign", tag="campaigns", scope="campaigns:write",
        summary="Make a campaign", handler=campaigns.create, status=201, request=given.NewCampaign,
        response=shape.CampaignBody, is_tagged=True, request_example=example.NEW_CAMPAIGN,
        response_example=example.CAMPAIGN,
        problems=(*_CAMPAIGN_VALUES, "pattern_invalid", "alphabet_invalid", "pattern_and_code", "code_reserved",
                  "code_taken", "pattern_overlaps"),
    ),
    Operation(
        method="GET", path="/v1/campaigns", name="listCampaigns", tag="campaigns", scope="campaigns:read",
        summary="List the campaigns that were not archived, newest first", handler=campaigns.index,
        response=shape.Listing[shape.CampaignBody], parameters=PAGE_PARAMETERS, problems=("cursor_invalid",),
    ),
    Operation(
        method="GET", path=_CAMPAIGN, name="getCampaign", tag="campaigns", scope="campaigns:read",
        summary="Find a campaign, archived or not", handler=campaigns.show, response=shape.CampaignBody,
        is_versioned=True, problems=("not_found",), response_example=example.CAMPAIGN,
    ),
    Operation(
        method="PATCH", path=_CAMPAIGN, name="changeCampaign", tag="campaigns", scope="campaigns:write",
        summary="Change a campaign; limits and metadata are replaced whole", handler=campaigns.change,
        request=given.ChangedCampaign, response=shape.CampaignBody, is_versioned=True,
        request_example={"limits": {"max_issued": None, "max_redemptions": 1000, "max_redemptions_per_coupon": 1}},
        problems=(*_CAMPAIGN_VALUES, "not_found", "campaign_archived", "benefit_in_use", "limit_below_use",
                  "version_mismatch"),
    ),
    Operation(
        method="DELETE", path=_CAMPAIGN, name="archiveCampaign", tag="campaigns", scope="campaigns:write",
        summary="Archive a campaign: its coupons are refused from now on", handler=campaigns.archive,
        response=shape.CampaignBody, is_versioned=True,
        problems=("not_found", "version_mismatch"),
    ),
    Operation(
        method="POST", path=f"{_CAMPAIGN}/pause", name="pauseCampaign", tag="campaigns", scope="campaigns:write",
        summary="Pause a campaign: its coupons are refused until it is resumed", handler=campaigns.pause,
        response=shape.CampaignBody, is_versioned=True,
        problems=("not_found", "campaign_archived", "version_mismatch"),
    ),
    Operation(
        method="POST", path=f"{_CAMPAIGN}/resume", name="resumeCampaign", tag="campaigns", scope="campaigns:write",
        summary="Resume a paused campaign", handler=campaigns.resume, response=shape.CampaignBody, is_versioned=True,
        problems=("not_found", "campaign_archived", "version_mismatch"),
    ),
    Operation(
        method="GET", path=f"{_CAMPAIGN}/statistics", name="getCampaignStatistics", tag="campaigns",
        scope="campaigns:read", summary="Sum up what became of a campaign", handler=campaigns.statistics,
        response=shape.StatisticsBody, problems=("not_found",),
    ),
)  # fmt: skip

CODES: Final = (
    Operation(
        method="POST", path=f"{_CAMPAIGN}/batches", name="mintBatch", tag="batches", scope="codes:write",
        summary="Mint codes", handler=batches.mint, status=201, request=given.NewBatch, response=shape.BatchBody,
        request_example={"count": 1000}, response_example=example.BATCH,
        problems=("not_found", "count_out_of_range", "campaign_archived", "campaign_without_pattern", "limit_reached",
                  "code_space_exhausted", "guess_resistance_too_low", "code_taken"),
    ),
    Operation(
        method="GET", path=f"{_CAMPAIGN}/batches", name="listBatches", tag="batches", scope="codes:read",
        summary="List a campaign's batches, newest first", handler=batches.index,
        response=shape.Listing[shape.BatchBody], parameters=PAGE_PARAMETERS, problems=("not_found", "cursor_invalid"),
    ),
    Operation(
        method="POST", path=f"{_CAMPAIGN}/imports", name="importCodes", tag="batches", scope="codes:write",
        summary="Import existing codes, as JSON or CSV", handler=imports.run, status=201, request=given.NewImport,
        csv_request=True, response=shape.ImportBody, parameters=imports.IMPORT_PARAMETERS,
        is_bulk=True, request_example={"codes": ["WELCOME-10", "old-code-7"]},
        problems=("not_found", "import_rejected", "csv_malformed", "csv_header_missing", "campaign_archived",
                  "import_size_out_of_range", "limit_reached", "guess_resistance_too_low"),
    ),
    Operation(
        method="GET", path=_BATCH, name="getBatch", tag="batches", scope="codes:read", summary="Find a batch",
        handler=batches.show, response=shape.BatchBody, is_versioned=True, problems=("not_found",),
        response_example=example.BATCH,
    ),
    Operation(
        method="GET", path=f"{_BATCH}/codes", name="exportCodes", tag="batches", scope="codes:read",
        summary="Export a batch's codes, streamed from any offset", handler=batches.codes,
        response=shape.Listing[shape.CodeBody], files=("text/csv", "application/x-ndjson"),
        parameters=batches.CODES_PARAMETERS, problems=("not_found", "offset_out_of_range", "limit_out_of_range"),
    ),
    Operation(
        method="GET", path=f"{_BATCH}/manifest", name="getManifest", tag="batches", scope="codes:read",
        summary="Compute what an export can be checked against", handler=batches.manifest,
        response=shape.ManifestBody, parameters=batches.RANGE_PARAMETERS,
        problems=("not_found", "offset_out_of_range", "limit_out_of_range", "manifest_too_long"),
    ),
)  # fmt: skip

COUPONS: Final = (
    Operation(
        method="GET", path=_COUPON, route=_COUPON_ROUTE, name="getCoupon", tag="coupons", scope="coupons:read",
        summary="Find a coupon by its code, however typed, or by its id", async_handler=coupons.show,
        response=shape.CouponBody, is_versioned=True, problems=("code_unknown",), response_example=example.COUPON,
    ),
    Operation(
        method="PATCH", path=_COUPON, route=_COUPON_ROUTE, name="changeCoupon", tag="coupons", scope="coupons:write",
        summary="Replace a coupon's metadata", handler=coupons.change, request=given.ChangedCoupon,
        response=shape.CouponBody, is_versioned=True, request_example={"metadata": {"source": "flyer"}},
        problems=("code_unknown", "version_mismatch"),
    ),
    Operation(
        method="POST", path=f"{_COUPON}/activate", route=_COUPON_ROUTE, name="activateCoupon", tag="coupons",
        scope="coupons:write", summary="Activate a coupon that was issued inactive", handler=coupons.activate,
        response=shape.CouponBody, is_versioned=True,
        problems=("code_unknown", "already_activated", "voided", "version_mismatch"),
    ),
    Operation(
        method="POST", path=f"{_COUPON}/void", route=_COUPON_ROUTE, name="voidCoupon", tag="coupons",
        scope="coupons:write", summary="Block a coupon", handler=coupons.void, response=shape.CouponBody,
        is_versioned=True, problems=("code_unknown", "voided", "version_mismatch"),
    ),
    Operation(
        method="POST", path=f"{_COUPON}/unvoid", route=_COUPON_ROUTE, name="unvoidCoupon", tag="coupons",
        scope="coupons:write", summary="Take a block back", handler=coupons.unvoid, response=shape.CouponBody,
        is_versioned=True, problems=("code_unknown", "not_voided", "version_mismatch"),
    ),
    Operation(
        method="POST", path=f"{_COUPON}/assign", route=_COUPON_ROUTE, name="assignCoupon", tag="coupons",
        scope="coupons:write", summary="Assign a coupon to a customer, or take it back", handler=coupons.assign,
        request=given.Assignment, response=shape.CouponBody, is_versioned=True,
        request_example={"customer": "c-42"},
        problems=("code_unknown", "customer_out_of_range", "version_mismatch"),
    ),
    Operation(
        method="GET", path=f"{_COUPON}/ledger", route=_COUPON_ROUTE, name="listLedgerEntries", tag="coupons",
        scope="coupons:read", summary="List the movements of a coupon's balance, newest first",
        handler=coupons.ledger, response=shape.Listing[shape.EntryBody], parameters=PAGE_PARAMETERS,
        problems=("code_unknown", "cursor_invalid"),
    ),
    Operation(
        method="GET", path=f"{_COUPON}/qr.svg", route=_COUPON_ROUTE, name="drawQrSvg", tag="coupons",
        scope="coupons:read", summary="Draw the code as a QR code, SVG", handler=coupons.qr_svg,
        files=("image/svg+xml",), parameters=QR_PARAMETERS, problems=("code_unknown",),
    ),
    Operation(
        method="GET", path=f"{_COUPON}/qr.png", route=_COUPON_ROUTE, name="drawQrPng", tag="coupons",
        scope="coupons:read", summary="Draw the code as a QR code, PNG", handler=coupons.qr_png,
        files=("image/png",), parameters=QR_PARAMETERS, problems=("code_unknown",),
    ),
    Operation(
        method="GET", path=f"{_COUPON}/barcode.svg", route=_COUPON_ROUTE, name="drawBarcodeSvg", tag="coupons",
        scope="coupons:read", summary="Draw the code as Code-128, SVG", handler=coupons.barcode_svg,
        files=("image/svg+xml",), parameters=BARCODE_PARAMETERS, problems=("code_unknown", "code_without_barcode"),
    ),
    Operation(
        method="GET", path=f"{_COUPON}/barcode.png", route=_COUPON_ROUTE, name="drawBarcodePng", tag="coupons",
        scope="coupons:read", summary="Draw the code as Code-128, PNG", handler=coupons.barcode_png,
        files=("image/png",), parameters=BARCODE_PARAMETERS, problems=("code_unknown", "code_without_barcode"),
    ),
)  # fmt: skip

USES: Final = (
    Operation(
        method="POST", path="/v1/validations", name="validateCodes", tag="redemptions", scope="validations:write",
        summary="Ask what redeeming codes would do; changes nothing. A publishable key is told valid or not, no more",
        async_handler=validations.create, request=given.NewValidation, response=shape.ValidationBody,
        public_response=shape.PublicValidationBody, is_question=True, problems=_ORDER_VALUES,
        request_example=example.NEW_VALIDATION, response_example=example.VALIDATION,
    ),
    Operation(
        method="POST", path="/v1/redemptions", name="redeemCode", tag="redemptions", scope="redemptions:write",
        summary="Use a code", async_handler=redemptions.create, status=201, request=given.NewRedemption,
        response=shape.RedemptionBody, request_example=example.NEW_REDEMPTION,
        response_example=example.REDEMPTION, problems=("code_unknown", *_REFUSALS_OF_USE, *_ORDER_VALUES),
    ),
    Operation(
        method="GET", path="/v1/redemptions", name="listRedemptions", tag="redemptions", scope="redemptions:read",
        summary="List redemptions, newest first", handler=redemptions.index,
        response=shape.Listing[shape.RedemptionBody], parameters=redemptions.LIST_PARAMETERS,
        problems=("cursor_invalid",),
    ),
    Operation(
        method="GET", path=_REDEMPTION, name="getRedemption", tag="redemptions", scope="redemptions:read",
        summary="Find a redemption, with its rollbacks", handler=redemptions.show,
        response=shape.RedemptionWithRollbacks, is_versioned=True, problems=("not_found",),
    ),
    Operation(
        method="POST", path=f"{_REDEMPTION}/rollback", name="rollBackRedemption", tag="redemptions",
        scope="redemptions:write", summary="Undo a redemption, whole or in part", async_handler=redemptions.roll_back,
        status=201, request=given.NewRollback, is_body_optional=True, response=shape.RollbackBody,
        request_example={"amount": 100, "reason": "one item returned"},
        problems=("not_found", "amount_out_of_range", "already_rolled_back", "rollback_exceeds_rest"),
    ),
)  # fmt: skip

ACCOUNT: Final = (
    Operation(
        method="POST", path="/v1/keys", name="createKey", tag="keys", scope="keys:write",
        summary="Make an API key; its text is told this once", handler=keys.create, status=201,
        request=given.NewKeyRequest, response=shape.NewKeyBody,
        request_example={"name": "till 4", "scopes": ["validations:write", "redemptions:write"]},
        problems=("scope_unknown", "scopes_missing", "scope_not_for_publishable_key", "scope_not_held"),
    ),
    Operation(
        method="GET", path="/v1/keys", name="listKeys", tag="keys", scope="keys:read",
        summary="List the API keys, oldest first, revoked ones too", handler=keys.index,
        response=shape.Listing[shape.KeyBody],
    ),
    Operation(
        method="DELETE", path="/v1/keys/{key_id}", name="revokeKey", tag="keys", scope="keys:write",
        summary="Revoke an API key", handler=keys.revoke, response=shape.KeyBody, is_idempotent=True,
        problems=("not_found",),
    ),
    Operation(
        method="GET", path="/v1/events", name="listEvents", tag="events", scope="events:read",
        summary="List events, newest first", handler=events.index, response=shape.Listing[shape.EventBody],
        parameters=events.LIST_PARAMETERS, problems=("cursor_invalid",),
    ),
)  # fmt: skip

OPERATIONS: Final = (*CAMPAIGNS, *CODES, *COUPONS, *USES, *ACCOUNT)
