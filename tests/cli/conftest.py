"""A data folder with the demo tenant, made once and copied for each test."""

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CommandLine


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder to copy."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    assert CommandLine(folder).run("demo").code == 0
    return folder


@pytest.fixture
def couponry(demo_folder: Path, tmp_path: Path) -> CommandLine:
    """Give a command line on a fresh demo."""
    return CommandLine(Path(shutil.copytree(demo_folder, tmp_path / "data")))


@pytest.fixture
def campaigns(couponry: CommandLine) -> dict[str, Any]:
    """Give the campaigns of the demo."""
    found: dict[str, Any] = couponry.json("demo")["campaigns"]
    return found


@pytest.fixture
def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
