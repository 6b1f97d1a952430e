"""Tenants and API keys on the command line."""

from tests.cli.commands import CommandLine


def test_tenant_is_made_and_listed(couponry: CommandLine) -> None:
    """A tenant is made under a parent, once by its name, and listed with the others."""
    made = couponry.json("tenant", "create", "Shop", "--sandbox", "--parent", "Demo")
    assert made["is_sandbox"]
    tenants = couponry.json("tenant", "list")
    assert [tenant["name"] for tenant in tenants] == ["Demo", "Shop"]
    assert made["parent"] == tenants[0]["id"]
    again = couponry.run("tenant", "create", "Shop", "--json")
    assert (again.code, again.complaint["code"]) == (2, "name_taken")
    text = couponry.run("tenant", "list").out.splitlines()
    assert text[0].split() == ["tenant", "name", "kind", "parent", "since"]
    assert made["id"] in text[2]


def test_identifier_wins_over_a_name(couponry: CommandLine) -> None:
    """A tenant that is named like another one's identifier is not taken for it."""
    first = couponry.json("tenant", "create", "Shop")["id"]
    second = couponry.json("tenant", "create", first)["id"]
    campaign = couponry.json("campaign", "create", "Theirs", "--access", "--tenant", second)["id"]
    assert couponry.json("campaign", "list", "--tenant", first) == []
    assert [found["id"] for found in couponry.json("campaign", "list", "--tenant", second)] == [campaign]


def test_key_is_told_once(couponry: CommandLine) -> None:
    """A key is told when it is made and never listed."""
    made = couponry.json("key", "create", "till", "--kind", "publishable")
    assert made["key"].startswith("pk_test_")
    assert made["scopes"] == ["validations:write"]
    for listing in (couponry.run("key", "list"), couponry.run("key", "list", "--json")):
        assert made["id"] in listing.out
        assert made["key"] not in listing.out


def test_key_has_the_scopes_that_were_asked_for(couponry: CommandLine) -> None:
    """Scopes are given one by one."""
    made = couponry.json("key", "create", "reader", "--scope", "events:read", "--scope", "coupons:read")
    assert sorted(made["scopes"]) == ["coupons:read", "events:read"]


def test_key_is_revoked(couponry: CommandLine) -> None:
    """A revoked key says so."""
    made = couponry.json("key", "create", "till")
    assert couponry.json("key", "revoke", made["id"])["revoked_at"] is not None
    assert "revoked" in couponry.run("key", "revoke", made["id"]).out


def test_name_cannot_move_the_cursor(couponry: CommandLine) -> None:
    """Control characters of a name are escaped in text."""
    couponry.json("key", "create", "till\x1b[2J")
    assert "till\\x1b[2J" in couponry.run("key", "list").out
