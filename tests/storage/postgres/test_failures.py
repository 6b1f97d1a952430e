"""Servers that go away and come back: errors are retryable, nothing is done twice, and all is well by itself."""

import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import IntegrityError, OperationalError

from couponry.domain.campaigns import Limits
from couponry.domain.redemptions import Redemption
from couponry.domain.world import Outcome
from couponry.engine.ports import StorageFull, StorageUnavailable, TransactionRaced
from couponry.storage.postgres import PostgresStore, open_postgres
from couponry.storage.postgres.errors import translated_errors
from tests.postgres_server import OwnServer, Server
from tests.properties.samples import CAMPAIGN, TENANT
from tests.storage.postgres.cutting import cutter
from tests.storage.postgres.meeting import (
    WAIT_SECONDS,
    carry_around,
    other_connection,
    run_beside,
    wait_until,
)
from tests.storage.samples import carry, idempotency, loaded, open_campaign, place, redeem, redeemed, tenant_of

CAPPED = Limits(None, 10, 1)
END_ALL = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
COMMITTING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def end_connections(server: Server, url: str) -> None:
    """End all connections to a database, as an administrator does."""
    with other_connection(server.url) as other:
        other.execute(END_ALL, [urlsplit(url).path.strip("/")])


def made_count(store: PostgresStore) -> int:
    with store.read() as reader:
        assert list(reader.counter_faults()) == []
        return reader.count_redeemed(TENANT, CAMPAIGN)


def test_idle_connection_that_was_ended_is_not_noticed(store: PostgresStore, postgres_server: Server, url: str) -> None:
    """Lanes, reads and writes open a new connection where the server has ended the old one meanwhile."""
    open_campaign(store, limits=CAPPED)
    lane, questions = store.lane_session(), store.read_session()
    redeemed(lane, redeem(place(1)))
    for _ in range(2):
        end_connections(postgres_server, url)
        redeemed(lane, redeem(place(1 + made_count(store))))
        assert loaded(questions, redeem(place(1))).coupons
        with store.write() as writer:
            writer.touch_catalogue(TENANT)
    assert made_count(store) == 3


def test_connection_ended_in_the_middle_fails_the_batch(
    store: PostgresStore, postgres_server: Server, url: str
) -> None:
    """A batch whose connection ends between load and save is refused as retryable, and leaves nothing."""
    open_campaign(store, limits=CAPPED)
    lane = store.lane_session()
    with pytest.raises(StorageUnavailable) as raised:
        carry_around(lane, [redeem(place(1)), redeem(place(2))], lambda: end_connections(postgres_server, url))
    assert raised.value.code == "storage_unavailable"
    assert made_count(store) == 0
    redeemed(lane, redeem(place(1)))
    assert made_count(store) == 1


def test_writer_whose_connection_ends_leaves_nothing(store: PostgresStore, postgres_server: Server, url: str) -> None:
    """A writing transaction whose connection ends is refused as retryable, and leaves nothing."""

    def write() -> None:
        with store.write() as writer:
            writer.insert_tenant(tenant_of())
            end_connections(postgres_server, url)

    with pytest.raises(StorageUnavailable):
        write()
    with store.read() as reader:
        assert list(reader.tenants()) == []


def test_stopped_server_is_unavailable_until_it_is_back(own_server: OwnServer, store: PostgresStore) -> None:
    """While the server is down everything is refused at once; when it is up again everything works by itself."""
    open_campaign(store, limits=CAPPED)
    lane, questions = store.lane_session(), store.read_session()
    redeemed(lane, redeem(place(1)))
    own_server.stop()
    try:
        assert not store.is_alive()
        for attempt in (
            lambda: carry(lane, redeem(place(2))),
            lambda: loaded(questions, redeem(place(2))),
            lambda: made_count(store),
            lambda: open_campaign(store),
            store.lane_session,
        ):
            with pytest.raises(StorageUnavailable, match=r"cannot be reached|starting or stopping"):
                attempt()
    finally:
        own_server.start()
    assert store.is_alive()
    redeemed(lane, redeem(place(2)))
    assert loaded(questions, redeem(place(2))).coupons
    assert made_count(store) == 2


def test_killed_server_loses_nothing_that_was_told(own_server: OwnServer, store: PostgresStore) -> None:
    """A server killed between load and save, and recovered, has what was told, and takes the rest when asked again."""
    open_campaign(store, limits=CAPPED)
    lane = store.lane_session()
    told = redeemed(lane, redeem(place(1)))
    command = redeem(place(2), idempotency=idempotency("k"))
    with pytest.raises(StorageUnavailable):
        carry_around(lane, [command], own_server.kill)
    own_server.start()
    redeemed(lane, command)
    assert made_count(store) == 2
    with store.read() as reader:
        assert reader.redemption(TENANT, told.redemption_id) == told


def test_lost_answer_to_a_commit_is_resolved_by_the_key(own_server: OwnServer, url: str) -> None:
    """A batch whose commit's answer was lost is refused as retryable; its key then tells what was done."""
    with tempfile.TemporaryDirectory() as name, cutter(Path(name), own_server.sockets) as between:
        store = open_postgres(url.replace(str(own_server.sockets), name))
        open_campaign(store, limits=CAPPED)
        lane = store.lane_session()
        command = redeem(place(1), idempotency=idempotency("k"))
        with pytest.raises(StorageUnavailable):
            carry_around(lane, [command], between.arm)
        assert made_count(store) == 1
        (outcome,) = carry(lane, command)
        assert isinstance(outcome, Outcome)
        assert isinstance(outcome.answer, Redemption)
        assert outcome.is_replay
        assert made_count(store) == 1
        store.close()


