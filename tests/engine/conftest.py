"""The engine's fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.house import House, house_at


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Open an engine on a fresh database with one tenant."""
    with house_at(tmp_path / "house.db") as opened:
        yield opened
