"""Several processes on one database, and processes that are killed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from couponry.domain.campaigns import Limits
from couponry.engine.ports import Page, RedemptionFilter, Store
from tests.properties.samples import CAMPAIGN, TENANT
from tests.storage.databases import Database
from tests.storage.samples import open_campaign

ROOT = Path(__file__).resolve().parents[3]
FOREVER = 10**9


def start(database: Database, first_index: int, most: int) -> "subprocess.Popen[str]":
    """Start a process that redeems."""
    command = [sys.executable, "-m", "tests.storage.redeeming", database.name, database.address]
    return subprocess.Popen([*command, str(first_index), str(most)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_cap_is_exact_over_processes(database: Database, store: Store) -> None:
    """Three processes with sixty coupons each on a cap of hundred redeem exactly hundred of them."""
    open_campaign(store, limits=Limits(None, 100, 1))
    processes = [start(database, first_index, 60) for first_index in (0, 1000, 2000)]
    told = [line for process in processes for line in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(told) == len(set(told)) == 100
    with store.read() as reader:
        assert {made.redemption_id for made in reader.redemptions(TENANT, RedemptionFilter(), Page(1000))} == set(told)
        assert list(reader.counter_faults()) == []


@pytest.mark.parametrize("lines", [1, 40, 121])
def test_killed_process_leaves_whole_transactions(
    database: Database, open_store: Callable[[], Store], lines: int
) -> None:
    """After kill -9 every redemption that was told is there, and no transaction is there in part."""
    store = open_store()
    open_campaign(store, limits=Limits(None, FOREVER, 1))
    with start(database, 0, FOREVER) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(lines)]
        process.kill()
        told += process.stdout.read().split()
    with open_store().read() as reader:
        for redemption_id in told[:-1]:  # the last line may be cut
            assert reader.redemption(TENANT, redemption_id) is not None
        made_count = reader.count_redeemed(TENANT, CAMPAIGN)
        assert made_count >= lines
        assert made_count % 3 == 0
        assert list(reader.counter_faults()) == []
        assert len(reader.events(TENANT, Page(made_count + 1))) == made_count
        assert reader.statistics(TENANT, CAMPAIGN).touched_count == made_count
