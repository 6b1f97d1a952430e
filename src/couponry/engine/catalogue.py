"""The catalogue: what a process remembers of each tenant's series and batches, to read codes without the database."""

import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from couponry.domain.alphabets import alphabet_from_text
from couponry.domain.batches import Batch, SeriesRow
from couponry.domain.codes import canonical, squash
from couponry.domain.commands import CouponRef, IdRef, SeriesRef, StoredRef
from couponry.domain.errors import InvalidValue
from couponry.domain.ids import series_coupon_id, split_coupon_id
from couponry.domain.patterns import Pattern
from couponry.domain.series import Series
from couponry.engine.keyring import Keyring
from couponry.engine.ports import Reader, Store

POLL_SECONDS = 0.25
"""How long a process may take to notice what another one minted, imported or revoked."""


class SeriesSpace(Struct, frozen=True):
    """One series, ready to read codes.

    Attributes:
        row: what is stored of it.
        series: its cipher.
        first_indices: first index of each batch, ascending.
        batches: the batches, in the same order.
        taken: indices that adopted codes have taken, ascending; shape (row.adopted_count,) or less.
    """

    row: SeriesRow
    series: Series
    first_indices: tuple[int, ...]
    batches: tuple[Batch, ...]
    taken: np.ndarray[tuple[int], np.dtype[np.int64]]

    def reference(self, index: int, code: str | None = None) -> SeriesRef | None:
        """Name the coupon at an index, or None where the index was not issued; `code` saves making it anew."""
        place = bisect_right(self.first_indices, index) - 1
        if place < 0 or self.is_taken(index):
            return None
        batch = self.batches[place]
        if batch.end_index is None or index >= batch.end_index:
            return None
        coupon_id = series_coupon_id(self.row.series_id, index)
        return SeriesRef(batch, index, coupon_id, self.series.encode(index) if code is None else code)

    @property
    def live_count(self) -> int:
        """How many codes of the shape exist: issued ones, and adopted ones that still lie ahead."""
        ahead = len(self.taken) - int(np.searchsorted(self.taken, self.row.next_index))
        return self.row.next_index + ahead

    def may_hold_stored(self, index: int | None) -> bool:
        """Tell whether a stored code can have the shape of this series' codes and read as an index, or as none.

        A stored code that reads as an index has taken it. Where look-alikes are symbols of their own, another
        spelling of it may have come, so that any may be meant; likewise for codes that fit the shape and read as no
        index, which only a keyed tail allows.
        """
        if index is not None and self.is_taken(index):
            return True
        is_exact = not self.series.alphabet.has_look_alikes
        return self.row.adopted_count > (len(self.taken) if is_exact else 0)

    def is_taken(self, index: int) -> bool:
        """Tell whether an adopted code has an index."""
        if not len(self.taken):
            return False
        place = int(np.searchsorted(self.taken, index))
        return place < len(self.taken) and int(self.taken[place]) == index


class TenantCatalogue(Struct, frozen=True):
    """All series of a tenant, at one version of the catalogue."""

    version: int
    spaces: tuple[SeriesSpace, ...]
    by_length: dict[int, tuple[SeriesSpace, ...]]
    by_id: dict[str, SeriesSpace]

    def resolve(self, typed: str, *, takes_ids: bool = True) -> CouponRef | None:
        """Tell which coupon a text means, by arithmetic as far as that goes.

        Args:
            typed: a code however typed, or a coupon's identifier.
            takes_ids: whether identifiers count; who knows one knows those of its neighbours, so the public's do not.

        Returns:
            the coupon's place in a series; or the stored row to look for; or None when no coupon can have the text,
            so that the database need not be asked.
        """
        parts = split_coupon_id(typed) if takes_ids else None
        if parts is not None:
            return self._resolve_id(typed, *parts)
        try:
            squashed = squash(typed)
        except InvalidValue:
            return None
        may_be_stored = True
        for space in self.by_length.get(len(squashed), ()):
            reading = space.series.read(squashed)
            if reading is not None:
                reference = None if reading.index is None else space.reference(reading.index, reading.code)
                if reference is not None:
                    return reference
                may_be_stored = space.may_hold_stored(reading.index)
        return StoredRef(canonical(squashed)) if may_be_stored else None

    def _resolve_id(self, coupon_id: str, series_id: str, index: int) -> CouponRef | None:
        space = self.by_id.get(series_id)
        return IdRef(coupon_id) if space is None else space.reference(index)


