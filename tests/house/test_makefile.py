"""The Makefile: where `make serve` takes its settings from."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ("HOST", "PORT", "DATA")
DEFAULTS = ("127.0.0.1", "8080", "./data")


def served(*arguments: str, **environment: str) -> tuple[str, ...]:
    """Ask make, without running anything, which host, port and folder `make serve` gives the server."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("needs make")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("COUPONRY_", "MAKE", "MFLAGS"))}
    bare = {name: value for name, value in ours.items() if name not in SETTINGS}
    told = subprocess.run(
        [make, "-n", "serve", *arguments],
        cwd=ROOT,
        env={**bare, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    start = next(line for line in told.splitlines() if line.endswith("couponry serve"))
    return tuple(re.findall(r"COUPONRY_(?:HOST|PORT|DATA)='([^']*)'", start))


def test_defaults_stand_alone() -> None:
    """Without a word the server listens on this machine only, and keeps its data in the checkout."""
    assert served() == DEFAULTS


def test_environment_of_others_is_ignored() -> None:
    """A HOST that a shell or conda exports is not ours, nor a PORT or DATA."""
    assert served(HOST="x86_64-conda-linux-gnu", PORT="1", DATA="/elsewhere") == DEFAULTS


def test_own_environment_counts() -> None:
    """COUPONRY_HOST, COUPONRY_PORT and COUPONRY_DATA are ours; an empty one counts as absent."""
    assert served(COUPONRY_HOST="::1", COUPONRY_PORT="9000", COUPONRY_DATA="/a b") == ("::1", "9000", "/a b")
    assert served(COUPONRY_HOST="", COUPONRY_PORT="", COUPONRY_DATA="") == DEFAULTS


def test_command_line_wins() -> None:
    """What is said to make wins over both environments."""
    said = served(
        "PORT=9001", "DATA=/b", HOST="evil", PORT="1", COUPONRY_HOST="::1", COUPONRY_PORT="9000", COUPONRY_DATA="/a"
    )
    assert said == ("::1", "9001", "/b")
