"""Bad input: a clear error that names what was wrong, and never a broken server."""

import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.http.server import EURO_15_PERCENT, ORDER, Json, Tenant, wire_problem

CAMPAIGN: Json = {"name": "n", "benefit": EURO_15_PERCENT}
LINE: Json = {"quantity": 1, "unit_amount": 100}


def benefit(**fields: object) -> Json:
    return {**CAMPAIGN, "benefit": fields}


def order(**fields: object) -> Json:
    return {"code": "A", "order": {**ORDER, **fields}}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({**CAMPAIGN, "colour": "red"}, "field_unknown", "colour"),
        ({"name": "n"}, "field_missing", "benefit"),
        ({**CAMPAIGN, "name": 7}, "body_invalid", "name"),
        ({**CAMPAIGN, "name": ""}, "body_invalid", "name"),
        ({**CAMPAIGN, "name": "   "}, "name_out_of_range", "name"),
        ({**CAMPAIGN, "name": "n" * 201}, "body_invalid", "name"),
        ({**CAMPAIGN, "name": "a\x00b"}, "text_not_storable", "name"),
        ([], "body_invalid", None),
        (benefit(), "field_missing", "benefit.type"),
        (benefit(type="miracle"), "body_invalid", "benefit.type"),
        (benefit(type="percent", percent_off="101"), "percent_out_of_range", "benefit.percent_off"),
        (benefit(type="percent", percent_off="0"), "percent_out_of_range", "benefit.percent_off"),
        (benefit(type="percent", percent_off="-1"), "percent_out_of_range", "benefit.percent_off"),
        (benefit(type="percent", percent_off="1e1"), "percent_out_of_range", "benefit.percent_off"),
        (benefit(type="percent", percent_off=15), "body_invalid", "benefit.percent_off"),
        (benefit(type="percent", percent_off="5", max_amount=1), "currency_missing", "benefit.currency"),
        (benefit(type="percent", percent_off="5", extra=1), "field_unknown", "benefit.extra"),
        (benefit(type="amount", amount_off=0, currency="EUR"), "amount_out_of_range", "benefit.amount_off"),
        (benefit(type="amount", amount_off=10**16, currency="EUR"), "amount_out_of_range", "benefit.amount_off"),
        (benefit(type="amount", amount_off=10**400, currency="EUR"), "amount_out_of_range", "benefit.amount_off"),
        (benefit(type="amount", amount_off=1.5, currency="EUR"), "body_invalid", "benefit.amount_off"),
        (benefit(type="amount", amount_off=True, currency="EUR"), "body_invalid", "benefit.amount_off"),
        (benefit(type="amount", amount_off=1, currency="eur"), "currency_unknown", "benefit.currency"),
        (benefit(type="credit", amount=1), "field_missing", "benefit.currency"),
        ({**CAMPAIGN, "starts_at": "2026-06-01T00:00:00"}, "body_invalid", "starts_at"),
        ({**CAMPAIGN, "starts_at": "yesterday"}, "body_invalid", "starts_at"),
        ({**CAMPAIGN, "starts_at": 1700000000}, "body_invalid", "starts_at"),
        ({**CAMPAIGN, "ends_at": "9999-12-31T23:59:59-10:00"}, "instant_out_of_range", "ends_at"),
        (
            {**CAMPAIGN, "starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-06-01T00:00:00Z"},
            "validity_out_of_order",
            "ends_at",
        ),
        ({**CAMPAIGN, "limits": {"max_redemptions": 0}}, "body_invalid", "limits.max_redemptions"),
        ({**CAMPAIGN, "limits": {"max_redemptions": 2**63}}, "body_invalid", "limits.max_redemptions"),
        ({**CAMPAIGN, "limits": {"max_coupons": 1}}, "field_unknown", "limits.max_coupons"),
        ({**CAMPAIGN, "guess_floor": 0}, "body_invalid", "guess_floor"),
        ({**CAMPAIGN, "rule": {}}, "body_invalid", "rule"),
        ({**CAMPAIGN, "rule": "order.total > 5"}, "body_invalid", "rule"),
        ({**CAMPAIGN, "pattern": "NO-RANDOM"}, "pattern_without_random_positions", "pattern"),
        ({**CAMPAIGN, "pattern": "A?####"}, "pattern_invalid", "pattern"),
        ({**CAMPAIGN, "pattern": "A####", "code": "B"}, "pattern_and_code", "code"),
        ({**CAMPAIGN, "pattern": "A####", "alphabet": "klingon"}, "alphabet_invalid", "alphabet"),
        ({**CAMPAIGN, "code": "---"}, "code_invalid", "code"),
        ({**CAMPAIGN, "code": "CPN_SUMMER"}, "code_reserved", "code"),
        ({**CAMPAIGN, "pattern": "cpn_####"}, "code_reserved", "pattern"),
        ({**CAMPAIGN, "metadata": {"k" * 41: 1}}, "body_invalid", "metadata"),
        ({**CAMPAIGN, "metadata": {"": 1}}, "body_invalid", "metadata"),
        ({**CAMPAIGN, "metadata": {"k": "v" * 501}}, "body_invalid", "metadata[...]"),
        ({**CAMPAIGN, "metadata": {"k": 2**63}}, "body_invalid", "metadata[...]"),
        ({**CAMPAIGN, "metadata": {"k": 1.5}}, "body_invalid", "metadata[...]"),
        ({**CAMPAIGN, "metadata": {"k": []}}, "body_invalid", "metadata[...]"),
        ({**CAMPAIGN, "metadata": {str(number): 1 for number in range(51)}}, "body_invalid", "metadata"),
    ],
)
def test_bad_campaign(shop: Tenant, body: object, code: str, field: str | None) -> None:
    """A campaign that breaks a rule is refused with the rule's code and the path of the field."""
    answer = shop.post("/v1/campaigns", body)
    assert wire_problem(answer) == (422, code), answer.text
    assert answer.json().get("field") == field


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (order(currency="XXX"), "currency_unknown", "order.currency"),
        (order(lines=[]), "order_lines_out_of_range", "order.lines"),
        (order(lines=[LINE] * 1001), "order_lines_out_of_range", "order.lines"),
        (order(lines=[{**LINE, "quantity": 0}]), "quantity_out_of_range", "order.lines[0].quantity"),
        (order(lines=[LINE, {**LINE, "quantity": 10**7}]), "quantity_out_of_range", "order.lines[1].quantity"),
        (order(lines=[{**LINE, "unit_amount": -1}]), "amount_out_of_range", "order.lines[0].unit_amount"),
        (order(lines=[{**LINE, "unit_amount": 2**64}]), "amount_out_of_range", "order.lines[0].unit_amount"),
        (order(lines=[{"quantity": 10**6, "unit_amount": 10**15}]), "amount_out_of_range", "order.lines"),
        (order(lines=[{**LINE, "sku": "x"}]), "field_unknown", "order.lines[0].sku"),
        (order(coupon="x"), "field_unknown", "order.coupon"),
        (order(id=""), "order_field_out_of_range", "order.id"),
        (order(id="x" * 201), "order_field_out_of_range", "order.id"),
        (order(channel="x" * 201), "order_field_out_of_range", "order.channel"),
        (order(lines=[LINE, {**LINE, "product": "x" * 201}]), "order_field_out_of_range", "order.lines[1].product"),
        (order(attributes={str(number): 1 for number in range(51)}), "attributes_out_of_range", "order.attributes"),
        (order(attributes={"": 1}), "attributes_out_of_range", "order.attributes"),
        (order(attributes={"n" * 41: 1}), "attributes_out_of_range", "order.attributes"),
        (order(attributes={"n": "x" * 501}), "attributes_out_of_range", "order.attributes"),
        (order(attributes={"n": 2**63}), "attributes_out_of_range", "order.attributes"),
        ({"code": "A", "customer": ""}, "body_invalid", "customer"),
        ({"code": "A", "customer": "c" * 201}, "body_invalid", "customer"),
        ({"codes": ["A", "B"]}, "body_invalid", "codes"),
        ({}, "field_missing", "code"),
    ],
)
def test_bad_redemption(shop: Tenant, body: Json, code: str, field: str) -> None:
    """A redemption that breaks a rule is refused with the rule's code and the path of the field."""
    answer = shop.post("/v1/redemptions", body)
    assert wire_problem(answer) == (422, code), answer.text
    assert answer.json()["field"] == field


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "body_empty"),
        (b"  \n", "body_empty"),
        (b"{", "body_malformed"),
        (b'{"code":NaN}', "body_malformed"),
        (b'{"code":"\xff"}', "body_malformed"),
        (b'{"code":"\\ud800"}', "body_malformed"),
        (b'{"code":"\xed\xa0\x80"}', "body_malformed"),
        (b'{"code":"\x00"}', "body_malformed"),
        (b"\xff\xfe{\x00}\x00", "body_malformed"),
    ],
)
def test_broken_json(shop: Tenant, content: bytes, code: str) -> None:
    """What is no JSON in UTF-8 answers 400."""
    for path in ("/v1/redemptions", "/v1/campaigns"):
        answer = shop.http.post(path, content=content, headers={"Content-Type": "application/json"})
        assert wire_problem(answer) == (400, code)


