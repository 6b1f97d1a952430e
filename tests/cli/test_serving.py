"""The server as a process: ready, beside commands, and stopped."""

import json
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.cli.commands import CommandLine


class Served:
    """A running server with what it said when it was ready."""

    def __init__(self, couponry: CommandLine, port: int, *options: str) -> None:
        self.couponry = CommandLine(couponry.data, {"COUPONRY_PORT": str(port)})
        self.process = self.couponry.start("serve", *options)

    def line(self) -> str:
        """Read one line of what it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; returns the exit code and what standard error got."""
        self.process.send_signal(number)
        ran = self.couponry.finish(self.process)
        return ran.code, ran.err


@pytest.fixture
def served(couponry: CommandLine, free_port: int) -> Iterator[Served]:
    """Start a server and stop it whatever happens."""
    server = Served(couponry, free_port, "--json")
    yield server
    if server.process.poll() is None:
        server.process.kill()
    server.process.communicate()


def test_server_says_how_to_try_it(served: Served) -> None:
    """The three lines it prints work when pasted, and every address answers."""
    ready = json.loads(served.line())
    assert served.couponry.json("demo") == ready["demo"]
    for url in (ready["urls"]["docs"], ready["urls"]["openapi"], ready["urls"]["health"]):
        assert httpx.get(url).status_code == 200
    answers = [
        json.loads(subprocess.run(shlex.split(line), capture_output=True, check=True).stdout)
        for line in ready["try"].values()
    ]
    minted, verdict, redemption = answers
    assert minted["count"] == 5
    assert verdict["valid"]
    assert redemption["discount"] == {"amount": 250, "currency": "EUR", "lines": [250]}
    assert served.stop() == (0, "")


def test_text_says_the_same(couponry: CommandLine, free_port: int) -> None:
    """Without --json people get addresses, keys and three lines to paste."""
    server = Served(couponry, free_port)
    lines = [server.line()]
    while "Ctrl-C" not in lines[-1]:
        lines.append(server.line())
    assert sum(line.startswith("curl ") for line in lines) == 3
    assert f"http://127.0.0.1:{free_port}/docs" in "".join(lines)
    assert server.stop(signal.SIGINT) == (130, "")


def refusal_of(client: httpx.Client, code: str) -> str:
    """Redeem a code that another process minted, which the server may take a moment to notice."""
    deadline = time.monotonic() + 30
    reason = "code_unknown"
    while reason == "code_unknown" and time.monotonic() < deadline:
        reason = client.post("/v1/redemptions", json={"code": code}).json()["code"]
        time.sleep(0.05)
    return reason


def test_commands_work_beside_the_server(served: Served) -> None:
    """What a command does the server knows, and the other way round."""
    demo: dict[str, Any] = json.loads(served.line())["demo"]
    couponry = served.couponry
    key = couponry.json("key", "create", "shop")["key"]
    batch = couponry.json("mint", demo["campaigns"]["percent"], 3)["id"]
    code = couponry.json("export", batch)["data"][0]["code"]
    with httpx.Client(base_url=demo["base_url"], headers={"Authorization": f"Bearer {key}"}) as client:
        answer = client.get(f"/v1/batches/{batch}/codes")
        assert answer.text.splitlines()[1] == code
        redemption = couponry.json("redeem", code)
        assert refusal_of(client, code) == "limit_reached"
        used = client.post("/v1/redemptions", json={"code": demo["campaigns"]["capped"]["code"]}).json()
    assert couponry.json("rollback", used["id"])["is_full"]
    assert couponry.json("rollback", redemption["id"])["is_full"]
    assert all(finding["is_ok"] for finding in couponry.json("doctor"))
    assert served.stop() == (0, "")


def test_second_start_loses_nothing(served: Served) -> None:
    """What was redeemed before a stop is there after it."""
    demo = json.loads(served.line())["demo"]
    used = httpx.post(
        f"{demo['base_url']}/v1/redemptions",
        json={"code": demo["campaigns"]["static"]["code"]},
        headers={"Authorization": f"Bearer {demo['api_key']}"},
    ).json()
    assert served.stop() == (0, "")
    again = Served(served.couponry, int(demo["base_url"].rpartition(":")[2]), "--json", "--no-demo")
    assert json.loads(again.line())["demo"] is None
    found = httpx.get(
        f"{demo['base_url']}/v1/redemptions/{used['id']}", headers={"Authorization": f"Bearer {demo['api_key']}"}
    )
    assert found.json()["id"] == used["id"]
    assert again.stop() == (0, "")


def test_head_without_end_is_cut_off(served: Served) -> None:
    """A request whose headers never end is answered and closed before it fills the memory."""
    base_url = json.loads(served.line())["base_url"]
    with socket.create_connection(("127.0.0.1", int(base_url.rpartition(":")[2])), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX-Endless: ")
        sent = 0
        answer = b""
        try:
            while sent < 1 << 24:
                client.sendall(b"x" * 65536)
                sent += 65536
        except OSError:
            pass
        try:
            answer = client.recv(64)
        except ConnectionResetError:
            answer = b"HTTP/1.1 431"  # closed while more was on its way
    assert answer.startswith(b"HTTP/1.1 431")
    assert sent < 1 << 24
    assert httpx.get(f"{base_url}/healthz").status_code == 200
    assert served.stop() == (0, "")


def test_port_in_use_is_explained(couponry: CommandLine) -> None:
    """A port that is taken is named in one line, and the database is left alone."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = CommandLine(couponry.data.parent / "fresh", {"COUPONRY_PORT": str(port)}).run("serve", "--json")
    assert (ran.code, ran.out, ran.complaint["code"]) == (1, "", "port_in_use")
    assert not (couponry.data.parent / "fresh").exists()


def test_address_of_another_machine_is_wrong_usage(couponry: CommandLine) -> None:
    """An address that is not this machine's cannot be listened on."""
    elsewhere = CommandLine(couponry.data, {"COUPONRY_HOST": "192.0.2.1"})
    ran = elsewhere.finish(elsewhere.start("serve", "--json"))
    assert (ran.code, ran.complaint["code"]) == (2, "host_unknown")
