"""The keyring: master keys, and the series keys that follow from them."""

from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from couponry.domain.errors import InvalidValue

MASTER_KEY_BYTES = 32


class Keyring:
    """Master keys by identifier. New series use the current one; older ones keep decoding with theirs.

    A key's identifier is derived from the key, so that the database can tell which one it was used with.
    """

    def __init__(self, master_keys: tuple[bytes, ...]) -> None:
        """Take the keys.

        Args:
            master_keys: MASTER_KEY_BYTES secret bytes each, at least one; the last is the current one.

        Raises:
            InvalidValue: `master_key_invalid`.
        """
        if not master_keys or any(len(key) != MASTER_KEY_BYTES for key in master_keys):
            raise InvalidValue("master_key_invalid", f"A master key has {MASTER_KEY_BYTES} bytes.")
        self._keys: Mapping[str, bytes] = {key_id_of(key): key for key in master_keys}
        self.current_key_id = key_id_of(master_keys[-1])

    def __contains__(self, key_id: str) -> bool:
        """Tell whether the key of an identifier is here."""
        return key_id in self._keys

    def series_key(self, key_id: str, series_id: str) -> bytes:
        """Derive the key of a series by HKDF-SHA256 (RFC 5869).

        Args:
            key_id: the master key it was made with.
            series_id: the series' identifier.

        Returns:
            32 secret bytes.

        Raises:
            KeyError: no such master key here.
        """
        return _derived(self._keys[key_id], f"couponry series {series_id}", 32)

    def demo_secret(self, name: str) -> bytes:
        """Derive a secret of the demo tenant, so that it is the same at every start of one installation.

        Args:
            name: which.

        Returns:
            20 secret bytes.
        """
        return _derived(next(iter(self._keys.values())), f"couponry demo {name}", 20)


def key_id_of(master_key: bytes) -> str:
    """Name a master key without telling anything about it: 16 hexadecimal digits derived from it."""
    return _derived(master_key, "couponry key id", 8).hex()


def _derived(master_key: bytes, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose.encode()).derive(master_key)
