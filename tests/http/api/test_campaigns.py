from collections.abc import Callable

import pytest

from tests.http.server import EURO_15_PERCENT, Json, Tenant, wire_problem


def test_campaign_has_the_shape_of_the_design(shop: Tenant) -> None:
    """A campaign answers with everything that was sent, and its defaults."""
    sent: Json = {
        "name": "Summer",
        "pattern": "SUMMER-####-####-####",
        "alphabet": "crockford32",
        "benefit": {"type": "percent", "percent_off": "15", "max_amount": 2000, "currency": "EUR"},
        "starts_at": "2026-06-01T02:00:00+02:00",
        "ends_at": None,
        "limits": {"max_issued": None, "max_redemptions": 500, "max_redemptions_per_coupon": 1},
        "rule": None,
        "metadata": {"season": "summer", "year": 2026, "is_print": True, "note": None},
    }
    answer = shop.post("/v1/campaigns", sent)
    assert answer.status_code == 201
    body = answer.json()
    assert {name: body[name] for name in sent} == {**sent, "starts_at": "2026-06-01T00:00:00Z"}
    assert body["id"].startswith("cmp_")
    assert (body["status"], body["code"], body["guess_floor"], body["version"]) == ("active", None, 1_000_000, 1)
    assert answer.headers["etag"] == '"v1"'


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pattern": "D-####-####-####"}, 1),
        ({"code": "DEFAULTS"}, None),
        ({"pattern": "D-####-####-####", "benefit": {"type": "credit", "amount": 100, "currency": "EUR"}}, None),
        ({"pattern": "D-####-####-####", "limits": {"max_redemptions_per_coupon": None}}, None),
        ({"code": "DEFAULTS", "limits": {"max_redemptions_per_coupon": 3}}, 3),
    ],
)
def test_uses_of_one_coupon_have_a_default(shop: Tenant, fields: Json, expected: int | None) -> None:
    """A limit left out is once, or none for what is shared or has a balance; null is no limit."""
    assert shop.campaign(**fields)["limits"]["max_redemptions_per_coupon"] == expected


def test_change_replaces_what_is_named(shop: Tenant) -> None:
    """A PATCH changes the fields it names and leaves the rest."""
    campaign = shop.campaign(ends_at="2030-01-01T00:00:00Z", metadata={"a": 1})
    answer = shop.http.patch(f"/v1/campaigns/{campaign['id']}", json={"name": "New", "ends_at": None})
    assert answer.status_code == 200
    body = answer.json()
    assert body == {**campaign, "name": "New", "ends_at": None, "version": 2, "updated_at": body["updated_at"]}


def test_change_needs_all_three_limits(shop: Tenant) -> None:
    """Limits are replaced whole, so that none is lifted by being left out."""
    campaign = shop.campaign()
    answer = shop.http.patch(f"/v1/campaigns/{campaign['id']}", json={"limits": {"max_redemptions": 5}})
    assert wire_problem(answer) == (422, "field_missing")
    assert answer.json()["field"] == "limits.max_issued"


def test_stale_change_is_refused(shop: Tenant) -> None:
    """If-Match with an older version answers 412 and changes nothing."""
    path = f"/v1/campaigns/{shop.campaign()['id']}"
    assert shop.http.patch(path, json={"name": "one"}, headers={"If-Match": '"v1"'}).status_code == 200
    for etag in ('"v1"', 'W/"v2"', '"other"'):
        answer = shop.http.patch(path, json={"name": "two"}, headers={"If-Match": etag})
        assert wire_problem(answer) == (412, "version_mismatch")
    assert shop.http.get(path).json()["name"] == "one"


