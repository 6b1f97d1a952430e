"""The command line as tests use it: in this process where answers matter, as the command where processes do."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from couponry.cli.program import run

COMMAND = Path(sys.executable).with_name("couponry")


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:  # noqa: ANN401  # JSON
        """The one JSON value on standard output, where nothing else may be."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def complaint(self) -> dict[str, Any]:
        """The one JSON object on standard error, where nothing else may be."""
        assert self.err.count("\n") == 1, self.err
        found: dict[str, Any] = json.loads(self.err)
        return found


@dataclass(frozen=True)
class CommandLine:
    """Runs commands on one data folder."""

    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, stdin: bytes = b"") -> Ran:
        """Run a command in this process."""
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._environment().items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run([str(argument) for argument in arguments])
        return Ran(code, _written(out), _written(err))

    def json(self, *arguments: object) -> Any:  # noqa: ANN401  # JSON
        """Run a command that succeeds, and give its answer."""
        ran = self.run(*arguments, "--json")
        assert ran.code == 0, ran
        return ran.answer

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start the installed command in a process of its own."""
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, process: subprocess.Popen[bytes]) -> Ran:
        """Wait for a command that was started."""
        out, err = process.communicate(timeout=60)
        return Ran(process.returncode, out.decode(), err.decode())

    def _environment(self) -> dict[str, str]:
        return {"COUPONRY_DATA": str(self.data), "COUPONRY_TENANT": "", **self.environment}


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
