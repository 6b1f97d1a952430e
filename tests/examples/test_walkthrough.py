"""The walk-through, told in full to a real server."""

import os
import subprocess
import sys
from pathlib import Path

from tests.examples.conftest import Served, free_port

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "walkthrough.py"


def tell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with these arguments and nothing of our own settings."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COUPONRY_")}
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        env={**bare, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_everything_is_as_it_should_be(server: Served) -> None:
    """The whole walk-through succeeds, and again on the same server."""
    url, key = server.url, server.key
    first = tell("--url", url, "--key", key)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Exactly 500 succeeded" in first.stdout
    second = tell(COUPONRY_URL=url, COUPONRY_KEY=key)
    assert second.returncode == 0, second.stdout + second.stderr


def test_wrong_key_is_told(server: Served) -> None:
    """With a key that is none the walk-through ends at once with what the server said."""
    told = tell("--url", server.url, "--key", "ck_test_wrong")
    assert told.returncode == 1
    assert "401" in told.stderr


def test_server_that_is_not_there_is_told() -> None:
    """Without a server the message names the address."""
    url = f"http://127.0.0.1:{free_port()}"
    told = tell("--url", url, "--key", "ck_test_any")
    assert told.returncode == 1
    assert f"The server at {url} does not answer" in told.stderr


def test_missing_key_is_told() -> None:
    """Without a key the message says where one comes from."""
    told = tell()
    assert told.returncode == 2
    assert "couponry demo --json" in told.stderr
