"""Transactions: whole or not at all, seen when they are done, counted exactly."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from couponry.domain.campaigns import Limits
from couponry.domain.commands import StoredRef
from couponry.domain.redemptions import Redemption
from couponry.domain.world import Outcome, wanted_by
from couponry.engine.ports import LaneSession, Page, StorageUnavailable, Store, StoreStatistics
from tests.properties.samples import CAMPAIGN, NOW, TENANT, campaign_of
from tests.storage.samples import (
    OTHER,
    carry,
    idempotency,
    loaded,
    open_campaign,
    place,
    redeem,
    redeemed,
    stored_coupon,
    tenant_of,
)


class _Interruption(BaseException):
    """Stands for whatever may end a transaction, Ctrl-C included."""


def test_write_that_fails_leaves_nothing(store: Store) -> None:
    """An exception in a writing transaction takes back all of it."""

    def write_in_part() -> None:
        with store.write() as writer:
            writer.insert_tenant(tenant_of())
            writer.insert_coupons([stored_coupon("A1")])
            raise _Interruption

    with pytest.raises(_Interruption):
        write_in_part()
    with store.read() as reader:
        assert list(reader.tenants()) == []
        assert reader.existing_canonicals(TENANT, ["A1"]) == set()


def test_lane_that_fails_leaves_nothing(store: Store, session: LaneSession) -> None:
    """An exception in a transaction of the lane takes back all of it, and the next one works."""
    open_campaign(store, limits=Limits(None, 10, None))
    command = redeem(place(5), idempotency=idempotency("k"))

    def save_in_vain() -> None:
        with session.transaction() as transaction:
            world = transaction.load(wanted_by([command]))
            world.decide(command, NOW, lambda prefix: f"{prefix}_1")
            transaction.save(world)
            raise _Interruption

    with pytest.raises(_Interruption):
        save_in_vain()
    world = loaded(session, command)
    assert not world.coupons
    assert not world.answers
    assert world.counters[TENANT, CAMPAIGN].redeemed_count == 0
    redeemed(session, command)
    with store.read() as reader:
        assert len(reader.events(TENANT, Page(10))) == 1


def test_writer_sees_its_own_writes_and_others_do_not(store: Store) -> None:
    """What a transaction wrote is visible in it at once, and elsewhere when it is done."""
    with store.write() as writer:
        writer.insert_tenant(tenant_of())
        assert writer.tenant(TENANT) == tenant_of()
        with store.read() as reader:
            assert reader.tenant(TENANT) is None
    with store.read() as reader:
        assert reader.tenant(TENANT) == tenant_of()


def test_snapshot_stands_still(store: Store, session: LaneSession) -> None:
    """All reads of one snapshot show the same state, whatever is written meanwhile."""
    open_campaign(store)
    with store.read() as reader:
        assert len(reader.tenants()) == 1
        with store.write() as writer:
            writer.insert_tenant(tenant_of(OTHER))
        redeemed(session, redeem(place(5)))
        assert len(reader.tenants()) == 1
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 0
    with store.read() as reader:
        assert len(reader.tenants()) == 2
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 1


def test_many_threads_read_at_once(store: Store) -> None:
    """Snapshots are open in many threads at the same time."""
    open_campaign(store)
    together = threading.Barrier(20, timeout=30)

    def read(_: int) -> int:
        with store.read() as reader:
            together.wait()
            return len(reader.campaigns(TENANT, Page(10)))

    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(read, range(20))) == [1] * 20


def test_cap_is_exact_over_sessions(open_store: Callable[[], Store]) -> None:
    """Eight lanes of two stores on one cap of ten give exactly ten uses."""
    stores = [open_store(), open_store()]
    open_campaign(stores[0], limits=Limits(None, 10, None))
    with stores[0].write() as writer:
        writer.insert_coupons([stored_coupon("A1")])

    def use(number: int) -> int:
        session = stores[number % 2].lane_session()
        outcomes = [outcome for _ in range(3) for outcome in carry(session, redeem(StoredRef("A1")))]
        answers = [outcome.answer for outcome in outcomes if isinstance(outcome, Outcome)]
        return sum(isinstance(answer, Redemption) for answer in answers)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(8))) == 10
    with stores[1].read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 10
        assert list(reader.counter_faults()) == []


def test_lane_and_writers_take_turns(store: Store, session: LaneSession) -> None:
    """Writers beside the lane lose no update, and the lane gets its turn while they work."""
    open_campaign(store, limits=Limits(None, 1000, None))
    is_done = threading.Event()

    def count_up() -> int:
        turns = 0
        while not is_done.is_set():
            with store.write() as writer:
                writer.touch_catalogue(TENANT)
            turns += 1
        return turns

    with ThreadPoolExecutor(3) as threads:
        writers = [threads.submit(count_up) for _ in range(3)]
        try:
            for index in range(20):
                redeemed(session, redeem(place(index)))
        finally:
            is_done.set()
        turns = sum(writer.result() for writer in writers)
    with store.read() as reader:
        assert reader.catalogue_version(TENANT) == 1 + turns
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 20


def test_store_counts_what_it_was_asked(store: Store, session: LaneSession) -> None:
    """Loads of all lanes, snapshots and writing transactions are counted."""
    before = store.statistics()
    open_campaign(store)
    loaded(session, redeem(place(5)))
    loaded(store.read_session(), redeem(place(5)))
    with store.read() as reader:
        reader.tenants()
    assert store.statistics() == StoreStatistics(before.lane_loads + 2, before.reads + 1, before.writes + 1)


def test_closed_store_answers_no_more(store: Store) -> None:
    """A store is alive until it is closed; then it refuses, and closing it again does nothing."""
    assert store.is_alive()
    store.close()
    store.close()
    assert not store.is_alive()
    with pytest.raises(StorageUnavailable), store.read():
        pass
    with pytest.raises(StorageUnavailable), store.write():
        pass
    with pytest.raises(StorageUnavailable):
        store.lane_session()
    with pytest.raises(StorageUnavailable):
        store.read_session()


def test_everything_is_there_after_reopening(open_store: Callable[[], Store]) -> None:
    """What was written is read by whoever opens the database later."""
    first = open_store()
    open_campaign(first)
    redemption = redeemed(first.lane_session(), redeem(place(5)))
    first.close()
    with open_store().read() as reader:
        assert reader.redemption(TENANT, redemption.redemption_id) == redemption
        assert reader.campaign(TENANT, CAMPAIGN) == campaign_of()
