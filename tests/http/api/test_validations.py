import pytest

from couponry.domain.tenants import KeyKind
from tests.http.server import ORDER, Json, Tenant, wire_problem


def test_verdict_names_everything(shop: Tenant) -> None:
    """A tenant is told coupon, campaign, status, discount and every reason, in the order of the codes."""
    good, bad = shop.codes(2)
    shop.post(f"/v1/coupons/{bad}/void")
    body = shop.post("/v1/validations", {"codes": [bad, good, "nope"], "order": ORDER}).json()
    assert body["valid"] is False
    voided, valid, unknown = body["codes"]
    assert (voided["code"], voided["valid"], voided["status"]) == (bad, False, "voided")
    assert [refusal["reason"] for refusal in voided["refusals"]] == ["voided"]
    assert (valid["valid"], valid["status"], valid["refusals"]) == (True, "activated", [])
    assert valid["discount"] == {"amount": 375, "currency": "EUR", "lines": [375]}
    assert unknown == {
        "code": "nope", "valid": False, "coupon": None, "campaign": None, "status": None, "discount": None,
        "refusals": [{"reason": "code_unknown"}],
    }  # fmt: skip


def test_validation_changes_nothing(shop: Tenant) -> None:
    """Asking often uses nothing up."""
    code = shop.code()
    for _ in range(3):
        assert shop.post("/v1/validations", {"code": code}).json()["valid"] is True
    assert shop.http.get(f"/v1/coupons/{code}").json()["version"] == 0


def test_public_is_told_one_thing(shop: Tenant) -> None:
    """With a publishable key unknown, expired, voided and used up codes answer alike."""
    good, used, voided = shop.codes(3)
    expired = shop.code(pattern="X-####-####-####", ends_at="2001-01-01T00:00:00Z")
    shop.post("/v1/redemptions", {"code": used})
    shop.post(f"/v1/coupons/{voided}/void")
    with shop.client(shop.new_key(kind=KeyKind.PUBLISHABLE)) as public:
        bad = ["nope", used, voided, expired]
        body = public.post("/v1/validations", json={"codes": [*bad, good], "order": ORDER}).json()
        no = {"valid": False, "refusals": [{"reason": "not_valid"}]}
        assert body["codes"][:4] == [{"code": code, **no} for code in bad]
        discount = {"amount": 375, "currency": "EUR", "lines": [375]}
        assert body["codes"][4] == {"code": good, "valid": True, "discount": discount}
        assert wire_problem(public.post("/v1/redemptions", json={"code": good})) == (403, "scope_missing")


def test_public_answers_tell_nothing_apart(shop: Tenant) -> None:
    """To the public, unknown, expired, voided and used up differ in nothing but the code it typed itself."""
    used, voided = shop.codes(2)
    expired = shop.code(pattern="X-####-####-####", ends_at="2001-01-01T00:00:00Z")
    shop.post("/v1/redemptions", {"code": used})
    shop.post(f"/v1/coupons/{voided}/void")
    answers = set()
    with shop.client(shop.new_key(kind=KeyKind.PUBLISHABLE)) as public:
        for code in ("T-0000-0000-0000", "Q-0000-0000-0000", expired, voided, used):
            answer = public.post("/v1/validations", json={"code": code, "order": ORDER})
            headers = [pair for pair in answer.headers.raw if pair[0].lower() not in {b"date", b"x-request-id"}]
            answers.add((answer.status_code, answer.content.replace(code.encode(), b"<code>"), *headers))
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field_missing", "code"),
        ({"code": "A", "codes": ["B"]}, "body_invalid", "codes"),
        ({"codes": []}, "body_invalid", "codes"),
        ({"codes": ["A"] * 31}, "body_invalid", "codes"),
        ({"codes": ["A", 7]}, "body_invalid", "codes[1]"),
        ({"code": ""}, "body_invalid", "code"),
        ({"code": "A" * 129}, "body_invalid", "code"),
    ],
)
def test_codes_that_cannot_be_asked_for(shop: Tenant, body: Json, code: str, field: str) -> None:
    """One to thirty codes are judged at once, by code or codes."""
    answer = shop.post("/v1/validations", body)
    assert wire_problem(answer) == (422, code)
    assert answer.json()["field"] == field
