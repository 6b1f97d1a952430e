"""Opening: from the settings to the engine, and to the tenant a command is about."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from couponry.bootstrap import open_engine
from couponry.cli.complaints import CommandFailed, UsageRefused
from couponry.config import Config, load
from couponry.domain.commands import IdempotencyKey
from couponry.domain.errors import NotFound
from couponry.engine.engine import Engine
from couponry.engine.idempotency import idempotency_key

ANSWER_SECONDS = 60
"""How long a command waits for the lane at most."""
_LISTED = 10


def settings(data: Path | None) -> Config:
    """Read the settings; `--data` wins over the environment."""
    config = load(os.environ)
    return config if data is None else replace(config, data=data)


@contextmanager
def opened(config: Config) -> Iterator[Engine]:
    """Open the engine, on a fresh database where there is none."""
    engine = open_engine(config)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def existing(data: Path | None) -> Iterator[Engine]:
    """Open the engine on a database that is there; a mistyped folder shall not become an empty one."""
    config = settings(data)
    if not config.database_path.exists():
        raise CommandFailed(
            "database_missing",
            f"There is no database in '{config.data}'. Make one with 'couponry init' (or 'couponry demo'), or name its "
            "folder with --data or COUPONRY_DATA.",
        )
    with opened(config) as engine:
        yield engine


@contextmanager
def for_tenant(data: Path | None, tenant: str | None) -> Iterator[tuple[Engine, str]]:
    """Open the engine and find the tenant a command is about."""
    with existing(data) as engine:
        yield engine, tenant_id_of(engine, tenant)


def tenant_id_of(engine: Engine, given: str | None) -> str:
    """Find a tenant by identifier or name, the identifier first; without either, the only one there is."""
    if given is not None:
        try:
            return engine.tenants.get(given).tenant_id
        except NotFound:
            named = engine.tenants.named(given)
            if named is None:
                raise
            return named.tenant_id
    tenants = engine.tenants.list()
    if not tenants:
        raise TenantMissing
    if len(tenants) > 1:
        names = ", ".join(f"'{tenant.name}'" for tenant in tenants[:_LISTED])
        more = " and more" if len(tenants) > _LISTED else ""
        raise UsageRefused("tenant_ambiguous", f"There are several tenants ({names}{more}); say --tenant NAME.")
    return tenants[0].tenant_id


def key_of(text: str | None, use_case: str, *parts: object) -> IdempotencyKey | None:
    """Build the key of a command, where one was given."""
    return None if text is None else idempotency_key(text, f"cli {use_case}", *parts)


class TenantMissing(NotFound):
    """There is no tenant yet."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("tenant", "")
        self.message = "There is no tenant yet; make one with 'couponry tenant create NAME', or 'couponry demo'."
