"""Who may do what: every route of the native API, walked."""

from collections.abc import Callable

import httpx

from couponry.domain.tenants import SCOPES
from couponry.http.api.routes import OPERATIONS
from couponry.http.app import build_app
from couponry.http.operations import Operation
from tests.http.cases import CASES, UNKNOWN, every_operation, send
from tests.http.server import Tenant, wire_problem


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
