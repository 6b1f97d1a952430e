"""Authentication: a bearer key, and the scopes it has."""

from collections.abc import Mapping
from typing import Final

from litestar.concurrency import sync_to_thread

from couponry.domain.tenants import ApiKey
from couponry.engine.engine import Engine
from couponry.http.problems import RequestProblem

_MAX_KEY_BYTES: Final = 256
_REALM: Final = b'Bearer realm="couponry"'


async def authenticate(engine: Engine, headers: Mapping[bytes, bytes]) -> ApiKey:
    """Find the key of a request, or raise 401; unknown and revoked keys answer alike."""
    header = headers.get(b"authorization")
    if header is None:
        raise RequestProblem(
            "not_authenticated",
            "The request carries no API key; send it as 'Authorization: Bearer <key>'.",
            headers=((b"www-authenticate", _REALM),),
        )
    method, _, text = header.partition(b" ")
    text = text.strip()
    if method.lower() == b"bearer" and text.isascii() and 1 <= len(text) <= _MAX_KEY_BYTES:
        written = text.decode()
        key = engine.keys.remembered(written) or await sync_to_thread(engine.keys.authenticate, written)
        if key is not None:
            return key
    raise RequestProblem(
        "not_authenticated",
        "The API key is unknown or was revoked; send a valid one as 'Authorization: Bearer <key>'.",
        headers=((b"www-authenticate", _REALM + b', error="invalid_token"'),),
    )


def require_scope(key: ApiKey, scope: str) -> None:
    """Accept a key that has a scope, or raise 403 naming it."""
    if scope not in key.scopes:
        raise RequestProblem(
            "scope_missing",
            f"The key lacks the scope {scope}.",
            headers=((b"www-authenticate", _REALM + f', error="insufficient_scope", scope="{scope}"'.encode()),),
            scope=scope,
        )
