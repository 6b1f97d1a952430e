"""What all commands have in common: help, exit codes, errors, settings and the way a command finds its tenant."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import COMMAND, CommandLine

COMMANDS = [
    *("serve", "init", "migrate", "demo", "tenant", "key", "campaign", "mint"),
    *("export", "import", "coupon", "validate", "redeem", "rollback", "doctor", "bench"),
]
LEAVES = [
    *[(name,) for name in COMMANDS if name not in {"tenant", "key", "campaign", "coupon"}],
    *[("tenant", action) for action in ("create", "list")],
    *[("key", action) for action in ("create", "list", "revoke")],
    *[
        ("campaign", action)
        for action in ("create", "list", "show", "change", "pause", "resume", "archive", "statistics")
    ],
    *[("coupon", action) for action in ("show", "activate", "void", "unvoid", "assign")],
]


def test_help_lists_every_command(couponry: CommandLine) -> None:
    """The help names each command, without a database."""
    ran = couponry.run("--help")
    assert ran.code == 0
    assert [
        line.split()[0]
        for line in ran.out.partition("Commands:")[2].splitlines()
        if line.startswith("  ") and line[2] != " "
    ] == COMMANDS


@pytest.mark.parametrize("leaf", LEAVES, ids=" ".join)
def test_every_command_takes_json(couponry: CommandLine, leaf: tuple[str, ...]) -> None:
    """Each command explains itself and takes --json."""
    ran = couponry.run(*leaf, "--help")
    assert ran.code == 0
    assert "--json" in ran.out


def test_command_and_module_are_the_same() -> None:
    """`couponry` and `python -m couponry` print the same version."""
    answers = [
        subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        for command in ([str(COMMAND)], [sys.executable, "-m", "couponry"])
    ]
    assert answers[0] == answers[1]
    assert answers[0].startswith("couponry 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["mint"],
        ["mint", "cmp_1", "many"],
        ["mint", "cmp_1", "0"],
        ["demo", "--nonsense"],
        ["campaign", "nonsense"],
        ["campaign", "list", "--limit", "0"],
        ["tenant", "create", ""],
        ["tenant", "create", "\udcff"],
        ["redeem", "WELCOME10", "--total", "12.345 EUR"],
        ["redeem", "WELCOME10", "--total", "12 XXX"],
        ["redeem", "WELCOME10", "--total", "-1 EUR"],
        ["redeem", "WELCOME10", "--total", "12"],
        ["redeem", "WELCOME10", "--order", "{"],
        ["redeem", "WELCOME10", "--order", '{"currency": "EUR"}'],
        ["redeem", "WELCOME10", "--order", '{"currency": "EUR", "lines": [], "extra": 1}'],
        ["redeem", "WELCOME10", "--order", "-", "--total", "1 EUR"],
        ["redeem", "WELCOME10", "--idempotency-key", "ä"],
        ["campaign", "create", "x"],
        ["campaign", "create", "x", "--percent-off", "101"],
        ["campaign", "create", "x", "--percent-off", "10", "--access"],
        ["campaign", "create", "x", "--max-amount", "1 EUR", "--access"],
        ["campaign", "create", "x", "--access", "--pattern", "NONE"],
        ["campaign", "create", "x", "--access", "--pattern", "A-####-####", "--code", "B"],
        ["campaign", "create", "x", "--access", "--alphabet", "klingon", "--pattern", "A-####-####"],
        ["campaign", "create", "x", "--access", "--starts-at", "tomorrow"],
        ["campaign", "create", "x", "--access", "--max-issued", "some"],
        ["campaign", "create", "x", "--access", "--metadata", "name"],
        [
            "campaign",
            "create",
            "x",
            "--access",
            "--starts-at",
            "2026-02-01T00:00:00Z",
            "--ends-at",
            "2026-01-01T00:00:00Z",
        ],
        ["campaign", "change", "cmp_1"],
        ["key", "create", "x", "--scope", "everything"],
        ["key", "create", "x", "--kind", "golden"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two(couponry: CommandLine, arguments: list[str]) -> None:
    """Wrong usage leaves with 2 and says what was wrong, as text or as one JSON object."""
    campaign = couponry.json("demo")["campaigns"]["percent"]
    arguments = [campaign if argument == "cmp_1" else argument for argument in arguments]
    ran = couponry.run(*arguments)
    assert (ran.code, ran.out) == (2, ""), ran
    assert ran.err.startswith("error: ")
    ran = couponry.run(*arguments, "--json")
    assert (ran.code, ran.out) == (2, ""), ran
    assert set(ran.complaint) >= {"code", "message"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["redeem", "NOBODY-KNOWS-THIS"], "code_unknown"),
        (["coupon", "show", "NOBODY-KNOWS-THIS"], "code_unknown"),
        (["coupon", "unvoid", "WELCOME10"], "not_voided"),
        (["coupon", "activate", "WELCOME10"], "already_activated"),
        (["redeem", "FIRST10", "--total", "1 USD"], "currency_mismatch"),
        (["rollback", "rdm_nothing"], "not_found"),
        (["campaign", "show", "cmp_nothing"], "not_found"),
        (["campaign", "statistics", "cmp_nothing"], "not_found"),
        (["mint", "cmp_nothing", "1"], "not_found"),
        (["export", "bat_nothing"], "not_found"),
        (["key", "revoke", "key_nothing"], "not_found"),
        (["campaign", "list", "--tenant", "Nobody"], "not_found"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_refusal_is_one_with_its_code(couponry: CommandLine, arguments: list[str], code: str) -> None:
    """A refusal leaves with 1 and the reason code, as text or as one JSON object with a sentence."""
    ran = couponry.run(*arguments)
    assert ran.code == 1
    assert ran.err.startswith(f"refused: {code}"), ran
    ran = couponry.run(*arguments, "--json")
    assert ran.code == 1
    assert ran.complaint["code"] == code
    assert ran.complaint["message"].endswith(".")


@pytest.mark.parametrize(
    ("name", "value"),
    [("COUPONRY_PORT", "http"), ("COUPONRY_PORT", "70000"), ("COUPONRY_MASTER_KEY", "short")],
)
def test_bad_setting_is_wrong_usage(couponry: CommandLine, name: str, value: str) -> None:
    """A setting that cannot be used is refused with its name."""
    ran = CommandLine(couponry.data, {name: value}).run("tenant", "list", "--json")
    assert ran.code == 2
    assert ran.complaint["code"] == "setting_invalid"
    assert name in ran.complaint["message"]


def test_mistyped_folder_makes_nothing(tmp_path: Path) -> None:
    """A command on a folder without a database says how to make one, and leaves no trace."""
    ran = CommandLine(tmp_path / "typo").run("campaign", "list")
    assert ran.code == 1
    assert "couponry init" in ran.err
    assert not (tmp_path / "typo").exists()


def test_data_option_wins(couponry: CommandLine, tmp_path: Path) -> None:
    """--data names the folder, whatever the environment says."""
    elsewhere = CommandLine(tmp_path / "nothing")
    assert elsewhere.json("tenant", "list", "--data", couponry.data)[0]["name"] == "Demo"


def test_tenant_must_be_said_when_there_are_several(couponry: CommandLine) -> None:
    """With several tenants none is guessed; name and identifier both name one, and so does COUPONRY_TENANT."""
    made = couponry.json("tenant", "create", "Second")
    ran = couponry.run("campaign", "list", "--json")
    assert (ran.code, ran.complaint["code"]) == (2, "tenant_ambiguous")
    assert "'Demo', 'Second'" in ran.complaint["message"]
    assert len(couponry.json("campaign", "list", "--tenant", "Demo")) == 4
    assert couponry.json("campaign", "list", "--tenant", made["id"]) == []
    assert CommandLine(couponry.data, {"COUPONRY_TENANT": "Second"}).json("campaign", "list") == []


def test_database_without_tenant_says_how_to_make_one(tmp_path: Path) -> None:
    """A fresh database has no tenant, and the message says what to do."""
    couponry = CommandLine(tmp_path / "data")
    couponry.json("init")
    ran = couponry.run("campaign", "list")
    assert ran.code == 1
    assert "couponry tenant create" in ran.err


def test_missing_key_file_is_explained(couponry: CommandLine) -> None:
    """A database without its key file is not opened, and a fresh key is not made for it."""
    (couponry.data / "master.key").unlink()
    ran = couponry.run("tenant", "list")
    assert (ran.code, ran.out) == (1, "")
    assert "Restore the key file" in ran.err
    assert not (couponry.data / "master.key").exists()


def test_newer_database_is_not_opened(couponry: CommandLine) -> None:
    """A database of a newer version is left alone, and the message says what to do."""
    with sqlite3.connect(couponry.data / "couponry.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in ("migrate", "doctor"):
        ran = couponry.run(command, "--json")
        assert (ran.code, ran.complaint["code"]) == (1, "storage_unusable")
        assert "newer" in ran.complaint["message"]


def test_folder_that_cannot_be_made_is_explained() -> None:
    """A folder where nothing can be written is named in one line."""
    if not Path("/proc/self").exists():
        pytest.skip("needs a folder that refuses even root")
    ran = CommandLine(Path("/proc/couponry")).run("init")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert "/proc/couponry" in ran.err


def test_file_in_place_of_the_folder_is_explained(tmp_path: Path) -> None:
    """A data folder that is a file is named in one line."""
    (tmp_path / "data").touch()
    ran = CommandLine(tmp_path / "data").run("init")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1


def test_database_that_is_none_is_explained(couponry: CommandLine) -> None:
    """A database file that holds something else is named in one line."""
    for file in couponry.data.glob("couponry.db*"):
        file.unlink()
    (couponry.data / "couponry.db").write_text("Dear diary, " * 1000)
    ran = couponry.run("tenant", "list")
    assert (ran.code, ran.out) == (1, "")
    assert "no SQLite database" in ran.err


def test_read_only_database_is_explained(couponry: CommandLine) -> None:
    """A database that may not be written is named in one line."""
    for path in (*couponry.data.iterdir(), couponry.data):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        with (couponry.data / "probe").open("w"):
            pytest.skip("root writes everywhere")
    except PermissionError:
        ran = couponry.run("mint", "cmp_1", "1")
        assert (ran.code, ran.out) == (1, "")
        assert "right to write" in ran.err
    finally:
        couponry.data.chmod(0o700)
        shutil.rmtree(couponry.data)
