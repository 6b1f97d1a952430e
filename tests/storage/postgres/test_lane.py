"""Lanes of several processes on the same rows."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from couponry.domain.batches import BatchStatus
from couponry.domain.benefits import Credit
from couponry.domain.campaigns import Campaign, Limits
from couponry.domain.commands import StoredRef
from couponry.domain.coupons import CouponAction
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Reason, Refused
from couponry.domain.world import Outcome, wanted_by
from couponry.engine.ports import LaneSession, Page, TransactionRaced
from couponry.storage.postgres import PostgresStore, statements
from tests.properties.samples import CAMPAIGN, NOW, TENANT, campaign_of
from tests.storage.postgres.meeting import (
    WAIT_SECONDS,
    carry_around,
    other_connection,
    run_beside,
    wait_until_somebody_waits,
)
from tests.storage.samples import (
    act,
    carry,
    idempotency,
    identifiers,
    loading_batch,
    open_campaign,
    place,
    redeem,
    redeemed,
    roll_back,
    stored_coupon,
)

ONCE = Limits(None, None, 1)
UNPLANNED = {statements.BEGIN, statements.COMMIT, statements.ROLLBACK, statements.FORGET_PLANS}
LOCK_CAMPAIGN = "SELECT FROM campaigns JOIN campaign_counters USING (tenant_id, campaign_id) FOR UPDATE"


def answer_of(outcome: Outcome | BaseException) -> object:
    assert isinstance(outcome, Outcome), outcome
    return outcome.answer


def capped(store: PostgresStore, campaign: Campaign) -> None:
    """Give a campaign a cap, as the use case does."""
    with store.write() as writer:
        locked = writer.locked_campaign(TENANT, campaign.campaign_id)
        assert locked is not None
        counted = writer.count_redeemed(TENANT, campaign.campaign_id)
        limits = Limits(None, 10, None)
        writer.update_campaign(campaign_of(campaign_id=campaign.campaign_id, limits=limits, version=2))
        writer.set_counters(type(locked[1])(TENANT, campaign.campaign_id, locked[1].issued_count, counted))


def test_untouched_coupon_is_used_once(open_store: Callable[[], PostgresStore]) -> None:
    """Of two lanes that both found a coupon untouched, one uses it; the other begins anew and finds it used."""
    one, other = open_store(), open_store()
    open_campaign(one, limits=ONCE)
    mine, theirs = one.lane_session(), other.lane_session()
    first: list[Outcome | BaseException] = []
    (second,) = carry_around(mine, [redeem(place(5))], lambda: first.extend(carry(theirs, redeem(place(5)))))
    assert isinstance(answer_of(first[0]), Redemption)
    refused = answer_of(second)
    assert isinstance(refused, Refused)
    assert [refusal.reason for refusal in refused.refusals] == [Reason.LIMIT_REACHED]
    assert (one.statistics().retries, other.statistics().retries) == (1, 0)
    with one.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 1
        assert len(reader.events(TENANT, Page(10))) == 1


def test_race_spares_the_others_of_the_batch(store: PostgresStore) -> None:
    """What was carried with the loser of a race is done, each once."""
    open_campaign(store, limits=ONCE)
    mine, theirs = store.lane_session(), store.lane_session()
    batch = [redeem(place(index), idempotency=idempotency(f"k{index}")) for index in range(20)]
    outcomes = carry_around(mine, batch, lambda: carry(theirs, redeem(place(7)), redeem(place(30))))
    kinds = [type(answer_of(outcome)) for outcome in outcomes]
    assert kinds == [Refused if index == 7 else Redemption for index in range(20)]
    with store.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 21


@pytest.mark.parametrize("limits", [ONCE, Limits(None, 10, None)], ids=["uncapped", "capped"])
def test_same_key_has_one_effect(store: PostgresStore, limits: Limits) -> None:
    """Two lanes with the same request under the same key carry it out once, and both give the same answer."""
    open_campaign(store, limits=limits)
    mine, theirs = store.lane_session(), store.lane_session()
    command = redeem(place(5), idempotency=idempotency("k"))
    with ThreadPoolExecutor(2) as threads:
        outcomes = [future.result() for future in [threads.submit(carry, s, command) for s in (mine, theirs)]]
    (one,), (other,) = outcomes
    assert answer_of(one) == answer_of(other)
    assert sorted([one.is_replay, other.is_replay]) == [False, True]  # type: ignore[union-attr]  # `answer_of` has seen
    with store.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 1


def test_key_used_in_between_is_replayed(store: PostgresStore) -> None:
    """A key that another lane used after the load is noticed at the save, and answered as a replay."""
    open_campaign(store, limits=Limits(None, None, 5))
    mine, theirs = store.lane_session(), store.lane_session()
    command = redeem(place(5), idempotency=idempotency("k"))
    first: list[Outcome | BaseException] = []
    (second,) = carry_around(mine, [command], lambda: first.extend(carry(theirs, command)))
    assert second == Outcome(answer_of(first[0]), is_replay=True)  # type: ignore[arg-type]  # `answer_of` has seen
    assert store.statistics().retries == 1


def test_touched_coupon_is_waited_for(store: PostgresStore, url: str) -> None:
    """A lane that wants a coupon which another one holds waits, and then decides on what that one left."""
    open_campaign(store, campaign_of(Credit(3000, "EUR")))
    mine, theirs = store.lane_session(), store.lane_session()
    redeemed(mine, redeem(place(5)))
    with mine.transaction() as transaction:
        world = transaction.load(wanted_by([redeem(place(5))]))
        waiting = run_beside(lambda: carry(theirs, redeem(place(5))))
        wait_until_somebody_waits(url)
        assert isinstance(world.decide(redeem(place(5)), NOW, identifiers().new).answer, Redemption)
        transaction.save(world)
    (outcome,) = waiting.result(WAIT_SECONDS)
    assert isinstance(answer_of(outcome), Refused)
    with store.read() as reader:
        assert list(reader.balance_faults()) == []
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 2


def test_rollback_happens_once(store: PostgresStore) -> None:
    """Two lanes that undo the same redemption give back its amount once."""
    open_campaign(store, campaign_of(Credit(5000, "EUR"), Limits(None, 10, None)))
    sessions = [store.lane_session() for _ in range(4)]
    redemption = redeemed(sessions[0], redeem(place(5)))
    with ThreadPoolExecutor(4) as threads:
        outcomes = [
            outcome for (outcome,) in threads.map(lambda session: carry(session, roll_back(redemption)), sessions)
        ]
    assert sorted(type(answer_of(outcome)).__name__ for outcome in outcomes) == ["Refused"] * 3 + [Rollback.__name__]
    with store.read() as reader:
        assert list(reader.balance_faults()) == []
        assert list(reader.counter_faults()) == []


def test_deadlock_is_carried_again(store: PostgresStore, url: str) -> None:
    """A lane that PostgreSQL picks as the victim of a deadlock begins anew and succeeds."""
    open_campaign(store)
    session = store.lane_session()
    carry(session, act(place(1), CouponAction.VOID), act(place(2), CouponAction.VOID))
    lock = "SELECT FROM coupons WHERE coupon_id = %s FOR UPDATE"
    with other_connection(url) as other, other.transaction():
        other.execute(lock, [place(2).coupon_id])
        waiting = run_beside(
            lambda: carry(session, act(place(1), CouponAction.UNVOID), act(place(2), CouponAction.UNVOID))
        )
        wait_until_somebody_waits(url)
        other.execute(lock, [place(1).coupon_id])
    outcomes = waiting.result(WAIT_SECONDS)
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    assert store.statistics().retries >= 1


def test_lanes_lock_in_one_order(store: PostgresStore) -> None:
    """Lanes that want the same coupons and campaigns in another order do not stop each other."""
    open_campaign(store, limits=Limits(None, 10**6, None))
    places = [place(index) for index in range(40)]
    sessions = [store.lane_session() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            order = [places[:: 1 if number % 2 else -1] for number in range(4)]
            carried = threads.map(lambda one: carry(one[0], *map(redeem, one[1])), zip(sessions, order, strict=True))
            assert all(isinstance(outcome, Outcome) for outcomes in carried for outcome in outcomes)
    with store.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 4 * 5 * 40
        assert list(reader.counter_faults()) == []


def test_uncapped_campaign_waits_for_nobody(store: PostgresStore, url: str) -> None:
    """A redemption of an uncapped campaign goes on while somebody holds the campaign and its counters."""
    open_campaign(store)
    session = store.lane_session()
    with other_connection(url) as other, other.transaction():
        other.execute(LOCK_CAMPAIGN)
        assert redeemed(session, redeem(place(5))).campaign_id == CAMPAIGN


def test_cap_counts_uses_that_are_being_saved(store: PostgresStore, url: str) -> None:
    """A campaign that gets its cap while a lane redeems without one counts that use."""
    campaign = open_campaign(store)
    session = store.lane_session()

    def cap_beside() -> None:
        beside.append(run_beside(lambda: capped(store, campaign)))
        wait_until_somebody_waits(url)

    beside: list[Future[None]] = []
    carry_around(session, [redeem(place(5))], cap_beside)
    beside[0].result(WAIT_SECONDS)
    with store.read() as reader:
        counters = reader.counters(TENANT, CAMPAIGN)
        assert list(reader.counter_faults()) == []
    assert counters is not None
    assert counters.redeemed_count == 1


def test_cap_that_comes_while_locks_are_taken_is_noticed(store: PostgresStore, url: str) -> None:
    """A campaign that was uncapped when counters were locked, and is capped when it is read, is loaded anew."""
    open_campaign(store, limits=Limits(None, 10, None))
    late = campaign_of(campaign_id="cmp_late")
    with store.write() as writer:
        writer.insert_campaign(late)
        writer.insert_coupons([stored_coupon("A1", campaign_id="cmp_late")])
    session = store.lane_session()
    with other_connection(url) as other, other.transaction():
        other.execute("SELECT FROM campaign_counters WHERE campaign_id = %s FOR UPDATE", [CAMPAIGN])
        waiting = run_beside(lambda: carry(session, redeem(place(5)), redeem(StoredRef("A1"))))
        wait_until_somebody_waits(url)
        capped(store, late)
    outcomes = waiting.result(WAIT_SECONDS)
    assert all(isinstance(answer_of(outcome), Redemption) for outcome in outcomes)
    assert store.statistics().retries == 1
    with store.read() as reader:
        assert list(reader.counter_faults()) == []


def test_coupon_that_comes_while_locks_are_taken_is_noticed(store: PostgresStore, url: str) -> None:
    """A code that was made after the campaigns of a load were noted brings its campaign along in a second load."""
    open_campaign(store, limits=Limits(None, 10, None))
    session = store.lane_session()
    with other_connection(url) as other, other.transaction():
        other.execute("SELECT FROM campaign_counters WHERE campaign_id = %s FOR UPDATE", [CAMPAIGN])
        waiting = run_beside(lambda: carry(session, redeem(place(5)), redeem(StoredRef("A1"))))
        wait_until_somebody_waits(url)
        with store.write() as writer:
            writer.insert_campaign(campaign_of(campaign_id="cmp_late"))
            writer.insert_batch(loading_batch("bat_late", status=BatchStatus.READY))
            writer.insert_coupons([stored_coupon("A1", campaign_id="cmp_late", batch_id="bat_late")])
    outcomes = waiting.result(WAIT_SECONDS)
    assert all(isinstance(answer_of(outcome), Redemption) for outcome in outcomes)
    assert store.statistics().retries == 1


def test_retries_have_an_end(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that another lane precedes again and again is refused in the end, as something to try again."""
    open_campaign(store, limits=ONCE)
    monkeypatch.setattr("couponry.storage.postgres.loading.is_whole", lambda *_: False)
    with pytest.raises(TransactionRaced):
        carry(store.lane_session(), redeem(place(5)))
    assert 2 < store.statistics().retries < 100


