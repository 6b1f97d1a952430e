"""init, migrate, demo and doctor."""

import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from couponry.cli.opening import opened
from couponry.config import Config
from tests.cli.commands import CommandLine


def test_init_makes_key_file_and_database(tmp_path: Path) -> None:
    """Init says where both are, keeps the key to its owner, and changes nothing the second time."""
    couponry = CommandLine(tmp_path / "data")
    first = couponry.json("init")
    key = (tmp_path / "data" / "master.key").read_bytes()
    assert Path(first["database"]).is_file()
    assert Path(first["key_file"]).stat().st_mode & 0o777 == 0o600
    assert couponry.json("init") == {**first, "is_fresh": False}
    assert (tmp_path / "data" / "master.key").read_bytes() == key
    assert str(tmp_path / "data" / "master.key") in couponry.run("init").out


def test_init_with_a_master_key_makes_no_file(tmp_path: Path) -> None:
    """A key from the environment is not written to the disk."""
    couponry = CommandLine(tmp_path / "data", {"COUPONRY_MASTER_KEY": "ab" * 32})
    assert couponry.json("init")["key_file"] is None
    assert not (tmp_path / "data" / "master.key").exists()


def modes_while_open(folder: Path) -> dict[str, int]:
    """Open the database of a folder and tell the modes of its files, the log and its index among them."""
    with opened(replace(Config(), data=folder)) as engine:
        engine.tenants.create("Shop")
        return {file.name: file.stat().st_mode & 0o777 for file in folder.glob("couponry.db*")}


def test_database_is_its_owners_alone(tmp_path: Path) -> None:
    """A new database, its log and the index of the log hold codes in plain, and nobody else may read them."""
    modes = modes_while_open(tmp_path / "data")
    assert modes == {"couponry.db": 0o600, "couponry.db-wal": 0o600, "couponry.db-shm": 0o600}


def test_database_behind_a_link_is_its_owners_alone(tmp_path: Path) -> None:
    """A link to where no file is yet leads to a database for its owner alone."""
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data" / "couponry.db").symlink_to(tmp_path / "elsewhere" / "couponry.db")
    with opened(replace(Config(), data=tmp_path / "data")):
        assert (tmp_path / "elsewhere" / "couponry.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o644])
def test_mode_of_an_existing_database_is_kept(tmp_path: Path, mode: int) -> None:
    """Whoever shared a database with others keeps it shared, its log included."""
    with opened(replace(Config(), data=tmp_path)):
        pass
    (tmp_path / "couponry.db").chmod(mode)
    assert set(modes_while_open(tmp_path).values()) == {mode}


def test_migrate_tells_from_and_to(couponry: CommandLine, tmp_path: Path) -> None:
    """Migrate makes a missing database, changes nothing about a current one, and says which it did."""
    fresh = CommandLine(tmp_path / "fresh").json("migrate")
    assert fresh["from"] is None
    assert fresh["database"] == str(tmp_path / "fresh" / "couponry.db")
    assert couponry.json("migrate")["from"] == fresh["to"]
    assert f"{fresh['to']}, as before" in couponry.run("migrate").out


def test_demo_prints_the_same_each_time(couponry: CommandLine) -> None:
    """The demo has exactly the promised keys, and running it again prints the same."""
    first = couponry.run("demo", "--json")
    assert set(first.answer) == {"base_url", "tenant", "api_key", "publishable_key", "campaigns"}
    campaigns = first.answer["campaigns"]
    assert list(campaigns) == ["percent", "static", "credit", "capped"]
    assert isinstance(campaigns["percent"], str)
    assert isinstance(campaigns["credit"], str)
    assert set(campaigns["static"]) == set(campaigns["capped"]) == {"id", "code"}
    assert couponry.run("demo", "--json") == first
    assert first.answer["api_key"] in couponry.run("demo").out


def test_demo_is_what_it_promises(couponry: CommandLine) -> None:
    """The percent campaign has room for a billion codes above the floor, and the capped one ends after ten uses."""
    campaigns = couponry.json("demo")["campaigns"]
    assert couponry.json("mint", campaigns["percent"], 10**9)["count"] == 10**9
    capped = couponry.json("campaign", "show", campaigns["capped"]["id"])
    assert capped["limits"]["max_redemptions"] == 10
    assert capped["code"] == campaigns["capped"]["code"]


def test_demo_survives_what_its_owner_does(couponry: CommandLine) -> None:
    """Archived campaigns and a revoked key change nothing about what the demo prints."""
    first = couponry.json("demo")
    couponry.json("campaign", "archive", first["campaigns"]["static"]["id"])
    couponry.json("key", "revoke", couponry.json("key", "list")[0]["id"])
    assert couponry.json("demo") == first


def test_demos_that_start_together_are_one(tmp_path: Path) -> None:
    """Two demos on an empty folder print the same and make one tenant with four campaigns."""
    couponry = CommandLine(tmp_path / "data")
    processes = [couponry.start("demo", "--json") for _ in range(3)]
    ran = [couponry.finish(process) for process in processes]
    assert [one.code for one in ran] == [0, 0, 0], ran
    assert len({one.out for one in ran}) == 1
    assert len(couponry.json("tenant", "list")) == 1
    assert len(couponry.json("campaign", "list")) == 4
    assert len(couponry.json("key", "list")) == 2


def test_doctor_finds_nothing_wrong(couponry: CommandLine) -> None:
    """A sound database gets a finding for each check, all fine."""
    findings = couponry.json("doctor")
    assert findings
    assert all(finding["is_ok"] for finding in findings)
    assert couponry.run("doctor").code == 0


def test_doctor_finds_a_wrong_counter(couponry: CommandLine) -> None:
    """A counter that does not agree with the redemptions is found, and the exit code says so."""
    with sqlite3.connect(couponry.data / "couponry.db") as connection:
        changed = connection.execute(
            "UPDATE campaign_counters SET redeemed_count = 3 WHERE campaign_id IN "
            "(SELECT campaign_id FROM campaigns WHERE static_code = 'FIRST10')"
        )
        assert changed.rowcount == 1
    connection.close()
    ran = couponry.run("doctor", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert [finding["check"] for finding in ran.answer if not finding["is_ok"]] == ["counters"]
    ran = couponry.run("doctor")
    assert (ran.code, ran.err) == (1, "refused: unhealthy: Look at: counters.\n")
    assert "WRONG" in ran.out
    assert "standard error stays empty" in " ".join(couponry.run("doctor", "--help").out.split())
