"""Settings, read once from the environment; a bad one is refused with the name of the variable."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from couponry.engine.keyring import MASTER_KEY_BYTES

MAX_PORT = 65_535
DATABASE_NAME = "couponry.db"
KEY_FILE_NAME = "master.key"


class ConfigError(Exception):
    """A setting is wrong; the message names it and says what would be right."""


class Config(Struct, frozen=True):
    """What an operator decides.

    Attributes:
        host: address to listen on (`COUPONRY_HOST`).
        port: TCP port to listen on, 1 to 65,535 (`COUPONRY_PORT`).
        data: folder of the SQLite database and the key file (`COUPONRY_DATA`).
        master_keys: from `COUPONRY_MASTER_KEY`; empty when the key file is to be used.
        max_body_bytes: largest request body, but for imports (`COUPONRY_MAX_BODY_BYTES`).
        max_import_bytes: largest body of an import (`COUPONRY_MAX_IMPORT_BYTES`).
    """

    host: str = "127.0.0.1"
    port: int = 8080
    data: Path = Path("data")
    master_keys: tuple[bytes, ...] = ()
    max_body_bytes: int = 1 << 20
    max_import_bytes: int = 64 << 20

    @property
    def database_path(self) -> Path:
        """Where the SQLite database is."""
        return self.data / DATABASE_NAME

    @property
    def key_path(self) -> Path:
        """Where the key file is."""
        return self.data / KEY_FILE_NAME

    @property
    def base_url(self) -> str:
        """Where a client on this machine finds the server."""
        host = "127.0.0.1" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104  # compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def load(environment: Mapping[str, str]) -> Config:
    """Read the settings.

    Args:
        environment: usually `os.environ`; an empty value counts as absent.

    Returns:
        the settings, with defaults for what is absent.

    Raises:
        ConfigError: a value cannot be used.
    """
    given = {name: value for name, value in environment.items() if name.startswith("COUPONRY_") and value}
    default = Config()
    return Config(
        host=given.get("COUPONRY_HOST", default.host),
        port=_number(given, "COUPONRY_PORT", default.port, 1, MAX_PORT),
        data=Path(given.get("COUPONRY_DATA", str(default.data))),
        master_keys=parse_master_keys(given.get("COUPONRY_MASTER_KEY", ""), "COUPONRY_MASTER_KEY"),
        max_body_bytes=_number(given, "COUPONRY_MAX_BODY_BYTES", default.max_body_bytes, 1 << 10, 1 << 30),
        max_import_bytes=_number(given, "COUPONRY_MAX_IMPORT_BYTES", default.max_import_bytes, 1 << 10, 1 << 32),
    )


def parse_master_keys(text: str, source: str) -> tuple[bytes, ...]:
    """Read master keys.

    Args:
        text: keys of 64 hexadecimal digits, separated by blanks, commas or line ends; the last is the current one.
        source: where the text is from, for the message.

    Returns:
        the keys; none for a blank text.

    Raises:
        ConfigError: a key is not of that form.
    """
    keys = []
    for word in text.replace(",", " ").split():
        try:
            key = bytes.fromhex(word)
        except ValueError:
            key = b""
        if len(key) != MASTER_KEY_BYTES:
            raise ConfigError(
                f"{source} must hold keys of {2 * MASTER_KEY_BYTES} hexadecimal digits (openssl rand -hex "
                f"{MASTER_KEY_BYTES} makes one); found a word of {len(word)} characters that is none."
            )
        keys.append(key)
    return tuple(keys)


def _number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ConfigError(f"{name} is '{text}'; it must be a whole number from {least} to {most}.")
    return int(text)
