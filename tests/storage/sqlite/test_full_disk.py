"""A full disk: writes are refused, reads go on, and writes work again when there is room."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from couponry.domain.campaigns import Limits
from couponry.engine.ports import LaneSession, StorageFull
from couponry.storage.sqlite import SqliteStore, open_sqlite
from tests.properties.samples import CAMPAIGN, TENANT
from tests.storage.samples import carry, loaded, open_campaign, place, redeem, stored_coupon

MANY = range(2000)
NO_LIMIT = 2**30


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(open_sqlite(path)) as store:
        open_campaign(store, limits=Limits(None, 10_000, None))
        yield store


def limit_writer(store: SqliteStore, pages: int) -> None:
    """Let the writer's connection grow the file to so many pages only: SQLite's own stand-in for a full disk."""
    with store.write() as writer:
        writer._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]  # noqa: SLF001


def limit_lane(session: LaneSession, pages: int) -> None:
    """Do the same to a lane's connection."""
    session._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()  # type: ignore[attr-defined]  # noqa: SLF001


def test_writer_is_refused(store: SqliteStore) -> None:
    """A writing transaction that does not fit is refused as a whole, while reads go on, until there is room."""
    limit_writer(store, 1)
    with pytest.raises(StorageFull, match="The disk is full; nothing was changed"), store.write() as writer:
        writer.insert_coupons([stored_coupon(f"C0DE{number}") for number in MANY])
    with store.read() as reader:
        assert reader.existing_canonicals(TENANT, ["C0DE0", "C0DE1999"]) == set()
        assert reader.campaign(TENANT, CAMPAIGN) is not None
    limit_writer(store, NO_LIMIT)
    with store.write() as writer:
        assert list(writer.insert_coupons([stored_coupon(f"C0DE{number}") for number in MANY])) == []


def test_lane_is_refused(store: SqliteStore) -> None:
    """A transaction of the lane that does not fit is refused as a whole, while loads go on, until there is room."""
    session = store.lane_session()
    commands = [redeem(place(number)) for number in MANY]
    limit_lane(session, 1)
    with pytest.raises(StorageFull):
        carry(session, *commands)
    world = loaded(session, *commands)
    assert not world.coupons
    assert world.counters[TENANT, CAMPAIGN].redeemed_count == 0
    assert store.is_alive()
    limit_lane(session, NO_LIMIT)
    carry(session, *commands)
    with store.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == len(MANY)
