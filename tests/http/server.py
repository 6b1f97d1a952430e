"""A real server on this machine, and a tenant to talk to it as."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from couponry.bootstrap import create_app, open_engine
from couponry.config import Config
from couponry.domain.tenants import KeyKind
from couponry.engine.engine import Engine

Json = dict[str, Any]
EURO_15_PERCENT: Json = {"type": "percent", "percent_off": "15"}
ORDER: Json = {
    "id": "A-1",
    "currency": "EUR",
    "lines": [{"product": "sku-1", "quantity": 2, "unit_amount": 1250}],
}
_numbers = count()


class Tenant:
    """A fresh tenant with a key for everything, a publishable key, and a client that speaks as it."""

    def __init__(self, engine: Engine, base_url: str) -> None:
        """Make the tenant."""
        self.engine = engine
        self.base_url = base_url
        self.tenant_id = engine.tenants.create(f"tenant {next(_numbers)}").tenant_id
        self.key = self.new_key()
        self.http = self.client(self.key)

    def new_key(self, *scopes: str, kind: KeyKind = KeyKind.SECRET) -> str:
        """Make a key; without scopes it may do all."""
        text = self.engine.keys.create(self.tenant_id, kind, "test", scopes or None).value.text
        assert text is not None
        return text

    def client(self, key: str | None) -> httpx.Client:
        """Open a client that sends a key, or none."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=30, trust_env=False)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Post JSON, or nothing; underscores in header names stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        if content is not None:
            named["Content-Type"] = "application/json"
        return self.http.post(path, content=content, headers=named)

    def campaign(self, **fields: object) -> Json:
        """Make a campaign."""
        answer = self.post("/v1/campaigns", {"name": "Test", "benefit": EURO_15_PERCENT, **fields})
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def codes(self, count_: int, *, is_active: bool = True, **fields: object) -> list[str]:
        """Make a campaign and mint codes of it."""
        campaign = self.campaign(**{"pattern": "T-####-####-####", **fields})
        batch = self.post(f"/v1/campaigns/{campaign['id']}/batches", {"count": count_, "is_active": is_active}).json()
        lines = self.http.get(f"/v1/batches/{batch['id']}/codes").text.splitlines()
        return lines[1:]

    def code(self, *, is_active: bool = True, **fields: object) -> str:
        """Make a campaign and one code of it."""
        return self.codes(1, is_active=is_active, **fields)[0]

    def things(self) -> dict[str, str]:
        """Make one of everything; gives the names by the variable parts of paths."""
        code = self.code()
        redemption = self.post("/v1/redemptions", {"code": code}).json()
        batches = self.http.get(f"/v1/campaigns/{redemption['campaign']}/batches").json()["data"]
        return {
            "campaign_id": redemption["campaign"],
            "batch_id": batches[0]["id"],
            "redemption_id": redemption["id"],
            "key_id": self.http.get("/v1/keys").json()["data"][0]["id"],
            "code": code,
        }


def wire_problem(answer: httpx.Response) -> tuple[int, str]:
    """Read status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"] == f"/problems/{body['code']}"
    return answer.status_code, body["code"]


@contextmanager
def serving(data: Path) -> Iterator[tuple[Engine, str]]:
    """Serve a fresh database on a free port; gives the engine and the server's address."""
    config = Config(data=data)
    engine = open_engine(config)
    settings = uvicorn.Config(
        create_app(engine, config), port=0, log_config=None, access_log=False, ws="none", http="httptools"
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield engine, f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
        engine.close()
