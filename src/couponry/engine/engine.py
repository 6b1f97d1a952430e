"""The engine: every use case, behind one door for all surfaces."""

import threading
import time
from collections.abc import Sequence

from couponry.domain.commands import Command, QueryAnswer, Validate
from couponry.domain.world import Outcome
from couponry.engine.batches import Batches
from couponry.engine.campaigns import Campaigns
from couponry.engine.catalogue import POLL_SECONDS, Catalogue
from couponry.engine.clock import Clock
from couponry.engine.coupons import Coupons
from couponry.engine.doctor import Finding, examine
from couponry.engine.events import Events
from couponry.engine.exclusion import Exclusion
from couponry.engine.identifiers import Identifiers
from couponry.engine.imports import Imports
from couponry.engine.keyring import Keyring
from couponry.engine.keys import Keys
from couponry.engine.lane import MAX_BATCH, Lane, carry_commands, carry_questions
from couponry.engine.ports import StorageUnavailable, StorageUnusable, Store, StoreStatistics
from couponry.engine.redemptions import Redemptions
from couponry.engine.stored_codes import remove_abandoned
from couponry.engine.tenants import Tenants
from couponry.engine.workshop import Workshop

_SWEEP_SECONDS = 20
"""How often a process looks for what another one left half done when it died."""


class Engine:
    """All use cases over one database. Threads and coroutines may share it."""

    def __init__(self, store: Store, keyring: Keyring, clock: Clock, *, max_batch: int = MAX_BATCH) -> None:
        """Open the lanes and begin to watch what other processes change.

        Args:
            store: the database, at the schema of this code.
            keyring: the master keys.
            clock: tells the instant.
            max_batch: most commands in one transaction of the lane.

        Raises:
            StorageUnusable: the database was used with a master key that is not in the keyring.
        """
        self._store = store
        identifiers = Identifiers(clock)
        _require_known_keys(store, keyring)
        self._workshop = Workshop(store, clock, identifiers, keyring, Catalogue(store, keyring), Exclusion())
        self._lane_session = store.lane_session()
        self._read_session = store.read_session()
        self.lane: Lane[Command, Outcome] = Lane(
            "lane", carry_commands(self._lane_session, clock, identifiers), max_batch=max_batch
        )
        self.questions: Lane[Validate, QueryAnswer] = Lane(
            "questions", carry_questions(self._read_session, clock), max_batch=max_batch
        )
        self.tenants = Tenants(self._workshop)
        self.keys = Keys(self._workshop)
        self.campaigns = Campaigns(self._workshop)
        self.batches = Batches(self._workshop)
        self.imports = Imports(self._workshop)
        self.coupons = Coupons(self._workshop, self.lane, self.questions)
        self.redemptions = Redemptions(self._workshop, self.lane, self.questions)
        self.events = Events(self._workshop)
        self._is_closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="catalogue", daemon=True)
        self._watcher.start()

    def sweep(self) -> int:
        """Remove what processes left half done when they died; returns how many batches. A running engine does so."""
        return remove_abandoned(self._workshop)

    def doctor(self) -> Sequence[Finding]:
        """Look at everything that must hold; see `doctor.examine`."""
        return examine(self._workshop)

    def storage_statistics(self) -> StoreStatistics:
        """Tell how often the database was asked since it was opened."""
        return self._store.statistics()

    def is_ready(self) -> bool:
        """Tell whether requests can be served: the database answers and the lane is open."""
        return not self._is_closing.is_set() and self._store.is_alive()

    def close(self) -> None:
        """Answer what is queued, refuse the rest, and close the database."""
        self._is_closing.set()
        self._watcher.join()
        self.lane.close()
        self.questions.close()
        self._lane_session.close()
        self._read_session.close()
        self._store.close()

    def _watch(self) -> None:
        swept_at = time.monotonic()
        while not self._is_closing.wait(POLL_SECONDS):
            try:
                self._workshop.catalogue.poll()
                if time.monotonic() - swept_at >= _SWEEP_SECONDS:
                    swept_at = time.monotonic()
                    self.sweep()
            except StorageUnavailable:
                continue  # requests meet the same and say so; the next turn tries again


def _require_known_keys(store: Store, keyring: Keyring) -> None:
    """Refuse a database whose codes these keys cannot read; remember the current key in a fresh one."""
    with store.read() as reader:
        known = reader.key_checks()
    missing = sorted(key_id for key_id in known if key_id not in keyring)
    if missing:
        raise StorageUnusable(
            f"The database was used with master key {', '.join(missing)}, which is not here: its codes could not be "
            "read. Restore the key file that belongs to it, or set COUPONRY_MASTER_KEY."
        )
    if keyring.current_key_id not in known:
        with store.write() as writer:
            if keyring.current_key_id not in writer.key_checks():  # another process may have been first
                writer.insert_key_check(keyring.current_key_id, keyring.current_key_id)
