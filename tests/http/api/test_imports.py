import pytest

from couponry.http.api.imports import csv_lines
from tests.http.server import Json, Tenant, wire_problem

CSV = {"Content-Type": "text/csv; charset=utf-8"}


def path_of(shop: Tenant) -> str:
    return f"/v1/campaigns/{shop.campaign(guess_floor=1)['id']}/imports"


def test_json_codes_are_found_however_typed(shop: Tenant) -> None:
    """Imported codes redeem in any case and with look-alikes."""
    answer = shop.post(path_of(shop), {"codes": ["Old-Code-One1", "Zweiter-Code"]})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["imported"], body["bad_lines"], body["batch"]["kind"]) == (2, [], "imported")
    assert shop.post("/v1/redemptions", {"code": "0LD CODE 0NEI"}).status_code == 201


@pytest.mark.parametrize(
    "text",
    [
        "code\nAAA-111-BBB\nCCC-222-DDD\n",
        '\ufeffCode,note\r\nAAA-111-BBB,first\r\n\r\n"CCC-222-DDD","a, b"\r\n',
        "note;codes\nfirst;AAA-111-BBB\nsecond;CCC-222-DDD",
        "AAA-111-BBB\nCCC-222-DDD",
    ],
)
def test_csv_dialects(shop: Tenant, text: str) -> None:
    """Byte order marks, CRLF, quotes, further columns and blank lines are read; so is a file without a header."""
    answer = shop.http.post(path_of(shop), content=text.encode(), headers=CSV)
    assert answer.status_code == 201, answer.text
    assert answer.json()["imported"] == 2
    assert shop.post("/v1/validations", {"codes": ["aaa111bbb", "ccc222ddd"]}).json()["valid"] is True


def test_bad_lines_are_all_listed(shop: Tenant) -> None:
    """Every bad line is named with its number and nothing is stored."""
    path = path_of(shop)
    shop.post(path, {"codes": ["TAKEN-12345"]})
    text = "code\nGOOD-12345\nTAKEN-I2345\n---\nGOOD 12345\n"
    answer = shop.http.post(path, content=text, headers=CSV)
    assert wire_problem(answer) == (422, "import_rejected")
    found = [(bad["line"], bad["code"], bad["reason"]) for bad in answer.json()["bad_lines"]]
    assert found == [
        (3, "TAKEN-I2345", "code_taken"),
        (4, "---", "code_invalid"),
        (5, "GOOD 12345", "code_repeated"),
    ]
    assert shop.post("/v1/validations", {"code": "good12345"}).json()["valid"] is False


@pytest.mark.parametrize("in_query", [True, False])
def test_partial_import_stores_the_rest(shop: Tenant, in_query: bool) -> None:  # noqa: FBT001  # a parametrised case
    """With partial the good lines are stored and the bad ones reported."""
    body: Json = {"codes": ["GOOD-98765", "---"], "partial": not in_query}
    answer = shop.post(path_of(shop) + ("?partial=true" if in_query else ""), body)
    assert answer.status_code == 201
    assert (answer.json()["imported"], [bad["line"] for bad in answer.json()["bad_lines"]]) == (1, [2])


def test_inactive_import_waits(shop: Tenant) -> None:
    """Codes imported inactive are refused until they are activated."""
    shop.post(path_of(shop), {"codes": ["WAIT-12345"], "is_active": False})
    assert wire_problem(shop.post("/v1/redemptions", {"code": "WAIT-12345"})) == (409, "not_activated")
    shop.post("/v1/coupons/WAIT-12345/activate")
    assert shop.post("/v1/redemptions", {"code": "WAIT-12345"}).status_code == 201


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "body_empty"),
        (b"\n\n", 400, "body_empty"),
        (b"number;name,town\nA;B,C\n", 422, "csv_header_missing"),
        (b"ABC,123\n", 422, "csv_header_missing"),
        (b"code\nA\xff\n", 400, "body_malformed"),
        (b'code\n"AB', 422, "csv_malformed"),
        (b"code\n", 422, "import_size_out_of_range"),
        (b"code\n" + b"A" * 200_000, 422, "csv_malformed"),
        (b"code\nA\x00B\n", 422, "import_rejected"),
    ],
)
def test_unreadable_csv(shop: Tenant, content: bytes, status: int, code: str) -> None:
    """What is no CSV of codes is refused with the place."""
    answer = shop.http.post(path_of(shop), content=content, headers=CSV)
    assert wire_problem(answer) == (status, code)


def test_long_cell_is_called_too_long(shop: Tenant) -> None:
    """A cell beyond what a CSV may hold is called too long, with its line, and not blamed on quotes alone."""
    answer = shop.http.post(path_of(shop), content="code\nGOOD-12345\n" + "A" * 200_000, headers=CSV)
    assert wire_problem(answer) == (422, "csv_malformed")
    assert answer.json()["detail"].startswith("Line 3 has a cell that is too long: more than 131,072 characters.")
    assert answer.json()["values"] == {"line": 3}
    quotes = shop.http.post(path_of(shop), content='code\n"AB', headers=CSV).json()["detail"]
    assert "written in quotes" in quotes
    assert "too long" not in quotes


def test_same_key_imports_once(shop: Tenant) -> None:
    """A repeated import under one key gives the same batch."""
    path = path_of(shop)
    answers = [shop.post(path, {"codes": ["ONCE-12345"]}, Idempotency_Key="i") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_line_numbers_count_the_file() -> None:
    """A code's number is its line in the file, header and blank lines counted."""
    lines = list(csv_lines(b"code\r\n\r\nA\r\nB\r\n"))
    assert [(line.line, line.code) for line in lines] == [(3, "A"), (4, "B")]
