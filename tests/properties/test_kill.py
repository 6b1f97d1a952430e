"""A server that is killed under load has kept every answer it gave, once.

The server is the real one, started as an operator starts it and ended with `kill -9`.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

CALLERS = 16
ACKNOWLEDGED_BEFORE_KILL = 150
ROUNDS = 2
WAIT_SECONDS = 60
ORDER = {"currency": "EUR", "lines": [{"quantity": 1, "unit_amount": 700}, {"quantity": 3, "unit_amount": 100}]}
REQUEST = {"code": "TORTURE", "order": ORDER}
CREDIT = 10**9
CAP = 10_000

Answer = dict[str, Any]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")


class Server:
    """One life of a server."""

    def __init__(self, data: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.environment = {**os.environ, "COUPONRY_DATA": str(data), "COUPONRY_PORT": str(port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "couponry", "serve", "--json"], env=self.environment, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.client = httpx.Client(
            base_url=ready["base_url"],
            headers={"Authorization": f"Bearer {ready['demo']['api_key']}"},
            timeout=WAIT_SECONDS,
            limits=httpx.Limits(max_connections=CALLERS + 4),
            trust_env=False,
        )

    def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        return self.client.post(path, json=body, headers={} if key is None else {"Idempotency-Key": key})

    def made(self, path: str, body: object) -> Answer:
        answer: Answer = self.post(path, body).raise_for_status().json()
        return answer

    def read(self, path: str) -> Answer:
        answer: Answer = self.client.get(path).raise_for_status().json()
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(WAIT_SECONDS)

    def close(self) -> None:
        self.kill()
        self.client.close()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def doctor(self) -> list[Answer]:
        command = [sys.executable, "-m", "couponry", "doctor", "--json"]
        told = subprocess.run(command, env=self.environment, capture_output=True, check=False, timeout=WAIT_SECONDS)
        findings: list[Answer] = json.loads(told.stdout)
        return findings


@contextmanager
def served(data: Path) -> Iterator[Server]:
    server = Server(data)
    try:
        yield server
    finally:
        server.close()


def redemptions_of(server: Server, campaign: str) -> list[Answer]:
    """Read all redemptions of a campaign, page by page."""
    found: list[Answer] = []
    cursor = ""
    while True:
        page = server.read(f"/v1/redemptions?campaign={campaign}&limit=100{cursor}")
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def redeem_until_killed(server: Server, round_number: int) -> tuple[dict[str, Answer], set[str]]:
    """Redeem from many callers, kill the server in their midst; the answers by key, and all keys that were sent."""
    acknowledged: dict[str, Answer] = {}
    sent: set[str] = set()
    enough = threading.Event()

    def call(caller: int) -> None:
        for number in range(100_000):
            key = f"round {round_number} caller {caller} number {number}"
            sent.add(key)
            try:
                response = server.post("/v1/redemptions", REQUEST, key)
            except httpx.TransportError:
                return
            assert response.status_code == 201, response.text
            acknowledged[key] = response.json()
            if len(acknowledged) >= ACKNOWLEDGED_BEFORE_KILL:
                enough.set()

    with ThreadPoolExecutor(CALLERS) as pool:
        calls = [pool.submit(call, caller) for caller in range(CALLERS)]
        assert enough.wait(WAIT_SECONDS)
        server.kill()
        for one in calls:
            one.result(WAIT_SECONDS)
    return acknowledged, sent


@pytest.mark.parametrize(
    ("benefit", "limits"),
    [
        ({"type": "amount", "amount_off": 300, "currency": "EUR"}, {"max_redemptions": CAP}),
        ({"type": "credit", "amount": CREDIT, "currency": "EUR"}, {}),
    ],
    ids=["capped", "credit"],
)
def test_every_acknowledged_redemption_survives_a_kill_once(tmp_path: Path, benefit: Answer, limits: Answer) -> None:
    """After each kill every answer is there, equal requests get it again, and counters and ledger are right."""
    acknowledged: dict[str, Answer] = {}
    sent: set[str] = set()
    body = {"name": "Torture", "code": "TORTURE", "benefit": benefit, "limits": limits}
    campaign = ""
    for round_number in range(ROUNDS):
        with served(tmp_path) as server:
            campaign = campaign or server.made("/v1/campaigns", body)["id"]
            check_books(server, campaign, acknowledged, sent)
            answers, keys = redeem_until_killed(server, round_number)
            acknowledged |= answers
            sent |= keys
    with served(tmp_path) as server:
        check_books(server, campaign, acknowledged, sent)
        check_replays(server, campaign, acknowledged, sent)


def check_books(server: Server, campaign: str, acknowledged: dict[str, Answer], sent: set[str]) -> None:
    """See that all that was acknowledged is there, once, and that nothing is there that was not asked for."""
    found = [one["id"] for one in redemptions_of(server, campaign)]
    assert len(set(found)) == len(found) <= len(sent)
    assert {one["id"] for one in acknowledged.values()} <= set(found)
    assert all(finding["is_ok"] for finding in server.doctor())


def check_replays(server: Server, campaign: str, acknowledged: dict[str, Answer], sent: set[str]) -> None:
    """Send every request again: each key ends with one redemption, the acknowledged ones with the same."""
    with ThreadPoolExecutor(CALLERS) as pool:
        keys = sorted(sent)
        responses = list(pool.map(lambda key: server.post("/v1/redemptions", REQUEST, key), keys))
    for key, response in zip(keys, responses, strict=True):
        if key in acknowledged:
            assert response.json() == acknowledged[key]
        else:
            assert response.status_code in {201, 409}, response.text
            acknowledged.update({key: response.json()} if response.status_code == 201 else {})
    found = redemptions_of(server, campaign)
    assert sorted(one["id"] for one in found) == sorted(one["id"] for one in acknowledged.values())
    statistics = server.read(f"/v1/campaigns/{campaign}/statistics")
    assert statistics["redeemed"] == statistics["redemptions"] == len(acknowledged)
    given = sum(one["discount"]["amount"] for one in acknowledged.values())
    assert statistics["discounts"] == [{"currency": "EUR", "amount": given}]
    coupon = server.read("/v1/coupons/TORTURE")
    if coupon["balance"] is not None:
        assert coupon["balance"] == CREDIT - given
    assert all(finding["is_ok"] for finding in server.doctor())


def test_an_import_that_is_killed_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """After a kill in the middle no code of a list exists, and the list can be imported once the rest is cleared."""
    codes = [f"LIST-{number:06}" for number in range(20_000)]
    with served(tmp_path) as server:
        body = {"name": "List", "benefit": {"type": "access"}, "guess_floor": 1}
        campaign = server.made("/v1/campaigns", body)["id"]
        with ThreadPoolExecutor(1) as pool:
            importing = pool.submit(server.post, f"/v1/campaigns/{campaign}/imports", {"codes": codes})
            while not has_loaded_some(tmp_path) and not importing.done():
                pass
            server.kill()
            is_acknowledged = importing.exception() is None
    with served(tmp_path) as server:
        issued = server.read(f"/v1/campaigns/{campaign}/statistics")["issued"]
        is_there = server.client.get(f"/v1/coupons/{codes[0]}").status_code == 200
        assert (issued, is_there) in {(0, False), (len(codes), True)}
        assert is_there or not is_acknowledged


def has_loaded_some(data: Path) -> bool:
    """Tell whether the write-ahead log has grown by a chunk of codes."""
    log = data / "couponry.db-wal"
    return log.exists() and log.stat().st_size > 1_500_000
