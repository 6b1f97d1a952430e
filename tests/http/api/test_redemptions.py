from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http.server import ORDER, Json, Tenant, wire_problem


def test_redemption_has_the_shape_of_the_design(shop: Tenant) -> None:
    """A redemption names coupon, campaign and discount, allocated to the lines."""
    code = shop.code()
    answer = shop.post("/v1/redemptions", {"code": code.lower(), "customer": "c-42", "order": ORDER})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["customer"], body["balance_after"], body["rolled_back"]) == (
        "redeemed",
        "c-42",
        None,
        0,
    )
    assert body["discount"] == {"amount": 375, "currency": "EUR", "lines": [375]}
    assert body["order"] == ORDER
    assert [body[name][:4] for name in ("id", "coupon", "campaign")] == ["rdm_", "cpn_", "cmp_"]


def test_order_is_optional(shop: Tenant) -> None:
    """Without an order the use counts and no discount is computed."""
    body = shop.post("/v1/redemptions", {"codes": [shop.code()]}).json()
    assert (body["discount"], body["order"]) == (None, None)


def test_used_up_code_is_refused_with_its_numbers(shop: Tenant) -> None:
    """A second use answers 409 with the limit in values and in words."""
    code = shop.code()
    shop.post("/v1/redemptions", {"code": code})
    answer = shop.post("/v1/redemptions", {"code": code})
    assert wire_problem(answer) == (409, "limit_reached")
    limit = {"reason": "limit_reached", "limit": "max_redemptions_per_coupon", "max": 1, "used": 1}
    assert answer.json()["refusals"] == [limit]
    assert answer.json()["detail"] == "max_redemptions_per_coupon allows 1 and 1 are taken."


@pytest.mark.parametrize(
    ("fields", "order", "code"),
    [
        ({"starts_at": "2999-01-01T00:00:00Z"}, None, "not_yet_valid"),
        ({"ends_at": "2001-01-01T00:00:00Z"}, None, "expired"),
        ({"benefit": {"type": "amount", "amount_off": 5, "currency": "USD"}}, ORDER, "currency_mismatch"),
        ({"is_active": False}, None, "not_activated"),
    ],
)
def test_refusals(shop: Tenant, fields: Json, order: Json | None, code: str) -> None:
    """Each reason has its code and answers 409."""
    answer = shop.post("/v1/redemptions", {"code": shop.code(**fields), "order": order})
    assert wire_problem(answer) == (409, code)
    assert answer.json()["refusals"][0]["reason"] == code


def test_unknown_code_is_not_found(shop: Tenant) -> None:
    """A code nobody issued answers 404, whatever was typed."""
    for typed in ("nope", "T-0000-0000-0000", "\u202e\u200b", "💥", "cpn_00000000000000000000000000"):
        assert wire_problem(shop.post("/v1/redemptions", {"code": typed})) == (404, "code_unknown")


def test_voided_code_is_refused(shop: Tenant) -> None:
    """A voided code answers 409, and redeems again once that is taken back."""
    code = shop.code()
    shop.post(f"/v1/coupons/{code}/void")
    assert wire_problem(shop.post("/v1/redemptions", {"code": code})) == (409, "voided")
    shop.post(f"/v1/coupons/{code}/unvoid")
    assert shop.post("/v1/redemptions", {"code": code}).status_code == 201


def test_credit_is_spent_in_parts(shop: Tenant) -> None:
    """A credit pays what it holds; a partial rollback gives back; the ledger sums to the balance."""
    code = shop.code(benefit={"type": "credit", "amount": 3000, "currency": "EUR"})
    first = shop.post("/v1/redemptions", {"code": code, "order": ORDER}).json()
    assert (first["discount"]["amount"], first["balance_after"]) == (2500, 500)
    back = shop.post(f"/v1/redemptions/{first['id']}/rollback", {"amount": 700, "reason": "returned"}).json()
    assert (back["amount"], back["lines"], back["is_full"], back["balance_after"]) == (700, [700], False, 1200)
    second = shop.post("/v1/redemptions", {"code": code, "order": ORDER}).json()
    assert (second["discount"]["amount"], second["balance_after"]) == (1200, 0)
    assert wire_problem(shop.post("/v1/redemptions", {"code": code, "order": ORDER})) == (409, "balance_empty")
    entries = shop.http.get(f"/v1/coupons/{code}/ledger").json()["data"]
    assert [entry["amount"] for entry in entries] == [-1200, 700, -2500, 3000]
    assert [entry["kind"] for entry in entries] == ["redemption", "rollback", "redemption", "opening"]
    assert shop.http.get(f"/v1/coupons/{code}").json()["balance"] == 0


