"""Rows of tenants and their keys."""

import msgspec
from msgspec import Struct

from couponry.domain.tenants import ApiKey, KeyKind, Tenant
from couponry.storage.rows.instants import to_instant, to_microseconds

_scopes = msgspec.json.Decoder(tuple[str, ...])


class TenantRow(Struct, array_like=True):
    tenant_id: str
    parent_id: str | None
    name: str
    is_sandbox: int
    created_at: int
    catalogue_version: int


class KeyRow(Struct, array_like=True):
    tenant_id: str
    key_id: str
    kind: str
    name: str
    digest: str
    hint: str
    scopes: str
    created_at: int
    revoked_at: int | None


def tenant_to_row(tenant: Tenant, catalogue_version: int) -> TenantRow:
    return TenantRow(
        tenant_id=tenant.tenant_id,
        parent_id=tenant.parent_id,
        name=tenant.name,
        is_sandbox=int(tenant.is_sandbox),
        created_at=to_microseconds(tenant.created_at),
        catalogue_version=catalogue_version,
    )


def tenant_from_row(row: TenantRow) -> Tenant:
    return Tenant(
        tenant_id=row.tenant_id,
        parent_id=row.parent_id,
        name=row.name,
        is_sandbox=bool(row.is_sandbox),
        created_at=to_instant(row.created_at),
    )


def key_to_row(key: ApiKey) -> KeyRow:
    return KeyRow(
        tenant_id=key.tenant_id,
        key_id=key.key_id,
        kind=key.kind.value,
        name=key.name,
        digest=key.digest,
        hint=key.hint,
        scopes=msgspec.json.encode(key.scopes).decode(),
        created_at=to_microseconds(key.created_at),
        revoked_at=to_microseconds(key.revoked_at),
    )


def key_from_row(row: KeyRow) -> ApiKey:
    return ApiKey(
        tenant_id=row.tenant_id,
        key_id=row.key_id,
        kind=KeyKind(row.kind),
        name=row.name,
        digest=row.digest,
        hint=row.hint,
        scopes=_scopes.decode(row.scopes),
        created_at=to_instant(row.created_at),
        revoked_at=to_instant(row.revoked_at),
    )
