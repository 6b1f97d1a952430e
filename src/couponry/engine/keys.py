"""Use cases of API keys: make, list, revoke, and recognise."""

import hashlib
import secrets
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from couponry.domain.commands import IdempotencyKey
from couponry.domain.errors import Conflict, InvalidValue, NotFound
from couponry.domain.events import Event, EventType
from couponry.domain.ids import to_base32
from couponry.domain.tenants import PUBLISHABLE_SCOPES, SCOPES, ApiKey, KeyKind, Tenant, require_scopes
from couponry.domain.texts import require_text
from couponry.engine.idempotency import Done, keep, kept
from couponry.engine.workshop import Workshop

_SECRET_SYMBOLS = 32
_HINT_LENGTH = 12
MAX_NAME_LENGTH = 100
MAX_KEY_LENGTH = 100


class NewKey(Struct, frozen=True):
    """A key that was just made.

    Attributes:
        text: the key itself, told this once; None when the request is replayed.
    """

    key: ApiKey
    text: str | None


class Keys:
    """Use cases of API keys.

    A key that was recognised is remembered with the version of its tenant's catalogue at which it was read, and read
    anew once the version is another, so that what is read while somebody revokes it is not kept.
    """

    def __init__(self, workshop: Workshop) -> None:
        """Take the tools of the house."""
        self._workshop = workshop
        self._known: dict[str, tuple[ApiKey, int]] = {}

    def create(
        self,
        tenant_id: str,
        kind: KeyKind,
        name: str,
        scopes: tuple[str, ...] | None = None,
        key: IdempotencyKey | None = None,
        *,
        creator_scopes: tuple[str, ...] | None = None,
        text: str | None = None,
    ) -> Done[NewKey]:
        """Make a key.

        Args:
            tenant_id: whose.
            kind: who may hold it.
            name: what the tenant calls it, 1 to 100 characters.
            scopes: what it may do; None for all that its kind, and its creator, may have.
            key: of the request.
            creator_scopes: what the key that asks for it may do, which is the most it can pass on; None for the
                operator, who may do everything.
            text: the key to use instead of a fresh one, of 100 characters at most.

        Returns:
            the key, with its text unless this is a replay.

        Raises:
            NotFound: no such tenant.
            Conflict: `scope_not_held`.
            InvalidValue: `name_out_of_range`, `text_not_storable`, or as `tenants.require_scopes`.
        """
        if not 1 <= len(name) <= MAX_NAME_LENGTH:
            raise InvalidValue("name_out_of_range", f"name must have 1 to {MAX_NAME_LENGTH} characters.", field="name")
        require_text(name, "name")
        granted = _granted(kind, scopes, creator_scopes)
        now = self._workshop.clock.now()
        with self._workshop.store.write() as writer:
            tenant = writer.tenant(tenant_id)
            if tenant is None:
                raise NotFound("tenant", tenant_id)
            if (done := kept(writer, tenant_id, key, NewKey)) is not None:
                return done
            text = text or fresh_text(tenant, kind)
            made = ApiKey(
                tenant_id=tenant_id,
                key_id=self._workshop.identifiers.new("key"),
                kind=kind,
                name=name,
                digest=digest_of(text),
                hint=text[:_HINT_LENGTH],
                scopes=granted,
                created_at=now,
                revoked_at=None,
            )
            writer.insert_key(made)
            writer.append_events([self._event(made, EventType.KEY_CREATED)])
            keep(writer, tenant_id, key, NewKey(made, None), now)
        return Done(NewKey(made, text))

    def list(self, tenant_id: str) -> Sequence[ApiKey]:
        """List a tenant's keys, oldest first, revoked ones too."""
        with self._workshop.store.read() as reader:
            return reader.keys(tenant_id)

    def revoke(self, tenant_id: str, key_id: str) -> ApiKey:
        """Revoke a key; this process refuses it at once, others within `catalogue.POLL_SECONDS`.

        Args:
            tenant_id: whose.
            key_id: which.

        Returns:
            the key; unchanged when it was revoked before.

        Raises:
            NotFound: no such key.
        """
        with self._workshop.store.write() as writer:
            found = next((key for key in writer.keys(tenant_id) if key.key_id == key_id), None)
            if found is None:
                raise NotFound("key", key_id)
            if found.revoked_at is not None:
                return found
            revoked = replace(found, revoked_at=self._workshop.clock.now())
            writer.update_key(revoked)
            writer.append_events([self._event(revoked, EventType.KEY_REVOKED)])
            writer.touch_catalogue(tenant_id)
        self._workshop.catalogue.refresh(tenant_id)
        return revoked

    def remembered(self, text: str) -> ApiKey | None:
        """Recognise a key without asking the database; None where only `authenticate` can tell.

        Args:
            text: as the caller sent it.
        """
        known, version = self._known.get(digest_of(text), (None, 0))
        is_current = known is not None and self._workshop.catalogue.version_of(known.tenant_id) == version
        return known if is_current else None

    def authenticate(self, text: str) -> ApiKey | None:
        """Recognise a key.

        Args:
            text: as the caller sent it.

        Returns:
            the key, or None when it is unknown or revoked.
        """
        if len(text) > MAX_KEY_LENGTH or not text.startswith(("ck_", "pk_")):
            return None
        known = self.remembered(text)
        if known is not None:
            return known
        digest = digest_of(text)
        with self._workshop.store.read() as reader:
            known = reader.key_by_digest(digest)
            version = 0 if known is None else reader.catalogue_version(known.tenant_id)
        if known is None or known.revoked_at is not None:
            self._known.pop(digest, None)
            return None
        self._workshop.catalogue.of(known.tenant_id)
        self._known[digest] = known, version
        return known

    def _event(self, key: ApiKey, event_type: EventType) -> Event:
        return Event(
            tenant_id=key.tenant_id,
            event_id=self._workshop.identifiers.new("evt"),
            type=event_type,
            subject_id=key.key_id,
            data={"name": key.name, "hint": key.hint},
            created_at=key.revoked_at or key.created_at,
        )


