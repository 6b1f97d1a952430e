"""The lane on PostgreSQL: one round trip to begin and load, one to save and commit, straight through the driver."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq.abc import PGresult

from couponry.domain.world import Wanted, World
from couponry.engine.ports import LaneTransaction, StorageUnavailable, TransactionRaced
from couponry.storage.postgres import loading, statements
from couponry.storage.postgres.arrays import named_pairs
from couponry.storage.postgres.connecting import DurableConnection, is_usable
from couponry.storage.postgres.errors import translated_errors
from couponry.storage.postgres.exchanging import Call, Exchange
from couponry.storage.postgres.saving import saving
from couponry.storage.postgres.statements import Prepared

Count = Callable[[str], None]
"""Counts one of `StoreStatistics`."""


class PostgresLaneSession:
    """The connection of one lane, opened again when it broke. One that is writing locks what it loads."""

    def __init__(self, connect: Callable[[], DurableConnection], count: Count, *, is_writing: bool) -> None:
        self._connect = connect
        self._count = count
        self._begin = _Transaction if is_writing else _Snapshot
        self._prepared = statements.FOR_WRITING if is_writing else statements.FOR_READING
        self._campaigns = loading.Campaigns()
        self._is_closed = False
        self._exchange: Exchange | None = None
        with translated_errors():
            self._connected()

    @contextmanager
    def transaction(self) -> Iterator[LaneTransaction]:
        try:
            with translated_errors():
                transaction = self._begin(self._connected(), self._campaigns, self._count)
                yield transaction
                transaction.commit()
        except BaseException as error:
            if isinstance(error, TransactionRaced):
                self._count("retries")
            self._roll_back()
            raise

    def close(self) -> None:
        self._is_closed = True
        self._drop()

    def _connected(self) -> Exchange:
        if self._is_closed:
            raise StorageUnavailable(message="The database was closed; nothing was changed.")
        if self._exchange is not None and not is_usable(self._exchange.connection):
            self._drop()
        if self._exchange is None:
            self._exchange = Exchange(self._connect(), self._prepared)
        return self._exchange

    def _roll_back(self) -> None:
        """Roll back where the connection allows it, and give it up otherwise."""
        if self._exchange is None:
            return
        try:
            self._exchange.roll_back()
        except psycopg.Error:
            self._drop()

    def _drop(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.connection.close()


class _Snapshot:
    """A transaction that reads, over when its load is."""

    def __init__(self, exchange: Exchange, campaigns: loading.Campaigns, count: Count) -> None:
        self._exchange = exchange
        self._campaigns = campaigns
        self._count = count

    def load(self, wanted: Wanted) -> World:
        names = _Names(wanted)
        *_, coupons, offers, answers, redemptions, _ = self._exchange.carry(
            *self._beginning(statements.BEGIN_SNAPSHOT, statements.SNAPSHOT_SETTINGS),
            (statements.NOTE_OFFERS, names.offers),
            (statements.FIND_COUPONS, names.coupons),
            *names.finds,
            (statements.COMMIT, ()),
        )
        return self._world(coupons, offers, answers, redemptions)

    def save(self, world: World) -> None:
        raise RuntimeError(f"a read session saves nothing, such as {world}")

    def commit(self) -> None:
        """Do nothing more."""

    def _beginning(self, *beginning: Prepared) -> list[Call]:
        plans = (statements.FORGET_PLANS,) if self._exchange.plans_are_old() else ()
        return [(statement, ()) for statement in (*beginning, *plans)]

    def _world(self, coupons: PGresult, offers: PGresult, answers: PGresult, redemptions: PGresult) -> World:
        self._count("lane_loads")
        world = World()
        rows = self._exchange.rows
        loading.hold_coupons(world, rows(coupons))
        loading.hold_offers(world, rows(offers), self._campaigns)
        loading.hold_answers(world, rows(answers))
        loading.hold_redemptions(world, rows(redemptions))
        return world


class _Transaction(_Snapshot):
    """A transaction that writes: nothing is sent before the load, and what is saved goes with the commit."""

    def __init__(self, exchange: Exchange, campaigns: loading.Campaigns, count: Count) -> None:
        super().__init__(exchange, campaigns, count)
        self._loaded: set[loading.Key] = set()
        self._to_save: list[Call] = []

    def load(self, wanted: Wanted) -> World:
        names = _Names(wanted)
        *_, locked, _, coupons, offers, answers, redemptions = self._exchange.carry(
            *self._beginning(statements.BEGIN, statements.SETTINGS),
            (statements.NOTE_OFFERS, names.offers),
            (statements.LOCK_COUNTERS, ()),
            (statements.SHARE_GUARDS, ()),
            (statements.LOCK_COUPONS, names.coupons),
            *names.finds,
        )
        world = self._world(coupons, offers, answers, redemptions)
        if not loading.is_whole(world, self._exchange.rows(locked)):
            raise TransactionRaced
        self._loaded.update(world.coupons)
        return world

    def save(self, world: World) -> None:
        self._to_save.extend(saving(world, self._loaded))

    def commit(self) -> None:
        """Send what was saved, with the commit. Where nothing was, end without one: it would wait for the disk."""
        if self._to_save:
            with self._exchange.connection.durable():
                self._exchange.carry(*self._to_save, (statements.COMMIT, ()))
        else:
            self._exchange.roll_back()


class _Names:
    """What is wanted, as the arrays that the statements of a load take."""

    def __init__(self, wanted: Wanted) -> None:
        redemptions = named_pairs(wanted.redemptions)
        self.coupons = (*named_pairs(wanted.coupons), *named_pairs(wanted.canonicals), *redemptions)
        self.offers = (*named_pairs(wanted.campaigns), *self.coupons)
        self.finds: tuple[Call, ...] = (
            (statements.FIND_OFFERS, ()),
            (statements.FIND_ANSWERS, named_pairs(wanted.answers)),
            (statements.FIND_REDEMPTIONS, redemptions),
        )