@pytest.mark.parametrize(
    "text", [r"\ud800", r"\uDBFFab", r"\udc00", r"\ud800\ud800", r"\ud83d\ude00\udfff", r"\n\uD800"]
)
def test_half_of_a_surrogate_pair(shop: Tenant, text: str) -> None:
    """Half of a surrogate pair is called that, wherever it stands."""
    content = f'{{"code":"{text}"}}'
    answer = shop.http.post("/v1/redemptions", content=content, headers={"Content-Type": "application/json"})
    assert wire_problem(answer) == (400, "body_malformed")
    assert "half of a surrogate pair" in answer.json()["detail"]


@pytest.mark.parametrize("content", ['{"code":"A', r'{"code":"\\ud800', r'{"code":"\ud83d\ude00', '{"code":"\\x"}'])
def test_other_broken_json_is_not_called_a_surrogate(shop: Tenant, content: str) -> None:
    """A body that is broken otherwise gets the parser's own words."""
    answer = shop.http.post("/v1/redemptions", content=content, headers={"Content-Type": "application/json"})
    assert wire_problem(answer) == (400, "body_malformed")
    assert "surrogate" not in answer.json()["detail"]


def test_text_after_json(shop: Tenant) -> None:
    """A whole JSON object with more behind it is broken."""
    answer = shop.http.post("/v1/redemptions", content=b'{"code":"A"} x', headers={"Content-Type": "application/json"})
    assert wire_problem(answer) == (400, "body_malformed")


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b'{"order":' * 100_000, b'{"x":' + b"[" * 200_000, b'{"order":{"attributes":' + b"[" * 200_000],
)
def test_deep_nesting(shop: Tenant, content: bytes) -> None:
    """A body nested without end is a client's error."""
    answer = shop.http.post("/v1/redemptions", content=content, headers={"Content-Type": "application/json"})
    assert wire_problem(answer)[0] in {400, 422}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "multipart/form-data", "?"],
)
def test_wrong_content_type(shop: Tenant, content_type: str) -> None:
    """A body in another type or character set answers 415 and says which it takes."""
    answer = shop.http.post("/v1/redemptions", content=b"{}", headers={"Content-Type": content_type})
    assert wire_problem(answer) == (415, "unsupported_media_type")
    assert "application/json" in answer.json()["detail"]


