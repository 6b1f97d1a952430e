"""A flash sale: one code for everybody, 500 places, 2,000 buyers at once."""

import asyncio
import ssl
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import httpx
from shop import TIMEOUT_SECONDS, Shop, ShopClosedError, SurpriseError, expect, fresh, order_of, say

PLACES = 500
BUYERS = 2_000
CONNECTIONS = 200
DOORS = 20
SOLD_OUT = {"reason": "limit_reached", "limit": "max_redemptions", "max": PLACES, "used": PLACES}


def tell(shop: Shop) -> None:
    """Open the sale, let everybody in, and count."""
    code = f"FLASH-{fresh(8)}"
    campaign = shop.post(
        "/v1/campaigns",
        {
            "name": code,
            "code": code,
            "benefit": {"type": "percent", "percent_off": "50"},
            "limits": {"max_redemptions": PLACES},
        },
    )
    say(f"{code} takes half off, {PLACES} times. {BUYERS:,} buyers come over {CONNECTIONS} connections.")
    begun = time.monotonic()
    try:
        answers = asyncio.run(rush(shop, code))
    except httpx.HTTPError as error:
        raise ShopClosedError(f"a buyer was sent away: {type(error).__name__}: {error}") from error
    seconds = time.monotonic() - begun
    expect("answers", Counter(answer.status_code for answer in answers), {201: PLACES, 409: BUYERS - PLACES})
    for answer in answers:
        if answer.status_code != httpx.codes.CREATED:
            expect("refusal", answer.json()["refusals"], [SOLD_OUT])
    redemptions = {answer.json()["id"] for answer in answers if answer.status_code == httpx.codes.CREATED}
    expect("different redemptions", len(redemptions), PLACES)
    say(f"Exactly {PLACES} succeeded, {BUYERS - PLACES:,} were told that all {PLACES} are taken ({seconds:.1f} s).")
    report = shop.get(f"/v1/campaigns/{campaign['id']}/statistics")
    expect("redeemed", report["redeemed"], PLACES)
    expect("redemptions", report["redemptions"], PLACES)
    repeat(shop, code, answers)
    say("Statistics agree. A buyer who asks again under the same key gets the same answer and no second place.")


async def rush(shop: Shop, code: str) -> list[httpx.Response]:
    """Let all buyers in at once, through doors that have some connections each: one door for all is slow in httpx."""
    limits = httpx.Limits(max_connections=CONNECTIONS // DOORS, max_keepalive_connections=CONNECTIONS // DOORS)
    trusted = ssl.create_default_context()
    timeout = httpx.Timeout(TIMEOUT_SECONDS)
    async with AsyncExitStack() as stack:
        doors = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=shop.url, headers=shop.headers, timeout=timeout, limits=limits, verify=trusted
                )
            )
            for _ in range(DOORS)
        ]
        return await asyncio.gather(*(buy(doors[buyer % DOORS], code, buyer) for buyer in range(BUYERS)))


async def buy(door: httpx.AsyncClient, code: str, buyer: int) -> httpx.Response:
    """Ask for a place."""
    return await door.post("/v1/redemptions", json=purchase(code, buyer), headers=key(code, buyer))


def repeat(shop: Shop, code: str, answers: list[httpx.Response]) -> None:
    """Ask once more what a lucky buyer asked."""
    buyer = next(buyer for buyer, answer in enumerate(answers) if answer.status_code == httpx.codes.CREATED)
    again = httpx.post(
        f"{shop.url}/v1/redemptions",
        json=purchase(code, buyer),
        headers={**shop.headers, **key(code, buyer)},
        timeout=TIMEOUT_SECONDS,
    )
    if again.json() != answers[buyer].json():
        raise SurpriseError(f"the same request got another answer: {again.status_code} {again.text}")
    expect("Idempotent-Replayed", again.headers.get("Idempotent-Replayed"), "true")


def purchase(code: str, buyer: int) -> dict[str, Any]:
    """Write what a buyer asks for."""
    return {"code": code, "customer": f"buyer-{buyer}", "order": order_of(9_900)}


def key(code: str, buyer: int) -> dict[str, str]:
    """Write the header that makes a buyer's request count once."""
    return {"Idempotency-Key": f"{code}-{buyer}"}