def test_unchanged_campaign_is_not_sent_again(shop: Tenant) -> None:
    """If-None-Match with the current tag answers 304 without a body."""
    path = f"/v1/campaigns/{shop.campaign()['id']}"
    etag = shop.http.get(path).headers["etag"]
    for header in (etag, f'"v7", W/{etag}', "*"):
        answer = shop.http.get(path, headers={"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert shop.http.get(path, headers={"If-None-Match": '"v9"'}).status_code == 200


def test_pause_and_resume(shop: Tenant) -> None:
    """A paused campaign refuses its codes until it is resumed."""
    campaign = shop.campaign(code="PAUSE-ME")
    path = f"/v1/campaigns/{campaign['id']}"
    assert shop.post(f"{path}/pause").json()["status"] == "paused"
    assert wire_problem(shop.post("/v1/redemptions", {"code": "pause me"})) == (409, "campaign_paused")
    assert shop.post(f"{path}/resume").json()["status"] == "active"
    assert shop.post("/v1/redemptions", {"code": "pause me"}).status_code == 201


def test_archived_campaign_stays_readable(shop: Tenant) -> None:
    """DELETE archives: the campaign leaves the list, refuses changes, and can be read."""
    campaign = shop.campaign()
    path = f"/v1/campaigns/{campaign['id']}"
    for _ in range(2):
        answer = shop.http.delete(path)
        assert (answer.status_code, answer.json()["status"]) == (200, "archived")
    assert shop.http.get("/v1/campaigns").json() == {"data": [], "next_cursor": None}
    assert shop.http.get(path).json()["status"] == "archived"
    assert wire_problem(shop.http.patch(path, json={"name": "n"})) == (409, "campaign_archived")


def test_list_is_paged_newest_first(shop: Tenant) -> None:
    """Following next_cursor gives every campaign once."""
    made = [shop.campaign(name=f"c{number}")["id"] for number in range(5)]
    seen: list[str] = []
    query = "?limit=2"
    while True:
        page = shop.http.get(f"/v1/campaigns{query}").json()
        seen += [campaign["id"] for campaign in page["data"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=2&cursor={page['next_cursor']}"
    assert seen == made[::-1]


def test_statistics_count(shop: Tenant) -> None:
    """Statistics say what was issued, used, taken back and given."""
    codes = shop.codes(10)
    order = {"currency": "EUR", "lines": [{"quantity": 1, "unit_amount": 1000}]}
    first = shop.post("/v1/redemptions", {"code": codes[0], "order": order}).json()
    shop.post("/v1/redemptions", {"code": codes[1], "order": order})
    shop.post(f"/v1/redemptions/{first['id']}/rollback", {"amount": 50})
    shop.post(f"/v1/coupons/{codes[2]}/void")
    body = shop.http.get(f"/v1/campaigns/{first['campaign']}/statistics").json()
    spaces = body.pop("spaces")
    assert body == {
        "campaign": first["campaign"],
        "issued": 10,
        "redemptions": 2,
        "redeemed": 2,
        "rollbacks": 1,
        "touched": 3,
        "voided": 1,
        "discounts": [{"currency": "EUR", "amount": 250}],
    }
    assert spaces == [{"pattern": "T-####-####-####", "live": 10, "expected_guesses": 32**12 // 10}]


def test_same_key_makes_one_campaign(shop: Tenant) -> None:
    """A repeated Idempotency-Key gives the same answer and says so; another request under it is a conflict."""
    body: Json = {"name": "Once", "benefit": EURO_15_PERCENT}
    first = shop.post("/v1/campaigns", body, Idempotency_Key="k-1")
    again = shop.post("/v1/campaigns", body, Idempotency_Key="k-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = shop.post("/v1/campaigns", {**body, "name": "Twice"}, Idempotency_Key="k-1")
    assert wire_problem(other) == (409, "idempotency_key_reused")
    assert len(shop.http.get("/v1/campaigns").json()["data"]) == 1


def test_tenants_share_no_keys(new_tenant: Callable[[], Tenant]) -> None:
    """Two tenants may use the same Idempotency-Key."""
    body: Json = {"name": "Mine", "benefit": EURO_15_PERCENT}
    one = new_tenant().post("/v1/campaigns", body, Idempotency_Key="shared").json()
    two = new_tenant().post("/v1/campaigns", body, Idempotency_Key="shared").json()
    assert one["id"] != two["id"]
