import csv
import hashlib
import io
import json

import pytest

from tests.http.server import Tenant, wire_problem


def test_mint_is_one_batch(shop: Tenant) -> None:
    """A billion codes are a batch that can be read from any offset."""
    campaign = shop.campaign(pattern="B-####-####-####")
    answer = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": 1_000_000_000})
    assert answer.status_code == 201
    batch = answer.json()
    assert (batch["campaign"], batch["kind"], batch["status"], batch["count"], batch["is_active"]) == (
        campaign["id"], "range", "ready", 1_000_000_000, True,
    )  # fmt: skip
    codes = shop.http.get(f"/v1/batches/{batch['id']}/codes?offset=999999990").text.split()[1:]
    assert len(codes) == 10
    assert shop.post("/v1/redemptions", {"code": codes[-1].lower()}).status_code == 201
    assert shop.http.get(f"/v1/campaigns/{campaign['id']}/batches").json() == {"data": [batch], "next_cursor": None}
    assert shop.http.get(f"/v1/batches/{batch['id']}").json() == batch


def test_export_agrees_with_the_manifest(shop: Tenant) -> None:
    """CSV, NDJSON and JSON hold the same codes, and the manifest covers them."""
    campaign = shop.campaign(pattern="E-####-####-####")
    batch = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": 1000}).json()
    path = f"/v1/batches/{batch['id']}"
    csv_answer = shop.http.get(f"{path}/codes?offset=10&limit=500")
    header, *codes = csv_answer.text.splitlines()
    assert header == "code"
    assert csv_answer.headers["content-type"].startswith("text/csv")
    assert csv_answer.headers["content-disposition"] == f'attachment; filename="{batch["id"]}.csv"'
    lines = shop.http.get(f"{path}/codes?offset=10&limit=500&format=ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == [{"code": code} for code in codes]
    listed = shop.http.get(f"{path}/codes?offset=10&limit=500&format=json").json()
    assert listed == {"data": [{"code": code} for code in codes], "next_cursor": None}
    digest = hashlib.sha256("".join(f"{code}\n" for code in codes).encode()).hexdigest()
    manifest = shop.http.get(f"{path}/manifest?offset=10&limit=500").json()
    assert manifest == {"batch": batch["id"], "offset": 10, "count": 500, "sha256": digest}


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_nothing_left_is_an_empty_export(shop: Tenant, form: str) -> None:
    """An offset at the end gives a well-formed export without codes."""
    campaign = shop.campaign(pattern="N-####-####-####")
    batch = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": 3}).json()
    text = shop.http.get(f"/v1/batches/{batch['id']}/codes?offset=3&format={form}").text
    assert text == {"csv": "code\n", "ndjson": "", "json": '{"data":[],"next_cursor":null}'}[form]


def test_awkward_codes_are_quoted(shop: Tenant) -> None:
    """Commas, quotes and backslashes in imported codes survive every format."""
    awkward = ['A,"B",C', "D\\E-12345", "ÄÖ-98765"]
    campaign = shop.campaign(guess_floor=1)
    batch = shop.post(f"/v1/campaigns/{campaign['id']}/imports", {"codes": awkward}).json()["batch"]
    path = f"/v1/batches/{batch['id']}/codes"
    rows = list(csv.reader(io.StringIO(shop.http.get(path).text)))
    assert sorted(row[0] for row in rows[1:]) == sorted(awkward)
    assert sorted(row["code"] for row in shop.http.get(f"{path}?format=json").json()["data"]) == sorted(awkward)
    lines = shop.http.get(f"{path}?format=ndjson").text.splitlines()
    assert sorted(json.loads(line)["code"] for line in lines) == sorted(awkward)


def test_head_sends_no_codes(shop: Tenant) -> None:
    """HEAD answers with the headers of an export and no body."""
    campaign = shop.campaign(pattern="H-####-####-####")
    batch = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": 3}).json()
    answer = shop.http.head(f"/v1/batches/{batch['id']}/codes")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("count", "status", "code"),
    [
        (0, 422, "count_out_of_range"),
        (-1, 422, "count_out_of_range"),
        (2**63, 422, "count_out_of_range"),
        (10**30, 422, "count_out_of_range"),
        (32**12, 409, "guess_resistance_too_low"),
        (2**62, 409, "code_space_exhausted"),
    ],
)
def test_impossible_counts(shop: Tenant, count: int, status: int, code: str) -> None:
    """A count out of range, above the space or above the guess floor is refused with the numbers."""
    campaign = shop.campaign(pattern="C-####-####-####")
    answer = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": count})
    assert wire_problem(answer) == (status, code)
    assert str(count) in answer.json()["detail"]


def test_guess_floor_names_the_number(shop: Tenant) -> None:
    """Minting below the guess floor says how many guesses it would be and what would fit."""
    campaign = shop.campaign(pattern="G-####-##")
    answer = shop.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": 5000})
    assert wire_problem(answer) == (409, "guess_resistance_too_low")
    assert answer.json()["values"] == {
        "expected_guesses": 32**6 // 5000,
        "guess_floor": 10**6,
        "max_count": 32**6 // 10**6,
    }