def test_rollback_frees_the_use(shop: Tenant) -> None:
    """A full rollback needs no body, is shown with its redemption, happens once, and lets the code be used again."""
    code = shop.code()
    made = shop.post("/v1/redemptions", {"code": code, "order": ORDER}).json()
    path = f"/v1/redemptions/{made['id']}"
    back = shop.post(f"{path}/rollback")
    assert (back.status_code, back.json()["amount"], back.json()["is_full"]) == (201, 375, True)
    assert wire_problem(shop.post(f"{path}/rollback")) == (409, "already_rolled_back")
    shown = shop.http.get(path).json()
    assert (shown["status"], shown["rolled_back"], shown["rollbacks"]) == ("rolled_back", 375, [back.json()])
    assert shop.post("/v1/redemptions", {"code": code}).status_code == 201


def test_rollback_of_more_than_was_given(shop: Tenant) -> None:
    """More than the rest is refused with the rest; an amount of nothing is out of range."""
    made = shop.post("/v1/redemptions", {"code": shop.code(), "order": ORDER}).json()
    path = f"/v1/redemptions/{made['id']}/rollback"
    answer = shop.post(path, {"amount": 376})
    assert wire_problem(answer) == (409, "rollback_exceeds_rest")
    assert answer.json()["refusals"] == [{"reason": "rollback_exceeds_rest", "rest": 375, "asked": 376}]
    for amount in (0, -1, 10**18):
        assert wire_problem(shop.post(path, {"amount": amount})) == (422, "amount_out_of_range")


def test_same_key_redeems_once(shop: Tenant) -> None:
    """A repeated key answers the same bytes, even after a rollback; another body under it is a conflict."""
    code = shop.code()
    first = shop.post("/v1/redemptions", {"code": code, "order": ORDER}, Idempotency_Key="r")
    shop.post(f"/v1/redemptions/{first.json()['id']}/rollback")
    again = shop.post("/v1/redemptions", {"code": code, "order": ORDER}, Idempotency_Key="r")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = shop.post("/v1/redemptions", {"code": code}, Idempotency_Key="r")
    assert wire_problem(other) == (409, "idempotency_key_reused")


def test_refusal_is_replayed_too(shop: Tenant) -> None:
    """A refusal under a key stays the answer under that key."""
    code = shop.code(is_active=False)
    first = shop.post("/v1/redemptions", {"code": code}, Idempotency_Key="r")
    shop.post(f"/v1/coupons/{code}/activate")
    again = shop.post("/v1/redemptions", {"code": code}, Idempotency_Key="r")
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["idempotent-replayed"] == "true"


def test_cap_holds_under_a_crowd(shop: Tenant) -> None:
    """Of forty buyers at once on a cap of ten, exactly ten succeed."""
    shop.campaign(code="CROWD", limits={"max_redemptions": 10})
    with ThreadPoolExecutor(40) as crowd:
        answers = list(crowd.map(lambda _: shop.post("/v1/redemptions", {"code": "crowd"}), range(40)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 30


def test_list_is_filtered(shop: Tenant) -> None:
    """Redemptions are listed newest first, by campaign, coupon and customer."""
    one, two = shop.codes(2)
    first = shop.post("/v1/redemptions", {"code": one, "customer": "ann"}).json()
    second = shop.post("/v1/redemptions", {"code": two, "customer": "bob"}).json()

    def listed(query: str) -> list[str]:
        return [row["id"] for row in shop.http.get(f"/v1/redemptions{query}").json()["data"]]

    assert listed("") == [second["id"], first["id"]]
    assert listed("?customer=ann") == [first["id"]]
    assert listed(f"?coupon={second['coupon']}") == [second["id"]]
    assert listed(f"?campaign={first['campaign']}&customer=bob") == [second["id"]]
    assert listed("?campaign=cmp_00000000000000000000000000") == []
