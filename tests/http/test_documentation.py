import re
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from couponry.http.api.routes import OPERATIONS
from couponry.http.documentation import STATIC_FILES
from couponry.http.problem_codes import PROBLEM_KINDS
from tests.http.server import Tenant, wire_problem

LOADS = re.compile(r"""(?:src|href|url|action)\s*[=:(]\s*["']?\s*((?:https?:)?//[^"'\s)]+)""", re.IGNORECASE)


def document_of(shop: Tenant) -> dict[str, Any]:
    document: dict[str, Any] = shop.http.get("/openapi.json").json()
    return document


def test_docs_load_nothing_from_elsewhere(shop: Tenant) -> None:
    """Every page names only this server's files, and tells the browser to load no others."""
    for path in ("/", "/docs", "/docs/initializer.js", "/problems", "/problems/expired"):
        answer = shop.http.get(path)
        assert answer.status_code == 200
        assert not LOADS.findall(answer.text)
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert "http" not in answer.headers["content-security-policy"]


def test_a_foreign_load_is_caught() -> None:
    """Seeded loads from another host are found."""
    for text in ('<script src="https://x.example/a.js">', "url('//x.example/f.woff')", 'url: "http://x.example/"'):
        assert LOADS.findall(text)


def test_docs_page_gets_all_its_files(shop: Tenant) -> None:
    """Everything the page names is served, with its type."""
    page = shop.http.get("/docs").text
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page):
        assert shop.http.get(path).status_code == 200
    for name, content_type in STATIC_FILES.items():
        assert shop.http.get(f"/docs/{name}").headers["content-type"] == content_type
    assert "validatorUrl: null" in shop.http.get("/docs/initializer.js").text


@pytest.mark.parametrize("name", ["swagger-ui.js", "index.css", "..%2f__init__.py", "nope"])
def test_other_files_are_not_served(shop: Tenant, name: str) -> None:
    """Only the files the page needs are served."""
    assert wire_problem(shop.http.get(f"/docs/{name}")) == (404, "no_such_path")


def test_every_problem_has_its_page(shop: Tenant) -> None:
    """The type of a problem is the address of a page that explains it."""
    for kind in PROBLEM_KINDS.values():
        page = shop.http.get(f"/problems/{kind.code}")
        assert page.status_code == 200
        assert kind.code in page.text
    assert wire_problem(shop.http.get("/problems/nope")) == (404, "no_such_path")


def test_document_has_every_operation(shop: Tenant) -> None:
    """Each operation of the table is in the document, with its key, its bodies and its problems."""
    document = document_of(shop)
    assert document["openapi"] == "3.1.0"
    for operation in OPERATIONS:
        described = document["paths"][operation.path][operation.method.lower()]
        assert described["operationId"] == operation.name
        assert operation.scope in described["description"]
        assert ("requestBody" in described) == (operation.request is not None)
        assert {"401", "403", str(operation.status)} <= described["responses"].keys()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_references_lead_somewhere(shop: Tenant) -> None:
    """Every schema that is referred to exists."""
    text = shop.http.get("/openapi.json").text
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names
    assert names <= document_of(shop)["components"]["schemas"].keys()


def test_examples_fit_their_shapes(shop: Tenant) -> None:
    """Each example is valid by the schema it stands beside, and each request's by the server's own decoder."""
    document = document_of(shop)
    checked = 0
    for methods in document["paths"].values():
        for described in methods.values():
            for holder in (described.get("requestBody"), *described["responses"].values()):
                for media in (holder or {}).get("content", {}).values():
                    if "example" in media:
                        schema = {**media["schema"], "components": document["components"]}
                        jsonschema_rs.validate(schema, media["example"])
                        checked += 1
    assert checked > len(OPERATIONS)
    for operation in OPERATIONS:
        if operation.request_example is not None:
            msgspec.convert(operation.request_example, operation.request)


def test_health(shop: Tenant) -> None:
    """The process says that it lives and that it can serve, without a key."""
    with shop.client(None) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/readyz").json() == {"status": "ready"}