def test_content_type_may_name_its_charset(shop: Tenant) -> None:
    """JSON in UTF-8 may say so, in any case."""
    body = json.dumps({"code": "nope"}).encode()
    for content_type in ("application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"'):
        answer = shop.http.post("/v1/redemptions", content=body, headers={"Content-Type": content_type})
        assert wire_problem(answer) == (404, "code_unknown")


def test_body_where_none_is_taken(shop: Tenant) -> None:
    """An operation without a body accepts an empty object and refuses any field."""
    path = f"/v1/campaigns/{shop.campaign()['id']}/pause"
    assert shop.post(path, {}).status_code == 200
    assert wire_problem(shop.post(path, {"until": "tomorrow"})) == (422, "field_unknown")


def test_large_body(shop: Tenant) -> None:
    """A body over the limit answers 413 with the limit, announced or not; an import may be larger."""
    content = b'{"name":"' + b"x" * (1 << 20) + b'"}'
    headers = {"Content-Type": "application/json"}
    for body in (content, iter([content[:1000], content[1000:]])):
        answer = shop.http.post("/v1/campaigns", content=body, headers=headers)
        assert wire_problem(answer) == (413, "body_too_large")
        assert answer.json()["values"] == {"max_bytes": 1 << 20}
    path = f"/v1/campaigns/{shop.campaign(guess_floor=1)['id']}/imports"
    lines = "code,note\n" + "".join(f"LONG-LINE-{number:03},{'x' * 2000}\n" for number in range(600))
    assert len(lines) > 1 << 20
    assert shop.http.post(path, content=lines, headers={"Content-Type": "text/csv"}).status_code == 201


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=", "limit=1&limit=2", "limit=%EF%BC%91",
        "page=2", "cursor=!", "cursor=", "cursor=Y21wXzE%3D%00", "cursor=%ff", "limit=" + "9" * 5000, "%ff=1", "%00",
    ],
)  # fmt: skip
def test_bad_query(shop: Tenant, query: str) -> None:
    """An unknown, repeated or senseless query parameter answers 422 and is not ignored."""
    answer = shop.http.get(f"/v1/campaigns?{query}")
    assert answer.status_code == 422
    assert wire_problem(answer)[1] in {"parameter_invalid", "cursor_invalid"}


