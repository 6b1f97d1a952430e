"""Statements find their rows by a key: none on the lane's way, and none of a list, reads a whole table."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from couponry.engine.ports import Page, Reader, RedemptionFilter
from couponry.storage.sqlite import SqliteStore, open_sqlite, statements
from tests.properties.samples import CAMPAIGN, NOW, SERIES, TENANT

PAGE = Page(10, after="zzz")
NO_NAMES = dict.fromkeys(("answers", "redemptions", "canonicals", "coupons", "campaigns"), "[]")
TABLES = (
    "campaigns|campaign_counters|coupons|redemptions|rollbacks|ledger_entries|events|idempotency_keys|batches"
    "|series_taken"
)
READS: dict[str, Callable[[Reader], object]] = {
    "ranges": lambda reader: reader.ranges(TENANT, SERIES, 0),
    "taken_indices": lambda reader: reader.taken_indices(TENANT, SERIES, 0, 9),
    "campaign": lambda reader: reader.campaign(TENANT, CAMPAIGN),
    "campaigns": lambda reader: reader.campaigns(TENANT, PAGE),
    "batch": lambda reader: reader.batch(TENANT, "bat_1"),
    "batches": lambda reader: reader.batches(TENANT, CAMPAIGN, PAGE),
    "stored_codes": lambda reader: reader.stored_codes(TENANT, "bat_1", "cpn_1", 10),
    "existing_canonicals": lambda reader: reader.existing_canonicals(TENANT, ["A1"]),
    "redemption": lambda reader: reader.redemption(TENANT, "rdm_1"),
    "redemptions": lambda reader: reader.redemptions(TENANT, RedemptionFilter(), PAGE),
    "redemptions of campaign": lambda reader: reader.redemptions(TENANT, RedemptionFilter(CAMPAIGN), PAGE),
    "redemptions of coupon": lambda reader: reader.redemptions(TENANT, RedemptionFilter(None, "cpn_1"), PAGE),
    "redemptions of customer": lambda reader: reader.redemptions(TENANT, RedemptionFilter(customer="c"), PAGE),
    "rollbacks": lambda reader: reader.rollbacks(TENANT, "rdm_1"),
    "events": lambda reader: reader.events(TENANT, PAGE, "campaign."),
    "entries": lambda reader: reader.entries(TENANT, "cpn_1", PAGE),
    "count_redeemed": lambda reader: reader.count_redeemed(TENANT, CAMPAIGN),
    "statistics": lambda reader: reader.statistics(TENANT, CAMPAIGN),
    "kept_result": lambda reader: reader.kept_result(TENANT, "k"),
    "stale_batches": lambda reader: reader.stale_batches(NOW),
}


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(open_sqlite(path)) as store:
        yield store


def assert_searches(plan: list[str]) -> None:
    """Check that a plan reads tables by the beginning of a key only, and sorts nothing."""
    read = [line for line in plan if re.match(rf"(SCAN|SEARCH) ({TABLES}|[bcknorw])\b", line)]
    scans = [line for line in read if line.startswith("SCAN") and "ix_batches_loading" not in line]
    assert not [line for line in scans if re.match(rf"SCAN ({TABLES})", line)], plan
    assert not [line for line in plan if "ORDER BY" in line], plan


@pytest.mark.parametrize("name", READS)
def test_read_searches_by_a_key(store: SqliteStore, name: str) -> None:
    """A read finds its rows by an index in the order in which it gives them."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(_: object, __: object, statement: str, values: tuple[object, ...], *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    engine = store._reading  # noqa: SLF001  # the port hides the statements, which are the matter here
    event.listen(engine, "before_cursor_execute", note)
    with store.read() as reader:
        READS[name](reader)
    event.remove(engine, "before_cursor_execute", note)
    assert asked
    with engine.connect() as connection:
        for statement, values in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plan = [row[3] for row in rows]
            assert_searches(plan)
            assert any(line.startswith("SEARCH") or "ix_batches_loading" in line for line in plan), plan


def test_lane_searches_by_full_keys(store: SqliteStore) -> None:
    """The lane's load reads every table by its whole primary or unique key."""
    connection = store.lane_session()._connection  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements.LOAD}", NO_NAMES)]
    searches = [line for line in plan if line.startswith("SEARCH")]
    assert len(searches) == 10
    assert all(
        re.search(r"USING (PRIMARY KEY|INDEX uq_coupons_canonical) \(\w+=\? AND \w+=\?\)", line) for line in searches
    )
    scanned = {line.split()[1] for line in plan if line.startswith("SCAN")}
    assert scanned <= {"wanted", "json_each", "CONSTANT", "k", "u", "f", "w", "found"}
