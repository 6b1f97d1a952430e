"""Minting and exports on the command line."""

import csv
import hashlib
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CommandLine

COUNT = 1_000


@pytest.fixture
def batch(couponry: CommandLine, campaigns: dict[str, Any]) -> str:
    """Mint a batch."""
    made: str = couponry.json("mint", campaigns["percent"], COUNT)["id"]
    return made


def sha256_of(codes: list[str]) -> str:
    """Digest codes as a manifest does."""
    return hashlib.sha256("".join(f"{code}\n" for code in codes).encode()).hexdigest()


def test_mint_tells_the_batch(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """Minting prints the batch and how to read it."""
    ran = couponry.run("mint", campaigns["percent"], "1000000000")
    assert ran.code == 0
    assert "count         1,000,000,000" in ran.out
    assert "couponry export bat_" in ran.out


def test_mint_beyond_the_floor_is_refused_with_the_number(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """More codes than the guess floor allows are refused with what would be left."""
    ran = couponry.run("mint", campaigns["percent"], str(10**13), "--json")
    assert (ran.code, ran.complaint["code"]) == (1, "guess_resistance_too_low")
    assert ran.complaint["values"]["expected_guesses"] < ran.complaint["values"]["guess_floor"]


def test_csv_agrees_with_its_manifest(couponry: CommandLine, batch: str, tmp_path: Path) -> None:
    """A CSV has the header and every code once, and the manifest is over exactly these."""
    output = tmp_path / "codes.csv"
    manifest = couponry.json("export", batch, "--output", output)
    with output.open(newline="") as file:
        header, *rows = csv.reader(file)
    codes = [row[0] for row in rows]
    assert header == ["code"]
    assert len(set(codes)) == COUNT
    assert manifest == {"batch": batch, "offset": 0, "count": COUNT, "sha256": sha256_of(codes)}
    assert output.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob(".codes*")) == []


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_every_format_has_the_same_codes(couponry: CommandLine, batch: str, form: str) -> None:
    """Standard output gets the codes, standard error the manifest."""
    ran = couponry.run("export", batch, "--format", form, "--offset", "10", "--limit", "5")
    lines = ran.out.splitlines()
    match form:
        case "csv":
            codes = lines[1:]
        case "ndjson":
            codes = [json.loads(line)["code"] for line in lines]
        case _:
            codes = [item["code"] for item in json.loads(ran.out)["data"]]
    assert len(codes) == 5
    assert f"sha256  {sha256_of(codes)}" in ran.err
    whole = couponry.json("export", batch)
    assert [item["code"] for item in whole["data"]][10:15] == codes
    assert whole["manifest"]["count"] == COUNT


def test_range_past_the_batch_is_wrong_usage(couponry: CommandLine, batch: str, tmp_path: Path) -> None:
    """An offset past the end is refused, and no file is left."""
    ran = couponry.run("export", batch, "--offset", COUNT + 1, "--output", tmp_path / "x.csv", "--json")
    assert (ran.code, ran.complaint["code"]) == (2, "offset_out_of_range")
    assert couponry.run("export", batch, "--limit", "0").code == 2
    assert couponry.run("export", batch, "--json", "--format", "csv").code == 2
    assert couponry.run("export", batch, "--output", tmp_path).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_end_of_the_batch_is_empty(couponry: CommandLine, batch: str) -> None:
    """An offset at the end gives no codes and the digest of nothing."""
    whole = couponry.json("export", batch, "--offset", COUNT)
    assert whole["data"] == []
    assert whole["manifest"]["sha256"] == sha256_of([])


def test_export_that_fails_keeps_the_old_file(couponry: CommandLine, batch: str, tmp_path: Path) -> None:
    """A file is replaced only by a complete one."""
    output = tmp_path / "codes.csv"
    output.write_text("precious")
    output.chmod(0o640)
    assert couponry.run("export", "bat_nothing", "--output", output).code == 1
    assert output.read_text() == "precious"
    assert couponry.run("export", batch, "--output", output).code == 0
    assert output.read_text().startswith("code\n")
    assert output.stat().st_mode & 0o777 == 0o640


def test_export_to_a_missing_folder_is_explained(couponry: CommandLine, batch: str, tmp_path: Path) -> None:
    """A folder that is not there is named in one line, with what to do instead; the draft is not named."""
    ran = couponry.run("export", batch, "--output", tmp_path / "nowhere" / "codes.csv")
    assert (ran.code, ran.out) == (1, "")
    assert f"There is no folder '{tmp_path / 'nowhere'}'; make it first, or name a file in another one" in ran.err
    assert ran.err.count("\n") == 1
    assert ".part" not in ran.err


def test_export_to_a_folder_without_rights_is_explained(couponry: CommandLine, batch: str) -> None:
    """A folder in which no file can be made is named, and the draft beside the file is not."""
    if not Path("/proc/self").exists():
        pytest.skip("needs a folder that refuses even root")
    ran = couponry.run("export", batch, "--output", "/proc/codes.csv", "--json")
    assert (ran.code, ran.complaint["code"]) == (1, "output_folder_unusable")
    assert "in the folder '/proc'" in ran.complaint["message"]
    assert ".part" not in ran.complaint["message"]


def test_export_of_one_code_is_verified_in_the_singular(
    couponry: CommandLine, campaigns: dict[str, Any], tmp_path: Path
) -> None:
    """One code is not called codes."""
    single = couponry.json("mint", campaigns["percent"], 1)["id"]
    (tmp_path / "codes.csv").write_text("code\n")
    ran = couponry.run("export", single, "--verify", tmp_path / "codes.csv")
    assert "it ends after 0 of 1 code." in ran.err


def test_export_is_verified(couponry: CommandLine, batch: str, tmp_path: Path) -> None:
    """The very file passes, also as a spreadsheet saves it; anything else does not, and the message says where."""
    path = tmp_path / "codes.csv"
    couponry.json("export", batch, "--output", path)
    text = path.read_text()
    assert couponry.json("export", batch, "--verify", path)["count"] == COUNT
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert couponry.run("export", batch, "--verify", path).code == 0
    lines = text.splitlines()
    faults = {
        "ends after 999 of 1,000": lines[:-1],
        "more than the 1,000 codes": [*lines, "ONE-MORE"],
        "code 7 of 1,000": [*lines[:7], "ANOTHER", *lines[8:]],
        "no header": lines[1:],
        "cannot be read": [*lines, '"'],
    }
    for message, content in faults.items():
        path.write_text("\n".join(content) + "\n")
        ran = couponry.run("export", batch, "--verify", path, "--json")
        assert (ran.code, ran.complaint["code"]) == (1, "verification_failed")
        assert message in ran.complaint["message"]


def test_closed_pipe_ends_quietly(couponry: CommandLine, campaigns: dict[str, Any]) -> None:
    """A reader that has seen enough ends an export of a billion codes at once and without a word."""
    batch = couponry.json("mint", campaigns["percent"], 10**9)["id"]
    export = couponry.start("export", batch)
    assert export.stdout is not None
    head = subprocess.run(["head", "-2"], stdin=export.stdout, capture_output=True, check=True)  # noqa: S607
    export.stdout.close()
    assert export.stderr is not None
    with export.stderr:
        assert export.stderr.read() == b""
    assert export.wait(timeout=30) == 141
    assert head.stdout.startswith(b"code\nDEMO-")


def test_interrupted_export_leaves_nothing(couponry: CommandLine, campaigns: dict[str, Any], tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and without a word, and leaves neither the file nor a part of it."""
    batch = couponry.json("mint", campaigns["percent"], 10**9)["id"]
    export = couponry.start("export", batch, "--output", tmp_path / "codes.csv")
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".codes.csv.*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    export.send_signal(signal.SIGINT)
    ran = couponry.finish(export)
    assert (ran.code, ran.out, ran.err) == (130, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
