"""Who may do what: every route of the native API, walked."""

from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest

from couponry.domain.tenants import SCOPES
from couponry.http.api.routes import OPERATIONS
from couponry.http.app import build_app
from couponry.http.operations import Operation
from tests.http.server import EURO_15_PERCENT, Json, Tenant, wire_problem

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


def send(client: httpx.Client, operation: Operation, names: dict[str, str]) -> httpx.Response:
    """Send an operation's case with the names of some tenant's things."""
    case = CASES[operation.name]
    body = None if case.body is None else {name: _filled(value, names) for name, value in case.body.items()}
    path = operation.path.format_map(names) + case.query.format_map(names)
    return client.request(operation.method, path, json=body)


def _filled(value: Any, names: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
    return value.format_map(names) if isinstance(value, str) else value


def without_names(answer: httpx.Response, names: dict[str, str]) -> str:
    """Give an answer's body with the names that were asked for taken out."""
    text = answer.text
    for kind, name in names.items():
        text = text.replace(name, f"<{kind}>")
    return text


def test_every_operation_has_a_case() -> None:
    """A new operation without a case here fails."""
    assert set(CASES) == {operation.name for operation in OPERATIONS}


def test_every_route_is_in_the_table(shop: Tenant) -> None:
    """Nothing under /v1 is served besides the table's operations."""
    app = build_app(shop.engine)
    routes = {(route.path, method) for route in app.routes for method in getattr(route, "methods", ())}
    routes |= {(route.path, "asgi") for route in app.routes if not getattr(route, "methods", ())}
    served = {path for path, _ in routes if path.startswith("/v1")}
    assert served == {operation.litestar_path for operation in OPERATIONS}


@every_operation
def test_no_key_is_refused(shop: Tenant, operation: Operation) -> None:
    """Without a key, or with a wrong one, every operation answers 401 and says how to authenticate."""
    for key in (None, "ck_live_00000000000000000000000000000000", "nonsense"):
        with shop.client(key) as client:
            answer = send(client, operation, UNKNOWN)
        assert wire_problem(answer) == (401, "not_authenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


@every_operation
def test_missing_scope_is_refused(shop: Tenant, operation: Operation) -> None:
    """With every scope but the one needed, every operation answers 403 and names it."""
    others = [scope for scope in SCOPES if scope != operation.scope]
    with shop.client(shop.new_key(*others)) as client:
        answer = send(client, operation, UNKNOWN)
    assert wire_problem(answer) == (403, "scope_missing")
    assert answer.json()["values"] == {"scope": operation.scope}


@every_operation
def test_foreign_things_are_unknown(new_tenant: Callable[[], Tenant], operation: Operation) -> None:
    """Another tenant's things answer byte for byte as things that do not exist."""
    foreign = new_tenant().things()
    own = new_tenant().http
    unknown = send(own, operation, UNKNOWN)
    answer = send(own, operation, foreign)
    assert answer.status_code == unknown.status_code
    if operation.name in {"createCampaign", "createKey"}:
        assert answer.status_code == 201
    elif "{" in operation.path:
        assert answer.status_code == 404
        assert without_names(answer, foreign) == without_names(unknown, UNKNOWN)
    else:
        assert not any(name in without_names(answer, {"code": foreign["code"]}) for name in foreign.values())
        if operation.method == "POST":
            assert without_names(answer, foreign) == without_names(unknown, UNKNOWN)


@every_operation
def test_own_things_are_found(shop: Tenant, operation: Operation) -> None:
    """The same requests succeed, or are refused for a business reason, on the tenant's own things."""
    answer = send(shop.http, operation, shop.things())
    assert answer.status_code in {operation.status, 409}, answer.text
