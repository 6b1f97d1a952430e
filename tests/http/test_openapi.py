"""The document and the server, held against each other for every operation of the table."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest

from couponry.domain.benefits import Percent
from couponry.domain.errors import InvalidValue
from couponry.domain.tenants import SCOPES
from couponry.http.api.routes import OPERATIONS
from couponry.http.boundary import MAX_HEADER_BYTES, MAX_URI_BYTES
from couponry.http.openapi import openapi_document
from couponry.http.operations import Operation
from tests.http.cases import UNKNOWN, every_operation, send
from tests.http.server import ORDER, Json, Tenant

DOCUMENT = openapi_document(OPERATIONS, "test")
SCHEMAS: Json = DOCUMENT["components"]["schemas"]
CONSTANT = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
UNPROVOKED = {"500", "503"}
"""Answers of a server in trouble, which any operation can give."""


def described(operation: Operation) -> Json:
    found: Json = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def documented_headers(operation: Operation, status: int) -> set[str]:
    return {name.lower() for name in described(operation)["responses"][str(status)].get("headers", {})}


def documented_parameters(operation: Operation) -> set[str]:
    return {parameter["name"] for parameter in described(operation)["parameters"]}


def assert_documented(operation: Operation, answer: httpx.Response) -> None:
    """Find an error's status in the document, and its code there."""
    answers = described(operation)["responses"]
    assert str(answer.status_code) in answers, answer.text
    assert f"`{answer.json()['code']}`" in answers[str(answer.status_code)]["description"]


@every_operation
def test_etag_is_documented_where_one_is_sent(shop: Tenant, operation: Operation) -> None:
    """An answer has an ETag just where the document says so, and a GET with it then answers 304 as documented."""
    names = shop.things()
    answer = send(shop.http, operation, names)
    if answer.is_success:
        assert ("etag" in answer.headers) == ("etag" in documented_headers(operation, operation.status))
    if operation.method != "GET":
        assert "304" not in described(operation)["responses"]
        return
    is_tagged = "etag" in answer.headers
    assert ("304" in described(operation)["responses"]) == is_tagged
    assert ("If-None-Match" in documented_parameters(operation)) == is_tagged
    if is_tagged:
        again = send(shop.http, operation, names, If_None_Match=answer.headers["etag"])
        assert (again.status_code, again.headers["etag"]) == (304, answer.headers["etag"])
        parameters = {parameter["name"]: parameter for parameter in described(operation)["parameters"]}
        jsonschema_rs.validate(parameters["If-None-Match"]["schema"], answer.headers["etag"])


@every_operation
def test_idempotency_key_is_documented_where_it_is_read(shop: Tenant, operation: Operation) -> None:
    """A repeated request is marked as a replay just where the document has an Idempotency-Key."""
    names = shop.things()
    send(shop.http, operation, names, Idempotency_Key="walk")
    again = send(shop.http, operation, names, Idempotency_Key="walk")
    is_key_of_caller = operation.name == "revokeKey"  # the key revoked is the one that asks
    assert again.status_code == 401 if is_key_of_caller else again.status_code in {operation.status, 409}
    is_replayed = "idempotent-replayed" in again.headers
    assert ("Idempotency-Key" in documented_parameters(operation)) == is_replayed
    assert ("idempotent-replayed" in documented_headers(operation, operation.status)) == is_replayed
    if is_replayed:
        assert "idempotent-replayed" in documented_headers(operation, again.status_code)
        assert send(shop.http, operation, names, Idempotency_Key="k" * 256).status_code == 422


@every_operation
def test_full_disk_is_documented_where_something_is_written(operation: Operation) -> None:
    """Operations that change something can answer 507, those that only ask cannot."""
    is_reading = operation.method == "GET" or operation.name == "validateCodes"
    assert ("507" in described(operation)["responses"]) == (not is_reading)
    assert described(operation)["responses"].keys() >= UNPROVOKED


