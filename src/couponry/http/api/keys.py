"""API keys over HTTP."""

from typing import Final

import msgspec

from couponry.domain.tenants import ApiKey, KeyKind
from couponry.http.answers import Answer, json_answer
from couponry.http.api.shapes_in import NewKeyRequest
from couponry.http.api.shapes_out import KeyBody, Listing, NewKeyBody
from couponry.http.calls import Call, replayed

_new: Final = msgspec.json.Decoder(NewKeyRequest)


def create(call: Call) -> Answer:
    """Make a key; its text is told this once."""
    body = call.decoded(_new)
    done = call.engine.keys.create(
        call.tenant_id,
        KeyKind(body.kind),
        body.name,
        None if body.scopes is None else tuple(body.scopes),
        call.idempotency("keys.create", body),
        creator_scopes=call.key.scopes,
    )
    fields = msgspec.structs.asdict(key_body(done.value.key))
    answer = json_answer(NewKeyBody(**fields, key=done.value.text), 201, *replayed(is_replay=done.is_replay))
    answer.headers.append((b"cache-control", b"no-store"))
    return answer


def index(call: Call) -> Answer:
    """List the keys, oldest first, revoked ones too."""
    return json_answer(Listing([key_body(key) for key in call.engine.keys.list(call.tenant_id)], None))


def revoke(call: Call) -> Answer:
    """Revoke a key."""
    return json_answer(key_body(call.engine.keys.revoke(call.tenant_id, call.arguments["key_id"])))


def key_body(key: ApiKey) -> KeyBody:
    """Write a key, without its secret."""
    return KeyBody(
        id=key.key_id,
        kind=key.kind.value,
        name=key.name,
        hint=key.hint,
        scopes=key.scopes,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )
