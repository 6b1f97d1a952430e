"""Tenants and their API keys."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from couponry.domain.errors import InvalidValue


class Tenant(Struct, frozen=True):
    """An account.

    Attributes:
        parent_id: the account above it, or None.
        is_sandbox: whether it is for trying things out; its keys say `test`.
    """

    tenant_id: str
    parent_id: str | None
    name: str
    is_sandbox: bool
    created_at: datetime


class KeyKind(StrEnum):
    """Who may hold a key."""

    SECRET = "secret"  # noqa: S105  # the name of a kind, no password
    """The tenant's own servers."""
    PUBLISHABLE = "publishable"
    """Anybody: it may ask, and is told no more than the public."""


class ApiKey(Struct, frozen=True):
    """A key, without its secret.

    Attributes:
        digest: SHA-256 of the whole key, in hexadecimal; the key has 160 random bits, so a plain hash is enough.
        hint: its first characters, to tell keys apart.
        scopes: what it may do, of `SCOPES`.
        revoked_at: since when it is refused, or None.
    """

    tenant_id: str
    key_id: str
    kind: KeyKind
    name: str
    digest: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


SCOPES = (
    "campaigns:read",
    "campaigns:write",
    "codes:read",
    "codes:write",
    "coupons:read",
    "coupons:write",
    "validations:write",
    "redemptions:read",
    "redemptions:write",
    "events:read",
    "keys:read",
    "keys:write",
)
PUBLISHABLE_SCOPES = ("validations:write",)


def require_scopes(scopes: tuple[str, ...], kind: KeyKind) -> tuple[str, ...]:
    """Accept the scopes of a new key.

    Args:
        scopes: at least one.
        kind: a publishable key may have `PUBLISHABLE_SCOPES` only.

    Returns:
        them, each once, in the order of `SCOPES`.

    Raises:
        InvalidValue: `scope_unknown`, `scope_not_for_publishable_key`, or `scopes_missing`.
    """
    allowed = SCOPES if kind is KeyKind.SECRET else PUBLISHABLE_SCOPES
    for scope in scopes:
        if scope not in SCOPES:
            raise InvalidValue(
                "scope_unknown", f"There is no scope '{scope[:64]}'; scopes are {', '.join(SCOPES)}.", field="scopes"
            )
        if scope not in allowed:
            raise InvalidValue(
                "scope_not_for_publishable_key",
                f"A publishable key may have {', '.join(allowed)} only, not {scope}.",
                field="scopes",
            )
    if not scopes:
        raise InvalidValue("scopes_missing", "A key needs at least one scope.", field="scopes")
    return tuple(scope for scope in allowed if scope in scopes)
