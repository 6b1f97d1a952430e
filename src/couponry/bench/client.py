"""A client of the measured server: starts it, asks it, and looks at it from outside."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from couponry.bench.house import fresh_pattern
from couponry.config import DATABASE_NAME

T = TypeVar("T")

HOST: Final = "127.0.0.1"
_TIMEOUT_SECONDS: Final = 600
_STOP_SECONDS: Final = 30
_IDLE_SECONDS: Final = 2
_READ_BYTES: Final = 1 << 18
_FIRST_ERROR: Final = 400
_KIBIBYTE: Final = 1024
_PROGRAM: Final = "from couponry.bench.server import run; run()"
_COUNT_ROWS: Final = """
import json, sqlite3, sys
path, *tables = sys.argv[1:]
connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
print(json.dumps({table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}))
"""


class AnswerError(RuntimeError):
    """The server said no to something the benchmark counts on."""


class Demo(Struct, frozen=True):
    """The tenant that a fresh server has."""

    api_key: str


class Ready(Struct, frozen=True):
    """What the server says when it is ready."""

    demo: Demo


class Named(Struct, frozen=True):
    """A thing that was made."""

    id: str


class Manifest(Struct, frozen=True):
    """What an export is checked against."""

    count: int
    sha256: str


class Client:
    """One kept connection to the server."""

    def __init__(self, port: int, api_key: str, process_id: int, database: Path) -> None:
        """Connect."""
        self.port = port
        self.api_key = api_key
        self.process_id = process_id
        self._database = database
        self._connection = http.client.HTTPConnection(HOST, port, timeout=_TIMEOUT_SECONDS)
        self._asked_at = time.monotonic()
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def post(self, path: str, body: object) -> Named:
        """Make something."""
        self._ask("POST", path, msgspec.json.encode(body))
        return self._read(Named)

    def manifest(self, batch_id: str) -> Manifest:
        """Ask what an export must hold."""
        self._ask("GET", f"/v1/batches/{batch_id}/manifest")
        return self._read(Manifest)

    def campaign(self, *, max_redemptions: int | None = None) -> str:
        """Make a campaign with twelve random positions and return its identifier."""
        body = {
            "name": "Bench",
            "pattern": fresh_pattern(),
            "benefit": {"type": "percent", "percent_off": "15", "max_amount": 2000, "currency": "EUR"},
            "limits": {"max_redemptions": max_redemptions},
        }
        return self.post("/v1/campaigns", body).id

    def mint(self, campaign_id: str, count: int) -> str:
        """Mint a batch and return its identifier."""
        return self.post(f"/v1/campaigns/{campaign_id}/batches", {"count": count}).id

    def export(self, batch_id: str, limit: int) -> Iterator[bytes]:
        """Read codes as CSV, as they come."""
        self._ask("GET", f"/v1/batches/{batch_id}/codes?format=csv&limit={limit}")
        answer = self._connection.getresponse()
        if answer.status >= _FIRST_ERROR:
            raise AnswerError(answer.read().decode())
        while piece := answer.read1(_READ_BYTES):
            yield piece

    def codes(self, batch_id: str, count: int) -> list[str]:
        """Read the first codes of a batch."""
        return b"".join(self.export(batch_id, count)).decode().split()[1:]

    def row_counts(self, *tables: str) -> dict[str, int]:
        """Count rows in the database file, as somebody would who knows nothing of Couponry."""
        command = [sys.executable, "-c", _COUNT_ROWS, str(self._database), *tables]
        counted = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603  # ourselves
        return msgspec.json.decode(counted, type=dict[str, int])

    def memory_bytes(self) -> int:
        """Tell the memory that the server's process holds now."""
        return _status_bytes(self.process_id, "VmRSS")

    def peak_memory_bytes(self) -> int:
        """Tell the most memory it has ever held; where the system does not know, what it holds now."""
        return _status_bytes(self.process_id, "VmHWM")

    def _ask(self, method: str, path: str, body: bytes | None = None) -> None:
        if time.monotonic() - self._asked_at > _IDLE_SECONDS:
            self._connection.close()  # before the server does; it is opened again
        self._connection.request(method, path, body, self._headers)
        self._asked_at = time.monotonic()

    def _read(self, kind: type[T]) -> T:
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status >= _FIRST_ERROR:
            raise AnswerError(body.decode())
        return msgspec.json.decode(body, type=kind)


@contextmanager
def serving(folder: Path) -> Iterator[Client]:
    """Start the server on a fresh database in a folder; it ends with the benchmark, however that ends."""
    port = _free_port()
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COUPONRY_")}
    with subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, "-c", _PROGRAM, str(folder)],
        env={**bare, "COUPONRY_PORT": str(port)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AnswerError("the server did not start; what it said is above")
        ready = msgspec.json.decode(line, type=Ready)
        client = Client(port, ready.demo.api_key, process.pid, folder / DATABASE_NAME)
        try:
            yield client
        finally:
            client.close()
            process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            process.kill()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def timed(work: Iterator[bytes] | Sequence[bytes]) -> tuple[float, int, int]:
    """Take pieces as they come; return seconds, bytes and line feeds."""
    begun = time.perf_counter()
    byte_count = line_count = 0
    for piece in work:
        byte_count += len(piece)
        line_count += piece.count(b"\n")
    return time.perf_counter() - begun, byte_count, line_count


def _status_bytes(process_id: int, name: str) -> int:
    """Read a size from the system's account of a process; `ps` knows where there is none."""
    account = Path(f"/proc/{process_id}/status")
    if account.exists():
        line = next(line for line in account.read_text().splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1]) * _KIBIBYTE
    command = ["ps", "-o", "rss=", "-p", str(process_id)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * _KIBIBYTE  # noqa: S603  # constants