def test_transaction_is_durable_and_leaves_nothing_behind(store: PostgresStore, url: str) -> None:
    """A lane waits for the disk whatever the server's default is, and sets nothing for the transactions after it."""
    open_campaign(store)
    with other_connection(url) as other:
        other.execute(f"ALTER DATABASE {other.info.dbname} SET synchronous_commit = off".encode())
    session = store.lane_session()
    with session.transaction() as transaction:
        transaction.load(wanted_by([redeem(place(5))]))
        connection: psycopg.Connection[tuple[object]] = transaction._exchange.connection  # type: ignore[attr-defined]  # noqa: SLF001  # what the port hides is asked for
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("5s",)
    assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    changed = "SELECT name FROM pg_settings WHERE source = 'session'"
    assert connection.execute(changed).fetchall() == []
    assert connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'").fetchall() == []


def plans_of(session: LaneSession) -> dict[str, str]:
    """Ask how the statements of a lane are carried out."""
    plans = {}
    with session.transaction() as transaction:
        transaction.load(wanted_by([redeem(place(5))]))
        connection = transaction._exchange.connection  # type: ignore[attr-defined]  # noqa: SLF001  # as above
        for statement in set(statements.FOR_WRITING) - UNPLANNED:
            values = ", ".join(["'{}'"] * statement.text.count(b"$"))
            explain = f"EXPLAIN EXECUTE {statement.name.decode()}{f'({values})' if values else ''}"
            plans[statement.text.decode()] = "\n".join(row[0] for row in connection.execute(explain.encode()))
    return plans


def test_lane_scans_no_table(store: PostgresStore) -> None:
    """No statement of the lane reads a whole table, not even an empty one."""
    plans = plans_of(store.lane_session())
    assert len(plans) > 15
    for plan in plans.values():
        assert "Seq Scan" not in plan, plan
        assert "Bitmap" not in plan, plan


def test_lane_plans_anew_as_tables_grow(store: PostgresStore) -> None:
    """A lane that began on empty tables soon finds redemptions by their primary key."""
    open_campaign(store)
    session = store.lane_session()
    for first in range(0, 12_000, 1000):
        carry(session, *(redeem(place(index)) for index in range(first, first + 1000)))
    for plan in plans_of(session).values():
        assert "ix_redemptions" not in plan, plan
