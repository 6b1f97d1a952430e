"""Imports on the command line, and how a file of codes is read."""

import io
from pathlib import Path
from typing import Any

import pytest

from couponry.domain.errors import InvalidValue
from couponry.engine.import_files import read_lines
from tests.cli.commands import CommandLine


@pytest.fixture
def campaign(couponry: CommandLine) -> str:
    """Make a campaign to import into."""
    made: str = couponry.json("campaign", "create", "Old codes", "--access", "--guess-floor", "1")["id"]
    return made


def read(text: str) -> list[tuple[int, str]]:
    """Read a file of codes."""
    return [(line.line, line.code) for line in read_lines(io.StringIO(text, newline=""))]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("\n\r\n  \n", []),
        ("AAA\nBBB", [(1, "AAA"), (2, "BBB")]),
        ("\ufeffcode\r\nAAA\r\n\r\nBBB\r\n", [(2, "AAA"), (4, "BBB")]),
        ("Codes\nAAA\n", [(2, "AAA")]),
        ("\n\ncode\nAAA\n", [(4, "AAA")]),
        ('id,name,CODE\n1,one,AAA\n2,"two\ntoo",BBB\n3,three,CCC\n', [(2, "AAA"), (3, "BBB"), (5, "CCC")]),
        ("id;code\n1;A,A\n", [(2, "A,A")]),
        ("code\tid\nAAA\t1\n", [(2, "AAA")]),
        ('"code"\n"A""A"\n"B,B"\n', [(2, 'A"A'), (3, "B,B")]),
        ("id,code\n1\n2,BBB\n,\n", [(2, ""), (3, "BBB")]),
        ("AAA,\nBBB\n", [(1, "AAA"), (2, "BBB")]),
        ("AAA\rBBB\r", [(1, "AAA"), (2, "BBB")]),
        ("code", []),
    ],
)
def test_codes_are_found(text: str, lines: list[tuple[int, str]]) -> None:
    """Header, delimiter, quotes, marks and line ends of all kinds are understood, and lines keep their numbers."""
    assert read(text) == lines


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AAA,1\nBBB,2\n", "csv_header_missing"),
        ("id,name\n1,AAA\n", "csv_header_missing"),
        ('code\nAAA\n"BBB\nCCC\n', "csv_malformed"),
        ('code\n"A"A\n', "csv_malformed"),
    ],
)
def test_unreadable_file_is_refused(text: str, code: str) -> None:
    """Columns without a header and quotes that do not pair are refused with the line."""
    with pytest.raises(InvalidValue) as caught:
        read(text)
    assert caught.value.code == code


def test_codes_are_imported_and_found(couponry: CommandLine, campaign: str, tmp_path: Path) -> None:
    """Imported codes are found however they are typed, and exported as they were written."""
    path = tmp_path / "old.csv"
    path.write_text("customer,code\nanna,Spring-Oil-17\nbert,summer 99\n")
    report = couponry.json("import", campaign, path)
    assert (report["imported"], report["bad_lines"]) == (2, [])
    assert couponry.json("coupon", "show", "SPRING-011-I7")["code"] == "Spring-Oil-17"
    codes = [item["code"] for item in couponry.json("export", report["batch"]["id"])["data"]]
    assert sorted(codes) == ["Spring-Oil-17", "summer 99"]


def test_codes_come_from_standard_input(couponry: CommandLine, campaign: str) -> None:
    """`-` reads a list from a pipe."""
    ran = couponry.run("import", campaign, "-", "--inactive", stdin=b"AAAA-1111\nBBBB-2222\n")
    assert ran.code == 0
    assert "imported  2" in ran.out
    assert couponry.run("redeem", "aaaa1111").err == "refused: not_activated\n"


def test_bad_lines_are_all_listed_and_nothing_is_stored(couponry: CommandLine, campaign: str, tmp_path: Path) -> None:
    """Every bad line is named with its number, as text and as JSON, and nothing is stored."""
    path = tmp_path / "old.csv"
    path.write_text("code\nGOOD-1234\nWELCOME1O\ngood 1234\n---\nFINE-5678\n")
    ran = couponry.run("import", campaign, path)
    assert (ran.code, ran.out) == (1, "")
    first, *bad_lines = ran.err.splitlines()
    assert first.startswith("refused: import_rejected: 3 of 5 lines")
    assert [line.split()[1] for line in bad_lines] == ["3:", "4:", "5:"]
    complaint = couponry.run("import", campaign, path, "--json").complaint
    assert complaint["code"] == "import_rejected"
    assert [(bad["line"], bad["reason"]) for bad in complaint["bad_lines"]] == [
        (3, "code_taken"),
        (4, "code_repeated"),
        (5, "code_invalid"),
    ]
    assert couponry.run("coupon", "show", "GOOD-1234").code == 1


def test_partial_import_stores_the_good_lines(couponry: CommandLine, campaign: str, tmp_path: Path) -> None:
    """With --partial the good lines are stored and the bad ones listed."""
    path = tmp_path / "old.txt"
    path.write_text("GOOD-1234\n---\n")
    ran = couponry.run("import", campaign, path, "--partial")
    assert ran.code == 0
    assert ran.err.startswith("left out: line 2: '---' code_invalid")
    assert couponry.json("coupon", "show", "good1234")["status"] == "activated"


def test_repeated_key_imports_once(couponry: CommandLine, campaign: str, tmp_path: Path) -> None:
    """The same import under one key answers the same."""
    path = tmp_path / "old.txt"
    path.write_text("GOOD-1234\n")
    command = ["import", campaign, path, "--idempotency-key", "once"]
    assert couponry.json(*command) == couponry.json(*command)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import_size_out_of_range"),
        (b"code\n", "import_size_out_of_range"),
        (b"\xff\xfeA\x00", "file_not_utf8"),
        (b"A,B\n", "csv_header_missing"),
    ],
)
def test_file_that_cannot_be_read_is_wrong_usage(
    couponry: CommandLine, campaign: str, tmp_path: Path, content: bytes, code: str
) -> None:
    """An empty file, one in another encoding and one with unnamed columns are refused."""
    path = tmp_path / "old.csv"
    path.write_bytes(content)
    ran = couponry.run("import", campaign, path, "--json")
    assert (ran.code, ran.complaint["code"]) == (2, code)


def test_weak_list_is_refused_with_the_number(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """A list that is easy to guess is refused by the campaign's floor, and the number is told."""
    campaign = couponry.json("campaign", "create", "Weak", "--access")["id"]
    ran = couponry.run("import", campaign, "-", "--json", stdin=b"A1\nA2\nA3\n")
    assert (ran.code, ran.complaint["code"]) == (1, "guess_resistance_too_low")
    assert ran.complaint["values"]["guess_floor"] == 10**6
    assert campaigns
