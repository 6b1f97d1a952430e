"""Tenants, their keys, and the version of their catalogue."""

from couponry.engine.ports import Store
from tests.properties.samples import DAY, NOW, TENANT
from tests.storage.samples import MICROSECOND, OTHER, key_of, tenant_of


def test_tenant_comes_back_whole(store: Store) -> None:
    """A tenant is read with every field as it was written, and an unknown one is None."""
    top = tenant_of(OTHER, parent_id=None, is_sandbox=False, created_at=NOW + MICROSECOND)
    with store.write() as writer:
        writer.insert_tenant(tenant_of())
        writer.insert_tenant(top)
    with store.read() as reader:
        assert reader.tenant(TENANT) == tenant_of()
        assert reader.tenant(OTHER) == top
        assert reader.tenant("ten_none") is None


def test_tenants_are_listed_oldest_first(store: Store) -> None:
    """All tenants come in the order in which they were made, and a name finds the oldest of its bearers."""
    younger, older = tenant_of("ten_a", created_at=NOW), tenant_of("ten_b", created_at=NOW - DAY)
    with store.write() as writer:
        writer.insert_tenant(younger)
        writer.insert_tenant(older)
    with store.read() as reader:
        assert list(reader.tenants()) == [older, younger]
        assert reader.tenant_named(older.name) == older
        assert reader.tenant_named("nobody") is None


def test_key_is_found_by_digest(store: Store) -> None:
    """A key is found by the digest of its text, revoked or not."""
    revoked = key_of("key_2", revoked_at=NOW + MICROSECOND)
    with store.write() as writer:
        writer.insert_key(key_of())
        writer.insert_key(revoked)
    with store.read() as reader:
        assert reader.key_by_digest(key_of().digest) == key_of()
        assert reader.key_by_digest(revoked.digest) == revoked
        assert reader.key_by_digest("nothing") is None


def test_keys_are_listed_oldest_first(store: Store) -> None:
    """A tenant's keys come oldest first, revoked ones too."""
    younger, older = key_of("key_a"), key_of("key_b", created_at=NOW - DAY, revoked_at=NOW)
    with store.write() as writer:
        writer.insert_key(younger)
        writer.insert_key(older)
    with store.read() as reader:
        assert list(reader.keys(TENANT)) == [older, younger]


def test_key_changes_scopes_name_and_revocation(store: Store) -> None:
    """Updating a key replaces its scopes, name and revocation, and leaves the others alone."""
    changed = key_of(scopes=("events:read",), name="web", revoked_at=NOW)
    with store.write() as writer:
        writer.insert_key(key_of())
        writer.insert_key(key_of("key_2"))
        writer.update_key(changed)
    with store.read() as reader:
        assert list(reader.keys(TENANT)) == [changed, key_of("key_2")]


def test_catalogue_version_counts_touches(store: Store) -> None:
    """A tenant begins at catalogue version 1, each touch adds one, and an unknown tenant has 0."""
    with store.write() as writer:
        writer.insert_tenant(tenant_of())
        writer.insert_tenant(tenant_of(OTHER))
        writer.touch_catalogue(TENANT)
        writer.touch_catalogue(TENANT)
    with store.read() as reader:
        assert reader.catalogue_version(TENANT) == 3
        assert reader.catalogue_version("ten_none") == 0
        assert reader.catalogue_versions() == {TENANT: 3, OTHER: 1}


def test_key_checks_are_kept(store: Store) -> None:
    """The check values of master keys come back by key id."""
    with store.write() as writer:
        writer.insert_key_check("mk_1", "check 1")
        writer.insert_key_check("mk_2", "check 2")
    with store.read() as reader:
        assert reader.key_checks() == {"mk_1": "check 1", "mk_2": "check 2"}