def test_commit_that_no_standby_confirmed_is_not_told(own_server: OwnServer, store: PostgresStore) -> None:
    """A commit that was cancelled while it waited for a synchronous standby is refused as retryable."""
    open_campaign(store, limits=CAPPED)
    lane = store.lane_session()
    with other_connection(own_server.url) as other:

        def cancel_the_wait() -> None:
            wait_until(lambda: other.execute(COMMITTING).fetchone() == (1,))
            other.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")

        other.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        own_server.reload()
        try:
            loaded(lane, redeem(place(1)))  # what saves nothing waits for nobody
            cancelling = run_beside(cancel_the_wait)
            with pytest.raises(StorageUnavailable):
                carry(lane, redeem(place(1), idempotency=idempotency("k")))
            cancelling.result(WAIT_SECONDS)
            cancelling = run_beside(cancel_the_wait)
            with pytest.raises(StorageUnavailable), store.write() as writer:
                writer.touch_catalogue(TENANT)
            cancelling.result(WAIT_SECONDS)
        finally:
            other.execute("ALTER SYSTEM RESET synchronous_standby_names")
            own_server.reload()
    (outcome,) = carry(lane, redeem(place(1), idempotency=idempotency("k")))
    assert isinstance(outcome, Outcome)
    assert outcome.is_replay


def test_database_that_became_read_only_says_so(store: PostgresStore, postgres_server: Server, url: str) -> None:
    """A server that takes no more writes is told with what to do, and reading goes on."""
    open_campaign(store)
    lane = store.lane_session()
    with other_connection(url) as other:
        other.execute(f"ALTER DATABASE {other.info.dbname} SET default_transaction_read_only = on".encode())
    end_connections(postgres_server, url)
    with closing(PostgresStore(f"{url}&target_session_attrs=any")) as reading:
        for session in (lane, reading.lane_session()):
            with pytest.raises(StorageUnavailable, match=r"read-only standby.*Name the primary"):
                redeemed(session, redeem(place(1)))
        with reading.read() as reader:
            assert reader.campaign(TENANT, CAMPAIGN) is not None


@pytest.mark.parametrize(
    ("state", "meaning", "says"),
    [
        ("53100", StorageFull, "disk is full"),
        ("53300", StorageUnavailable, "no connection left"),
        ("57P01", StorageUnavailable, "ended the connection"),
        ("57P03", StorageUnavailable, "starting or stopping"),
        ("57014", StorageUnavailable, "took too long"),
        ("55P03", StorageUnavailable, "busy with another writer"),
        ("25006", StorageUnavailable, "read-only standby"),
        ("26000", StorageUnavailable, "PgBouncer"),
        ("58030", StorageUnavailable, "cannot reach its files"),
        ("XX001", StorageUnavailable, "damaged"),
        ("08006", StorageUnavailable, "cannot be reached"),
        ("40001", TransactionRaced, "same moment"),
        ("40P01", TransactionRaced, "same moment"),
    ],
)
def test_trouble_of_the_server_is_translated(state: str, meaning: type[StorageUnavailable], says: str) -> None:
    """Whatever the server fails at is told without the driver's words, through SQLAlchemy too."""
    error = errors.lookup(state)("the driver's words")
    for raised in (error, OperationalError("INSERT", {}, error)):
        with pytest.raises(StorageUnavailable, match=says) as caught, translated_errors():
            raise raised
        assert type(caught.value) is meaning
        assert "driver" not in caught.value.message


def test_fault_of_ours_passes(store: PostgresStore) -> None:
    """A violated constraint is no trouble of the server: it is not dressed up as something to try again."""

    def insert_twice() -> None:
        with store.write() as writer:
            writer.insert_tenant(tenant_of())
            writer.insert_tenant(tenant_of())

    with pytest.raises(IntegrityError, match="pk_tenants"):
        insert_twice()
    with pytest.raises(psycopg.errors.SyntaxError), translated_errors():
        raise errors.lookup("42601")("nonsense")
    assert store.is_alive()


def test_failover_loses_nothing_that_was_told(own_server: OwnServer) -> None:
    """When the primary dies and its synchronous standby takes over, the store finds it and nothing told is missing."""
    with own_server.database() as url, own_server.standby() as standby:
        both = url.replace(str(own_server.sockets), f"{own_server.sockets},{standby.sockets}")
        with closing(open_postgres(both)) as store:
            open_campaign(store, limits=CAPPED)
            lane = store.lane_session()
            told = [redeemed(lane, redeem(place(index))) for index in range(5)]
            own_server.kill()
            with pytest.raises(StorageUnavailable):
                carry(lane, redeem(place(5)))
            standby.promote()
            told.append(redeemed(lane, redeem(place(5))))
            assert made_count(store) == 6
            with store.read() as reader:
                assert [reader.redemption(TENANT, made.redemption_id) for made in told] == told
