"""API keys: made, recognised, revoked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from couponry.domain.errors import InvalidValue, NotFound
from couponry.domain.tenants import PUBLISHABLE_SCOPES, SCOPES, KeyKind
from couponry.engine.catalogue import Catalogue
from couponry.engine.exclusion import Exclusion
from couponry.engine.identifiers import Identifiers
from couponry.engine.keyring import Keyring
from couponry.engine.keys import Keys, NewKey
from couponry.engine.ports import Reader, Store
from couponry.engine.workshop import Workshop
from tests.engine.house import MASTER_KEY, House


def made(house: House, kind: KeyKind = KeyKind.SECRET) -> NewKey:
    return house.engine.keys.create(house.tenant, kind, "till").value


def test_a_key_is_recognised_by_its_text_alone(house: House) -> None:
    """The text leads to tenant, kind and scopes; it is not stored."""
    new = made(house)
    assert new.text is not None
    assert house.engine.keys.authenticate(new.text) == new.key
    assert new.key.scopes == SCOPES
    assert new.text not in str(house.engine.keys.list(house.tenant))
    assert new.text.encode() not in house.path.read_bytes()


@pytest.mark.parametrize("text", ["", "ck_", "ck_live_wrong", "x" * 40, "ck_" + "x" * 200, "ck_ü", "ck_\ud800"])
def test_another_text_is_no_key(house: House, text: str) -> None:
    """Unknown and malformed texts are nobody's key."""
    assert house.engine.keys.authenticate(text) is None


@pytest.mark.parametrize(
    ("kind", "is_sandbox", "prefix"),
    [
        (KeyKind.SECRET, False, "ck_live_"),
        (KeyKind.SECRET, True, "ck_test_"),
        (KeyKind.PUBLISHABLE, False, "pk_live_"),
        (KeyKind.PUBLISHABLE, True, "pk_test_"),
    ],
)
def test_a_key_tells_its_kind(house: House, kind: KeyKind, is_sandbox: bool, prefix: str) -> None:  # noqa: FBT001  # a table
    """Prefixes say who may hold a key and whether it is for trying out."""
    house.tenant = house.engine.tenants.create("Another", is_sandbox=is_sandbox).tenant_id
    text = made(house, kind).text
    assert text is not None
    assert text.startswith(prefix)
    assert len(text) == len(prefix) + 32


def test_a_revoked_key_is_refused_at_once(house: House) -> None:
    """A key that was just recognised is refused right after it is revoked; revoking again changes nothing."""
    new = made(house)
    assert new.text is not None
    assert house.engine.keys.authenticate(new.text) is not None
    revoked = house.engine.keys.revoke(house.tenant, new.key.key_id)
    assert house.engine.keys.authenticate(new.text) is None
    assert house.engine.keys.revoke(house.tenant, new.key.key_id) == revoked
    assert house.engine.keys.list(house.tenant) == [revoked]


class InterruptedStore:
    """A store between whose first read and the next step another caller gets in."""

    def __init__(self, store: Store, interruption: Callable[[], object]) -> None:
        self._store = store
        self._interruption: Callable[[], object] | None = interruption

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with self._store.read() as reader:
            yield reader
        interruption, self._interruption = self._interruption, None
        if interruption is not None:
            interruption()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_a_key_revoked_while_it_is_recognised_is_not_remembered(house: House) -> None:
    """A request that read the key just before it was revoked is the last one it opens."""
    new = made(house)
    assert new.text is not None
    store = InterruptedStore(house.store, lambda: house.engine.keys.revoke(house.tenant, new.key.key_id))
    keyring = Keyring((MASTER_KEY,))
    workshop = Workshop(
        store,  # type: ignore[arg-type]  # it is one, by delegation
        house.clock,
        Identifiers(house.clock),
        keyring,
        Catalogue(house.store, keyring),
        Exclusion(),
    )
    keys = Keys(workshop)
    keys.authenticate(new.text)
    assert keys.authenticate(new.text) is None


def test_recognising_a_known_key_does_not_ask_the_database(house: House) -> None:
    """A key is read once, until something of its tenant changes."""
    new = made(house)
    assert new.text is not None
    house.engine.keys.authenticate(new.text)
    before = house.store.statistics().reads
    for _ in range(1000):
        assert house.engine.keys.authenticate(new.text) is not None
    assert house.store.statistics().reads - before < 10  # the engine's watcher alone


def test_a_publishable_key_gets_its_few_scopes(house: House) -> None:
    """Without a word about it, a publishable key may do all that such a key may."""
    assert made(house, KeyKind.PUBLISHABLE).key.scopes == PUBLISHABLE_SCOPES


@pytest.mark.parametrize(
    ("name", "scopes", "code"),
    [
        ("", None, "name_out_of_range"),
        ("x" * 101, None, "name_out_of_range"),
        ("a\0b", None, "text_not_storable"),
        ("till", (), "scopes_missing"),
        ("till", ("all",), "scope_unknown"),
    ],
)
def test_a_wrong_key_is_not_made(house: House, name: str, scopes: tuple[str, ...] | None, code: str) -> None:
    """A name and scopes out of range are refused."""
    with pytest.raises(InvalidValue) as refusal:
        house.engine.keys.create(house.tenant, KeyKind.SECRET, name, scopes)
    assert refusal.value.code == code
    assert house.engine.keys.list(house.tenant) == []


def test_another_tenants_key_is_not_found(house: House) -> None:
    """Keys are revoked by their own tenant only, and made for tenants that exist."""
    new = made(house)
    stranger = house.engine.tenants.create("Other").tenant_id
    with pytest.raises(NotFound):
        house.engine.keys.revoke(stranger, new.key.key_id)
    with pytest.raises(NotFound):
        house.engine.keys.create("ten_none", KeyKind.SECRET, "till")
