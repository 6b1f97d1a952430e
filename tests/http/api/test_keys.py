from tests.http.server import Tenant, wire_problem


def test_key_is_told_once_and_works(shop: Tenant) -> None:
    """A new key works at once with its scopes only; neither list nor replay tells its text."""
    body = {"name": "till", "scopes": ["campaigns:read"]}
    made = shop.post("/v1/keys", body, Idempotency_Key="k")
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    text = made.json()["key"]
    assert text.startswith(made.json()["hint"])
    with shop.client(text) as till:
        assert till.get("/v1/campaigns").status_code == 200
        assert wire_problem(till.get("/v1/keys")) == (403, "scope_missing")
    again = shop.post("/v1/keys", body, Idempotency_Key="k").json()
    assert again == {**made.json(), "key": None}
    assert text not in shop.http.get("/v1/keys").text


def test_revoked_key_is_refused_at_once(shop: Tenant) -> None:
    """A revoked key answers 401 from the next request on."""
    made = shop.post("/v1/keys", {"name": "short-lived"}).json()
    with shop.client(made["key"]) as client:
        assert client.get("/v1/campaigns").status_code == 200
        revoked = shop.http.delete(f"/v1/keys/{made['id']}").json()
        assert revoked["revoked_at"] is not None
        assert wire_problem(client.get("/v1/campaigns")) == (401, "not_authenticated")


def test_publishable_key_may_only_ask(shop: Tenant) -> None:
    """A publishable key has the one scope it may have, and no other can be given to it."""
    made = shop.post("/v1/keys", {"name": "shop window", "kind": "publishable"}).json()
    assert (made["key"][:3], made["scopes"]) == ("pk_", ["validations:write"])
    wrong = shop.post("/v1/keys", {"name": "n", "kind": "publishable", "scopes": ["keys:write"]})
    assert wire_problem(wrong) == (422, "scope_not_for_publishable_key")
    assert wire_problem(shop.post("/v1/keys", {"name": "n", "scopes": ["fly"]})) == (422, "scope_unknown")