@pytest.mark.parametrize("key", ["", "k" * 256, "ü", "a\tb"])
def test_bad_idempotency_key(shop: Tenant, key: str) -> None:
    """A key that is empty, too long or not printable ASCII answers 422."""
    headers = {b"Idempotency-Key": key.encode()}
    answer = shop.http.post("/v1/redemptions", json={"code": "A"}, headers=headers)
    assert wire_problem(answer) == (422, "idempotency_key_invalid")


@pytest.mark.parametrize("tag", ["v1", '"v1", "v2"', ""])
def test_bad_if_match(shop: Tenant, tag: str) -> None:
    """An If-Match that is not one tag answers 422."""
    path = f"/v1/campaigns/{shop.campaign()['id']}"
    answer = shop.http.patch(path, json={"name": "n"}, headers={"If-Match": tag})
    assert wire_problem(answer) == (422, "if_match_invalid")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic Zm9vOmJhcg==", "Bearer " + "x" * 5000, "Bearer ü"])
def test_bad_authorization(shop: Tenant, header: str) -> None:
    """An Authorization that is no known bearer key answers 401."""
    with shop.client(None) as client:
        answer = client.get("/v1/campaigns", headers={b"Authorization": header.encode()})
    assert wire_problem(answer) == (401, "not_authenticated")


def test_long_address_and_headers(shop: Tenant) -> None:
    """Addresses and headers have a limit, which is told."""
    assert wire_problem(shop.http.get(f"/v1/coupons/{'a' * 9000}")) == (414, "uri_too_long")
    many = {f"X-Header-{number}": "x" for number in range(120)}
    assert wire_problem(shop.http.get("/v1/campaigns", headers=many)) == (431, "headers_too_large")
    assert wire_problem(shop.http.get("/v1/campaigns", headers={"X-Long": "x" * 40_000})) == (431, "headers_too_large")


def test_unknown_paths_and_methods(shop: Tenant) -> None:
    """What is not served says so, as a problem."""
    for path in ("/nope", "/v1/nope", "/v1/campaigns/x/y/z", "/v1", "/%00", "/v1/coupons"):
        assert wire_problem(shop.http.get(path)) == (404, "no_such_path")
    for path in ("/v1/campaigns", "/v1/campaigns/x", "/v1/coupons/x", "/v1/coupons/x/void", "/healthz", "/docs"):
        answer = shop.http.put(path)
        assert wire_problem(answer) == (405, "method_not_allowed")
        assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


def test_hung_up_request_harms_nobody(shop: Tenant) -> None:
    """A caller that hangs up in the middle of a body leaves the server well."""
    address = urlsplit(shop.base_url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        lines = ("POST /v1/redemptions HTTP/1.1", "Host: x", f"Authorization: Bearer {shop.key}", "Content-Length: 99")
        connection.sendall("\r\n".join([*lines, "", '{"code":']).encode())
    assert shop.http.get("/healthz").status_code == 200


def test_request_id_is_echoed(shop: Tenant) -> None:
    """The caller's X-Request-Id comes back on every answer; without one, or with a bad one, one is made."""
    for path in ("/v1/campaigns", "/nope", "/healthz", "/v1/coupons/nope"):
        assert shop.http.get(path, headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"
    made = {shop.http.get("/healthz", headers={"X-Request-Id": "x y"}).headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3


def test_head_and_options(shop: Tenant) -> None:
    """HEAD answers as GET without a body, OPTIONS with what is allowed."""
    head = shop.http.head("/v1/campaigns")
    assert (head.status_code, head.content) == (200, b"")
    options: httpx.Response = shop.http.options("/v1/campaigns")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
