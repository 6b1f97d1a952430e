"""Redemptions per second over HTTP, against a trivial JSON POST to the same server in the same run."""

from pathlib import Path
from statistics import median
from typing import Final

from couponry.bench.client import HOST, Client, serving
from couponry.bench.figures import Detail, Effort, Figure, Target, figure, milliseconds, per_round
from couponry.bench.load import GeneratorError, Plan, Round, Seen, generate, post
from couponry.bench.server import BARE_PATH, TRIVIAL_PATH

NAME: Final = "http_redemptions"
TARGET: Final = Target(">=", 0.333)
CONNECTIONS: Final = 64
_REDEMPTIONS: Final = 8_000
_TRIVIAL: Final = 20_000
_CAP: Final = 10**9
_CREATED: Final = "201"
_OK: Final = "200"


def measure(effort: Effort, folder: Path) -> Figure:
    """Send redemptions, trivial posts and bare ones in turn over 64 kept connections."""
    counts = (effort.count(_REDEMPTIONS, CONNECTIONS), effort.count(_TRIVIAL, CONNECTIONS))
    with serving(folder) as client:
        rounds = [turn for number in range(effort.rounds + 1) for turn in _rounds(client, number, *counts)]
        seen = generate(Plan(HOST, client.port, CONNECTIONS, rounds))
        _check(seen)
    seen = seen[3:]  # the first of each warms up
    redemptions, trivial, bare = (
        [turn.per_second for turn in seen if turn.name == name] for name in ("redemption", "trivial", "bare")
    )
    ratios = per_round(redemptions, trivial)
    detail: Detail = {
        "per_second": round(median(redemptions)),
        "trivial_per_second": round(median(trivial)),
        "bare_asgi_per_second": round(median(bare)),
        "ratio_to_bare_asgi": round(median(per_round(redemptions, bare)), 3),
        "connections": CONNECTIONS,
        "redemption": milliseconds([wait for turn in seen if turn.name == "redemption" for wait in turn.waits]),
        "ratios": ratios,
    }
    return figure(NAME, median(ratios), "of what a trivial JSON POST reaches", TARGET, detail)


def _rounds(client: Client, number: int, redemption_count: int, trivial_count: int) -> list[Round]:
    batch_id = client.mint(client.campaign(max_redemptions=_CAP), redemption_count)
    codes = client.codes(batch_id, redemption_count)
    question = {"code": codes[0], "customer": "c-42"}
    key = client.api_key
    return [
        Round("redemption", [redemption_request(key, code, f"bench-{number}-{code}") for code in codes]),
        Round("trivial", [post(TRIVIAL_PATH, question, {})] * trivial_count),
        Round("bare", [post(BARE_PATH, question, {})] * trivial_count),
    ]


def redemption_request(api_key: str, code: str, idempotency_key: str) -> bytes:
    """Write the request of a shop that redeems a code on an order."""
    body = {
        "code": code,
        "customer": "c-42",
        "order": {"id": "A-1", "currency": "EUR", "lines": [{"product": "sku-1", "quantity": 2, "unit_amount": 1250}]},
    }
    return post("/v1/redemptions", body, {"Authorization": f"Bearer {api_key}", "Idempotency-Key": idempotency_key})


def _check(seen: list[Seen]) -> None:
    for turn in seen:
        expected = _CREATED if turn.name == "redemption" else _OK
        if set(turn.statuses) != {expected}:
            raise GeneratorError(f"{turn.name}: expected {expected} only, got {turn.statuses}")
