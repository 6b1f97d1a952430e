"""The walk-through, told in full to a real server."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "walkthrough.py"
COUPONRY = Path(sys.executable).with_name("couponry")
START_SECONDS = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as own:
        port: int = own.getsockname()[1]
    return port


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Start `couponry serve` on fresh data and give its address and a key."""
    folder = tmp_path_factory.mktemp("walkthrough")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "COUPONRY_PORT": str(port), "COUPONRY_DATA": str(folder / "data")}
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen([COUPONRY, "serve"], env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while not is_ready(url):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            demo = subprocess.run([COUPONRY, "demo", "--json"], env=environment, capture_output=True, check=True)
            yield url, json.loads(demo.stdout)["api_key"]
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_everything_is_as_it_should_be(server: tuple[str, str]) -> None:
    """The whole walk-through succeeds, and again on the same server."""
    url, key = server
    first = tell("--url", url, "--key", key)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Exactly 500 succeeded" in first.stdout
    second = tell(COUPONRY_URL=url, COUPONRY_KEY=key)
    assert second.returncode == 0, second.stdout + second.stderr


def test_wrong_key_is_told(server: tuple[str, str]) -> None:
    """With a key that is none the walk-through ends at once with what the server said."""
    told = tell("--url", server[0], "--key", "ck_test_wrong")
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
