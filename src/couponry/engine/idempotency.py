"""Idempotency of use cases outside the lane: the same request under the same key gets the same answer."""

import hashlib
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from couponry.domain.commands import IdempotencyKey
from couponry.domain.errors import Conflict, InvalidValue
from couponry.engine.ports import Reader, Writer

T = TypeVar("T")
MAX_KEY_LENGTH = 255


class Done(Struct, Generic[T], frozen=True):
    """What a use case gives back, and whether it had been carried out before under the same key."""

    value: T
    is_replay: bool = False


def idempotency_key(key_text: str, use_case: str, *parts: object) -> IdempotencyKey:
    """Build the key of a request.

    Args:
        key_text: the caller's key, 1 to MAX_KEY_LENGTH printable ASCII characters.
        use_case: what is asked, such as `redeem`.
        parts: all that was asked, in any form that msgspec can write as JSON.

    Returns:
        the key with the SHA-256 of use case and parts.

    Raises:
        InvalidValue: `idempotency_key_invalid`.
    """
    if not 1 <= len(key_text) <= MAX_KEY_LENGTH or not (key_text.isascii() and key_text.isprintable()):
        raise InvalidValue(
            "idempotency_key_invalid",
            f"An Idempotency-Key has 1 to {MAX_KEY_LENGTH} printable ASCII characters, such as a UUID.",
            field="Idempotency-Key",
        )
    digest = hashlib.sha256(use_case.encode() + b"\n" + msgspec.json.encode(parts, order="sorted"))
    return IdempotencyKey(key_text, digest.hexdigest())


def kept(reader: Reader, tenant_id: str, key: IdempotencyKey | None, kind: type[T]) -> Done[T] | None:
    """Find the answer that was kept under a key.

    Args:
        reader: the transaction.
        tenant_id: whose key.
        key: the request's; None for a request without one.
        kind: what the use case gives back.

    Returns:
        the answer, marked as a replay; None when the request is new.

    Raises:
        Conflict: `idempotency_key_reused` for another request under the key.
    """
    if key is None:
        return None
    result = reader.kept_result(tenant_id, key.key)
    if result is None:
        return None
    if result.fingerprint != key.fingerprint or result.body is None:
        raise Conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request; use a fresh key for each request.",
        )
    return Done(msgspec.json.decode(result.body, type=kind), is_replay=True)


def keep(writer: Writer, tenant_id: str, key: IdempotencyKey | None, value: object, at: datetime) -> None:
    """Keep an answer under a request's key, where it has one.

    Args:
        writer: the transaction that makes the answer true.
        tenant_id: whose key.
        key: the request's.
        value: the answer.
        at: the instant.
    """
    if key is not None:
        writer.keep_result(tenant_id, key.key, key.fingerprint, msgspec.json.encode(value), at)