def _granted(kind: KeyKind, scopes: tuple[str, ...] | None, creator_scopes: tuple[str, ...] | None) -> tuple[str, ...]:
    """Tell what a new key may do; a key that could do more than the one that makes it is refused."""
    held = SCOPES if creator_scopes is None else creator_scopes
    if scopes is None:
        allowed = SCOPES if kind is KeyKind.SECRET else PUBLISHABLE_SCOPES
        scopes = tuple(scope for scope in allowed if scope in held)
    granted = require_scopes(scopes, kind)
    missing = [scope for scope in granted if scope not in held]
    if missing:
        raise Conflict(
            "scope_not_held",
            f"The key that asks does not have {', '.join(missing)} itself, so it cannot pass that on.",
            scope=missing[0],
        )
    return granted


def fresh_text(tenant: Tenant, kind: KeyKind) -> str:
    """Make the text of a key that nobody can guess: 160 random bits."""
    return key_text(tenant, kind, to_base32(secrets.randbits(5 * _SECRET_SYMBOLS), _SECRET_SYMBOLS))


def key_text(tenant: Tenant, kind: KeyKind, secret: str) -> str:
    """Write a key.

    Args:
        tenant: whose; a sandbox's keys say `test`.
        kind: who may hold it.
        secret: 32 symbols, unguessable.

    Returns:
        `ck_live_…`, `ck_test_…`, `pk_live_…` or `pk_test_…`.
    """
    return f"{'ck' if kind is KeyKind.SECRET else 'pk'}_{'test' if tenant.is_sandbox else 'live'}_{secret}"


def digest_of(text: str) -> str:
    """Hash a key; it has 160 random bits, so that no slow hash is needed."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
