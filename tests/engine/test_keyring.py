"""The keyring: what follows from master keys."""

from pathlib import Path

import pytest

from couponry.domain.errors import InvalidValue
from couponry.engine.keyring import Keyring, key_id_of
from couponry.engine.ports import StorageUnusable
from tests.engine.house import MASTER_KEY, OTHER_MASTER_KEY, house_at


def test_the_last_key_is_the_current_one() -> None:
    """New series use the last key, older ones stay with theirs."""
    keyring = Keyring((MASTER_KEY, OTHER_MASTER_KEY))
    assert keyring.current_key_id == key_id_of(OTHER_MASTER_KEY)
    assert key_id_of(MASTER_KEY) in keyring
    assert key_id_of(b"\1" * 32) not in keyring


def test_every_series_has_a_key_of_its_own() -> None:
    """Series keys differ by series and by master key."""
    keyring = Keyring((MASTER_KEY, OTHER_MASTER_KEY))
    keys = {
        keyring.series_key(key_id_of(master), series)
        for master in (MASTER_KEY, OTHER_MASTER_KEY)
        for series in ("ser_a", "ser_b")
    }
    assert len(keys) == 4
    with pytest.raises(KeyError):
        keyring.series_key("00ff", "ser_a")


def test_demo_secrets_do_not_change_with_the_current_key() -> None:
    """A new master key leaves the demo's keys as they are."""
    one, two = Keyring((MASTER_KEY,)), Keyring((MASTER_KEY, OTHER_MASTER_KEY))
    assert one.demo_secret("x") == two.demo_secret("x") != one.demo_secret("y")


@pytest.mark.parametrize("keys", [(), (b"",), (bytes(31),), (MASTER_KEY, bytes(33))])
def test_a_key_of_another_length_is_refused(keys: tuple[bytes, ...]) -> None:
    """A master key has 32 bytes, and there is at least one."""
    with pytest.raises(InvalidValue):
        Keyring(keys)


def test_a_database_without_its_key_does_not_open(tmp_path: Path) -> None:
    """The message says which key is missing, before a single code is misread."""
    with house_at(tmp_path / "house.db"):
        pass
    with (
        pytest.raises(StorageUnusable, match=key_id_of(MASTER_KEY)),
        house_at(tmp_path / "house.db", keys=(OTHER_MASTER_KEY,)),
    ):
        pass
