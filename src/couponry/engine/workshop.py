"""The tools every use case works with."""

from msgspec import Struct

from couponry.engine.catalogue import Catalogue
from couponry.engine.clock import Clock
from couponry.engine.identifiers import Identifiers
from couponry.engine.keyring import Keyring
from couponry.engine.ports import Store


class Workshop(Struct, frozen=True):
    """Database, clock, names, keys, and what is remembered of the series."""

    store: Store
    clock: Clock
    identifiers: Identifiers
    keyring: Keyring
    catalogue: Catalogue
