"""What every operation of the table is sent, so that tests can walk them all."""

from typing import Any, NamedTuple

import httpx
import pytest

from couponry.http.api.routes import OPERATIONS
from couponry.http.operations import Operation
from tests.http.server import EURO_15_PERCENT, Json

UNKNOWN = {
    "campaign_id": "cmp_00000000000000000000000000",
    "batch_id": "bat_00000000000000000000000000",
    "redemption_id": "rdm_00000000000000000000000000",
    "key_id": "key_00000000000000000000000000",
    "code": "T-0000-0000-0000",
}


class Case(NamedTuple):
    """What a route is sent so that nothing but the name of a thing is wrong with it."""

    body: Json | None = None
    query: str = ""


NOTHING = Case()
CASES: dict[str, Case] = {
    "createCampaign": Case({"name": "n", "benefit": EURO_15_PERCENT}),
    "listCampaigns": NOTHING,
    "getCampaign": NOTHING,
    "changeCampaign": Case({"name": "n"}),
    "archiveCampaign": NOTHING,
    "pauseCampaign": NOTHING,
    "resumeCampaign": NOTHING,
    "getCampaignStatistics": NOTHING,
    "mintBatch": Case({"count": 1}),
    "listBatches": NOTHING,
    "importCodes": Case({"codes": ["A1B2C3D4E5F6G7H8J9"]}),
    "getBatch": NOTHING,
    "exportCodes": NOTHING,
    "getManifest": NOTHING,
    "getCoupon": NOTHING,
    "changeCoupon": Case({"metadata": {}}),
    "activateCoupon": NOTHING,
    "voidCoupon": NOTHING,
    "unvoidCoupon": NOTHING,
    "assignCoupon": Case({"customer": "c"}),
    "listLedgerEntries": NOTHING,
    "drawQrSvg": NOTHING,
    "drawQrPng": NOTHING,
    "drawBarcodeSvg": NOTHING,
    "drawBarcodePng": NOTHING,
    "validateCodes": Case({"code": "{code}"}),
    "redeemCode": Case({"code": "{code}"}),
    "listRedemptions": Case(query="?campaign={campaign_id}"),
    "getRedemption": NOTHING,
    "rollBackRedemption": NOTHING,
    "createKey": Case({"name": "n"}),
    "listKeys": NOTHING,
    "revokeKey": NOTHING,
    "listEvents": NOTHING,
}
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def send(client: httpx.Client, operation: Operation, names: dict[str, str], **headers: str) -> httpx.Response:
    """Send an operation's case with the names of some tenant's things; underscores in header names stand for dashes."""
    case = CASES[operation.name]
    body = None if case.body is None else {name: _filled(value, names) for name, value in case.body.items()}
    path = operation.path.format_map(names) + case.query.format_map(names)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(operation.method, path, json=body, headers=named)


def _filled(value: Any, names: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
    return value.format_map(names) if isinstance(value, str) else value
