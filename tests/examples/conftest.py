"""A real `couponry serve` on fresh data, for everything that talks to a running server."""

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
from typing import NamedTuple

import pytest

COUPONRY = Path(sys.executable).with_name("couponry")
START_SECONDS = 60


class Served(NamedTuple):
    """Where a server is, and how to be let in."""

    url: str
    key: str
    environment: dict[str, str]


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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start `couponry serve` on fresh data once for all tests here."""
    folder = tmp_path_factory.mktemp("served")
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
            yield Served(url, json.loads(demo.stdout)["api_key"], environment)
        finally:
            process.terminate()
            process.wait(timeout=30)
