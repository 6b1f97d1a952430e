"""The tools every use case works with."""

from msgspec import Struct

from couponry.engine.catalogue import Catalogue
from couponry.engine.clock import Clock
from couponry.engine.exclusion import Exclusion
from couponry.engine.identifiers import Identifiers
from couponry.engine.keyring import Keyring
from couponry.engine.ports import Store


class Workshop(Struct, frozen=True):
    """Database, clock, names, keys, what is remembered of the series, and turns for what is done once at a time."""

    store: Store
    clock: Clock
    identifiers: Identifiers
    keyring: Keyring
    catalogue: Catalogue
    exclusion: Exclusion
