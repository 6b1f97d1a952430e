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


def test_key_passes_on_its_own_scopes_only(shop: Tenant) -> None:
    """A key cannot make one that may do more than itself, and is told which scope it lacks."""
    with shop.client(shop.new_key("keys:write")) as clerk:
        wrong = clerk.post("/v1/keys", json={"name": "n", "scopes": ["keys:write", "redemptions:write"]})
        assert wire_problem(wrong) == (403, "scope_not_held")
        assert wrong.json()["values"] == {"scope": "redemptions:write"}
        assert clerk.post("/v1/keys", json={"name": "n", "scopes": ["keys:write"]}).status_code == 201
        assert clerk.post("/v1/keys", json={"name": "n", "kind": "publishable"}).status_code == 422


def test_key_without_scopes_has_its_makers(shop: Tenant) -> None:
    """A key made without naming scopes has those of the key that made it, as far as its kind may have them."""
    with shop.client(shop.new_key("keys:write", "validations:write")) as clerk:
        assert set(clerk.post("/v1/keys", json={"name": "n"}).json()["scopes"]) == {"keys:write", "validations:write"}
        window = clerk.post("/v1/keys", json={"name": "n", "kind": "publishable"}).json()
        assert window["scopes"] == ["validations:write"]