class Catalogue:
    """Catalogues of all tenants that were asked for, kept up to date.

    A change made through this process is seen at once (`refresh` after the commit); one made by another process
    within POLL_SECONDS, by `poll`. Neither makes a limit wrong: the lane reads campaigns and coupons under lock.
    """

    def __init__(self, store: Store, keyring: Keyring) -> None:
        """Begin with nothing loaded."""
        self._store = store
        self._keyring = keyring
        self._tenants: dict[str, TenantCatalogue] = {}
        self._lock = threading.Lock()

    def of(self, tenant_id: str) -> TenantCatalogue:
        """Give a tenant's catalogue, loading it on first use."""
        return self._tenants.get(tenant_id) or self.refresh(tenant_id)

    def version_of(self, tenant_id: str) -> int | None:
        """Tell the version of a tenant's catalogue in memory; None where none is loaded."""
        known = self._tenants.get(tenant_id)
        return None if known is None else known.version

    def resolve(self, tenant_id: str, typed: str, *, takes_ids: bool = True) -> CouponRef | None:
        """Tell which coupon of a tenant a text means; see `TenantCatalogue.resolve`."""
        return self.of(tenant_id).resolve(typed, takes_ids=takes_ids)

    def refresh(self, tenant_id: str) -> TenantCatalogue:
        """Read a tenant's series and new batches.

        Args:
            tenant_id: whose.

        Returns:
            the catalogue as of now.
        """
        with self._lock, self._store.read() as reader:
            known = self._tenants.get(tenant_id)
            version = reader.catalogue_version(tenant_id)
            if known is None or known.version != version:
                known = self._load(reader, tenant_id, version, known)
                self._tenants[tenant_id] = known
            return known

    def poll(self) -> list[str]:
        """Refresh every loaded tenant whose catalogue another process has changed.

        Returns:
            the tenants that had changed.
        """
        with self._store.read() as reader:
            versions = reader.catalogue_versions()
        stale = [
            tenant_id for tenant_id, known in list(self._tenants.items()) if versions.get(tenant_id, 0) != known.version
        ]
        for tenant_id in stale:
            self.refresh(tenant_id)
        return stale

    def cipher(self, row: SeriesRow) -> Series:
        """Build the cipher of a series.

        Args:
            row: what is stored of it.

        Returns:
            the cipher.

        Raises:
            KeyError: the master key it was made with is missing.
        """
        key = self._keyring.series_key(row.key_id, row.series_id)
        return Series(Pattern.parse(row.pattern), alphabet_from_text(row.alphabet), key)

    def _load(self, reader: Reader, tenant_id: str, version: int, known: TenantCatalogue | None) -> TenantCatalogue:
        before = known.by_id if known is not None else {}
        spaces = tuple(self._space(reader, row, before.get(row.series_id)) for row in reader.series(tenant_id))
        by_length: dict[int, list[SeriesSpace]] = {}
        for space in spaces:
            by_length.setdefault(len(space.series.pattern.skeleton), []).append(space)
        return TenantCatalogue(
            version=version,
            spaces=spaces,
            by_length={length: tuple(group) for length, group in by_length.items()},
            by_id={space.row.series_id: space for space in spaces},
        )

    def _space(self, reader: Reader, row: SeriesRow, known: SeriesSpace | None) -> SeriesSpace:
        """Read what is new of a series: batches are only ever added at its end."""
        batches: tuple[Batch, ...] = known.batches if known is not None else ()
        end = (batches[-1].end_index or 0) if batches else 0
        if row.next_index > end:
            batches += tuple(reader.ranges(row.tenant_id, row.series_id, end))
        if known is not None and known.row.adopted_count == row.adopted_count:
            taken = known.taken
        else:
            taken = _ascending(reader.taken_indices(row.tenant_id, row.series_id, 0) if row.adopted_count else ())
        return SeriesSpace(
            row=row,
            series=known.series if known is not None else self.cipher(row),
            first_indices=tuple(batch.first_index or 0 for batch in batches),
            batches=batches,
            taken=taken,
        )


def _ascending(indices: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(indices, dtype=np.int64)


def spaces_that_collide(spaces: Iterable[SeriesRow], pattern: Pattern, alphabet_text: str) -> list[SeriesRow]:
    """List the series whose codes could be read as codes of another pattern.

    Args:
        spaces: the tenant's series.
        pattern: the other pattern.
        alphabet_text: its alphabet.

    Returns:
        those series.
    """
    alphabet = alphabet_from_text(alphabet_text)
    return [
        row
        for row in spaces
        if pattern.collides_with(alphabet, Pattern.parse(row.pattern), alphabet_from_text(row.alphabet))
    ]
