"""Writing outside the lane: a tenant's transactions one after another, different tenants' side by side."""

import pytest

from couponry.engine.ports import TransactionRaced
from couponry.storage.postgres import PostgresStore
from couponry.storage.postgres.writing import PostgresWriter
from couponry.storage.writing import SqlWriter
from tests.properties.samples import NOW, TENANT
from tests.storage.postgres.meeting import WAIT_SECONDS, run_beside, wait_until_somebody_waits
from tests.storage.samples import OTHER, carry, idempotency, key_of, open_campaign, place, redeem, tenant_of


def add_key(store: PostgresStore, key_id: str) -> int:
    """Count a tenant's keys and add one, as a use case that allows so many would."""
    with store.write() as writer:
        count = len(writer.keys(TENANT))
        writer.insert_key(key_of(key_id))
    return count


def test_transactions_of_a_tenant_take_turns(store: PostgresStore, url: str) -> None:
    """What one transaction of a tenant has looked at, no other changes before it has written."""
    open_campaign(store)
    with store.write() as writer:
        assert list(writer.keys(TENANT)) == []
        second = run_beside(lambda: add_key(store, "key_2"))
        wait_until_somebody_waits(url)
        writer.insert_key(key_of("key_1"))
    assert second.result(WAIT_SECONDS) == 1


def test_transactions_of_different_tenants_do_not_wait(store: PostgresStore) -> None:
    """A tenant's transaction does not wait for another tenant's."""
    with store.write() as writer:
        writer.insert_tenant(tenant_of())
        writer.insert_tenant(tenant_of(OTHER))
    with store.write() as one, store.write() as other:
        one.touch_catalogue(TENANT)
        other.touch_catalogue(OTHER)
    with store.read() as reader:
        assert reader.catalogue_versions() == {TENANT: 2, OTHER: 2}


def test_key_that_the_lane_used_meanwhile_is_a_race(store: PostgresStore) -> None:
    """A use case and the lane that use one idempotency key at the same time do not both succeed."""
    open_campaign(store)
    lane = store.lane_session()

    def use_key() -> None:
        with store.write() as writer:
            assert writer.kept_result(TENANT, "k") is None
            carry(lane, redeem(place(5), idempotency=idempotency("k")))
            writer.keep_result(TENANT, "k", "print", b"{}", NOW)

    with pytest.raises(TransactionRaced):
        use_key()
    with store.read() as reader:
        kept = reader.kept_result(TENANT, "k")
    assert kept is not None
    assert kept.fingerprint == "fingerprint of k"


def test_every_method_takes_a_turn() -> None:
    """All of the writer's methods go through the turns, those that come later too."""
    names = [name for name in dir(SqlWriter) if not name.startswith("_")]
    assert len(names) > 40
    assert all(hasattr(vars(PostgresWriter)[name], "__wrapped__") for name in names)