def broken_requests(operation: Operation) -> Iterator[tuple[int, Json]]:
    """Give a request for every answer that the way to a handler can end in, with the status that answers it."""
    yield 422, {"params": {"no_such_parameter": "1"}}
    yield 414, {"params": {"limit": "1" * MAX_URI_BYTES}}
    yield 431, {"headers": {"X-Long": "x" * (MAX_HEADER_BYTES + 1)}}
    if operation.method == "GET":
        return
    yield 400, {"content": b"{", "headers": {"Content-Type": "application/json"}}
    yield 415, {"content": b"x", "headers": {"Content-Type": "text/plain"}}
    yield 422, {"json": {"no_such_field": 1}}
    yield 422, {"json": [1]}
    if operation.request is not None and not operation.is_body_optional:
        yield 400, {"content": b""}
        schema = described(operation)["requestBody"]["content"]["application/json"]["schema"]
        if not jsonschema_rs.is_valid({**schema, "components": {"schemas": SCHEMAS}}, {}):
            yield 422, {"json": {}}
    if not operation.is_bulk:
        yield 413, {"content": b" " * (1024 * 1024 + 1)}


@every_operation
def test_every_answer_on_the_way_to_a_handler_is_documented(shop: Tenant, operation: Operation) -> None:
    """Whatever the pipeline refuses, the document has its status and its code."""
    path = operation.path.format_map(shop.things())
    with shop.client(None) as nobody, shop.client(shop.new_key(*(set(SCOPES) - {operation.scope}))) as weak:
        for status, client in ((401, nobody), (403, weak)):
            answer = send(client, operation, UNKNOWN)
            assert answer.status_code == status
            assert_documented(operation, answer)
    for status, request in broken_requests(operation):
        answer = shop.http.request(operation.method, path, **request)
        assert answer.status_code == status, answer.text
        assert_documented(operation, answer)
    if operation.is_bulk:
        assert "413" in described(operation)["responses"]


def percentages() -> Iterator[str]:
    wholes = [str(number).zfill(length) for length in (1, 2, 3) for number in range(10**length)]
    yield from wholes
    yield from (f"{whole}.{part}" for whole in wholes for part in ("", "0", "00", "0000", "5", "0001", "99999"))
    for length in range(1, 5):
        yield from (f"{whole}.{part:0{length}}" for whole in ("0", "00", "100") for part in range(0, 10**length, 7))
    yield from ("", ".5", "-1", "+1", "1e1", " 5", "5 ", "5,5", "٣", "0000", "1000", "5\n", "1.2.3")


def test_percent_pattern_accepts_what_the_domain_does() -> None:
    """The schema of percent_off accepts just the texts that the domain accepts."""
    validator = jsonschema_rs.validator_for(SCHEMAS["Percent"]["properties"]["percent_off"])
    for text in percentages():
        try:
            is_percent = bool(Percent(text))
        except InvalidValue:
            is_percent = False
        assert validator.is_valid(text) == is_percent, text


def descriptions(value: object) -> Iterator[str]:
    """Find every text that explains something."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name in {"description", "summary"} and isinstance(item, str):
                yield item
            else:
                yield from descriptions(item)
    elif isinstance(value, list):
        for item in value:
            yield from descriptions(item)


def test_descriptions_have_numbers_for_constants() -> None:
    """No description speaks of a constant of the sources; it has the number."""
    assert not [text for text in descriptions(DOCUMENT) if CONSTANT.search(text)]
    assert SCHEMAS["OrderLine"]["properties"]["quantity"]["description"] == "1 to 1,000,000."


LINE = ORDER["lines"][0]
ORDERS = [
    *({name: text} for name, text in itertools.product(("id", "channel"), ("", "x", "x" * 200, "x" * 201))),
    *({"lines": [{**LINE, "product": text}]} for text in ("", "x", "x" * 200, "x" * 201)),
    *(
        {"attributes": attributes}
        for attributes in (
            {}, {"": 1}, {"n" * 40: 1}, {"n" * 41: 1}, {"n": "x" * 500}, {"n": "x" * 501}, {"n": 2**63 - 1},
            {"n": 2**63}, {"n": -(2**63)}, {"n": -(2**63) - 1}, {str(number): None for number in range(50)},
            {str(number): None for number in range(51)},
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("fields", ORDERS)
def test_order_schema_has_the_domain_limits(shop: Tenant, fields: dict[str, Any]) -> None:
    """The schema of an order accepts just the orders that the server accepts."""
    order = {**ORDER, **fields}
    schema = {**SCHEMAS["Order"], "components": {"schemas": SCHEMAS}}
    answer = shop.post("/v1/validations", {"code": "nope", "order": order})
    assert jsonschema_rs.is_valid(schema, order) == (answer.status_code == 200), answer.text
