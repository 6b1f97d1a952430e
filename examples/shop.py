"""A shop: somebody with a key who talks to a Couponry server over HTTP."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import quote

import httpx

TIMEOUT_SECONDS = 120
SYMBOLS = "ABCDEFGHJKMNPQRSTVWXYZ"


class SurpriseError(Exception):
    """The server did something else than it should."""


class ShopClosedError(Exception):
    """There is no talking to the server."""


class Shop:
    """Asks the server, and insists on the answers that a story expects."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=self.url, headers=self.headers, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        self.get("/v1/campaigns?limit=1")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, status: int = 200) -> dict[str, Any]:
        """Read something."""
        return self._json("GET", path, status)

    def post(self, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
        """Make something, once whatever happens."""
        return self._json("POST", path, status, json=body, headers={"Idempotency-Key": secrets.token_hex(16)})

    def post_csv(self, path: str, text: str, status: int = 201) -> dict[str, Any]:
        """Send a CSV."""
        return self._json("POST", path, status, content=text.encode(), headers={"Content-Type": "text/csv"})

    def coupon(self, typed: str, status: int = 200) -> dict[str, Any]:
        """Look a code up, however it is typed."""
        return self.get(f"/v1/coupons/{quote(typed, safe='')}", status)

    def redeem(self, typed: str, amount: int, status: int = 201) -> dict[str, Any]:
        """Use a code on an order of one product at a price in cents."""
        return self.post("/v1/redemptions", {"code": typed, "order": order_of(amount)}, status)

    @contextmanager
    def download(self, path: str) -> Iterator[Iterator[bytes]]:
        """Read a file as it comes."""
        try:
            with self._client.stream("GET", path) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise SurpriseError(f"GET {path} answered {answer.status_code}: {answer.read().decode()}")
                yield answer.iter_bytes()
        except httpx.HTTPError as error:
            raise self._closed(error) from error

    def _json(self, method: str, path: str, status: int, **content: Any) -> dict[str, Any]:  # noqa: ANN401
        try:
            answer = self._client.request(method, path, **content)
        except httpx.HTTPError as error:
            raise self._closed(error) from error
        if answer.status_code != status:
            raise SurpriseError(f"{method} {path} answered {answer.status_code}, not {status}: {answer.text}")
        try:
            body: dict[str, Any] = answer.json()
        except ValueError as error:
            raise SurpriseError(f"{method} {path} answered no JSON: {answer.text[:200]!r}") from error
        return body

    def _closed(self, error: httpx.HTTPError) -> ShopClosedError:
        return ShopClosedError(f"The server at {self.url} does not answer ({type(error).__name__}: {error}).")


def order_of(amount: int) -> dict[str, Any]:
    """Write an order of one product at a price in cents."""
    return {"currency": "EUR", "lines": [{"product": "sku-1", "quantity": 1, "unit_amount": amount}]}


def fresh(length: int = 5) -> str:
    """Draw letters that set this run's codes apart from those of the runs before; none of them looks like a digit."""
    return "".join(secrets.choice(SYMBOLS) for _ in range(length))


def expect(what: str, actual: object, expected: object) -> None:
    """Insist on what a story expects."""
    if actual != expected:
        raise SurpriseError(f"{what}: expected {expected!r}, got {actual!r}")


def say(text: str) -> None:
    """Tell one thing that was done and seen."""
    print(f"   {text}")
