"""The README's commands, pasted as they are printed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.examples.conftest import COUPONRY, Served

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README shows the API with curl")
def test_the_first_redemption_is_made(server: Served) -> None:
    """A campaign, a million codes and one redemption, with the address of this server in place of the README's."""
    block = next(block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "KEY=" in block)
    script = block.replace("http://127.0.0.1:8080", server.url).replace(".venv/bin/couponry", str(COUPONRY))
    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607  # whichever bash the reader has
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert '"status":"redeemed"' in told.stdout
    assert '"discount":{"amount":375,"currency":"EUR","lines":[375]}' in told.stdout
