"""Bootstrap: the one place that knows which parts make up the house, and puts them together."""

import contextlib
import os
import secrets
from collections.abc import Sequence

from litestar import Litestar
from litestar.handlers import BaseRouteHandler

from couponry.config import Config, parse_master_keys
from couponry.engine.clock import Clock, SystemClock
from couponry.engine.engine import Engine
from couponry.engine.keyring import MASTER_KEY_BYTES, Keyring
from couponry.engine.lane import MAX_BATCH
from couponry.engine.ports import StorageUnusable
from couponry.storage.sqlite import open_sqlite, schema_of


def open_engine(config: Config, clock: Clock | None = None, *, max_batch: int = MAX_BATCH) -> Engine:
    """Open the database of a configuration, making and migrating it where needed, and start the engine on it.

    Args:
        config: the settings.
        clock: tells the instant; the machine's when None.
        max_batch: most commands in one transaction of the lane.

    Returns:
        the engine; close it when done.

    Raises:
        StorageUnusable: the database cannot be used as it is, or its key file is missing.
    """
    keyring = open_keyring(config)
    return Engine(open_sqlite(config.database_path), keyring, clock or SystemClock(), max_batch=max_batch)


def migrate(config: Config) -> tuple[str | None, str]:
    """Bring the database of a configuration to this version's schema, making it where there is none.

    Args:
        config: the settings.

    Returns:
        the schema it had (None for a fresh one), and the one it has now.

    Raises:
        StorageUnusable: as `open_engine`.
    """
    before = schema_of(config.database_path)
    open_engine(config).close()
    after = schema_of(config.database_path)
    assert after is not None
    return before, after


def open_keyring(config: Config) -> Keyring:
    """Read the master keys of a configuration; a fresh installation gets one.

    Args:
        config: the settings.

    Returns:
        the keyring.

    Raises:
        StorageUnusable: the key file is missing beside a database, or cannot be read or made.
    """
    if config.master_keys:
        return Keyring(config.master_keys)
    path = config.key_path
    try:
        if not path.exists() and not config.database_path.exists():
            _make_key_file(config)
        if not path.exists():
            raise StorageUnusable(
                f"{config.database_path} is here but its key file {path} is missing; without it no code can be read. "
                "Restore the key file from your backup, or set COUPONRY_MASTER_KEY."
            )
        keys = parse_master_keys(path.read_text(encoding="ascii"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise StorageUnusable(f"The key file {path} cannot be used: {error}.") from error
    if not keys:
        raise StorageUnusable(f"The key file {path} is empty. Restore it from your backup.")
    return Keyring(keys)


def create_app(engine: Engine, config: Config, *, extra_handlers: Sequence[BaseRouteHandler] = ()) -> Litestar:
    """Put all surfaces on one application.

    Args:
        engine: what they talk to.
        config: the settings.
        extra_handlers: routes beside the house's own, such as those of a benchmark.

    Returns:
        the ASGI application.
    """
    from couponry.http.app import build_app  # noqa: PLC0415  # a third of a second that commands need not spend

    return build_app(
        engine,
        extra_handlers=extra_handlers,
        max_body_bytes=config.max_body_bytes,
        max_import_bytes=config.max_import_bytes,
    )


def _make_key_file(config: Config) -> None:
    """Write a fresh master key, readable by its owner only, whole or not at all."""
    config.data.mkdir(parents=True, exist_ok=True)
    draft = config.key_path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(MASTER_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first; its key is the one
            config.key_path.hardlink_to(draft)
    finally:
        draft.unlink()
