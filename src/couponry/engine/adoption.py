"""Adoption: codes that were not minted but fit a series' shape, so that minting steps over them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from couponry.domain.batches import SeriesRow
from couponry.domain.codes import canonical, squash
from couponry.domain.errors import Conflict
from couponry.domain.series import Series
from couponry.engine.ports import Reader, Writer

_CHUNK = 50_000


class Ciphers(Protocol):
    """Builds the cipher of a series."""

    def cipher(self, row: SeriesRow) -> Series:
        """Build it."""


class Claim(Struct, frozen=True):
    """What stored codes take of one series.

    Attributes:
        indices: the series' indices that become taken.
        fitting_count: codes that fit its shape, readable as an index or not.
    """

    series_id: str
    indices: tuple[int, ...]
    fitting_count: int


class Survey(Struct, frozen=True):
    """What a tenant's series say of codes that are to be stored.

    Attributes:
        minted_places: places in the codes that a series has issued already.
        claims: what the others take of each series they fit.
        series_ids: the series that were looked at.
    """

    minted_places: frozenset[int]
    claims: tuple[Claim, ...]
    series_ids: frozenset[str]


def survey(
    reader: Reader, tenant_id: str, codes: Sequence[str], ciphers: Ciphers, *, known: Collection[str] = ()
) -> Survey:
    """Ask every series of a tenant about codes.

    Args:
        reader: the transaction.
        tenant_id: whose.
        codes: as written, each valid.
        ciphers: builds the ciphers.
        known: series to leave out.

    Returns:
        which codes exist already, and what the others take.
    """
    rows = [row for row in reader.series(tenant_id) if row.series_id not in known]
    by_length: dict[int, list[int]] = {}
    if rows:
        for place, code in enumerate(codes):
            by_length.setdefault(len(squash(code)), []).append(place)
    minted: set[int] = set()
    claims = []
    for row in rows:
        cipher = ciphers.cipher(row)
        places = by_length.get(len(cipher.pattern.skeleton), [])
        issued, claim = _ask(reader, row, cipher, [codes[place] for place in places])
        minted.update(places[place] for place in issued)
        if claim.fitting_count:
            claims.append(claim)
    return Survey(frozenset(minted), tuple(claims), frozenset(row.series_id for row in rows))


def claim_indices(writer: Writer, tenant_id: str, claims: Sequence[Claim]) -> None:
    """Take what stored codes claim of the series they fit.

    Args:
        writer: the transaction that makes the codes usable.
        tenant_id: whose.
        claims: from a survey.

    Raises:
        Conflict: `code_taken` when a series has issued one of the codes since the survey.
    """
    for claim in sorted(claims, key=lambda claim: claim.series_id):
        row = writer.locked_series(tenant_id, claim.series_id)
        assert row is not None
        if claim.indices and min(claim.indices) < row.next_index:
            raise Conflict(
                "code_taken", f"One of the codes was minted from '{row.pattern}' in the meantime; nothing was stored."
            )
        writer.insert_taken(tenant_id, row.series_id, claim.indices)
        writer.update_series(replace(row, adopted_count=row.adopted_count + claim.fitting_count))


def stored_forms(reader: Reader, tenant_id: str, canonical_length: int) -> Iterator[str]:
    """Give the canonical forms of a tenant's stored codes of one length.

    Args:
        reader: the transaction.
        tenant_id: whose.
        canonical_length: characters of the form.

    Returns:
        the forms, each once.
    """
    after: str | None = None
    while stored := reader.codes_of_length(tenant_id, canonical_length, after, _CHUNK):
        after = stored[-1][0]
        for _, code in stored:
            yield canonical(code)


def adopt_stored_codes(writer: Writer, row: SeriesRow, cipher: Series) -> None:
    """Let a new series take over the tenant's stored codes that fit it.

    Args:
        writer: the transaction that makes the series.
        row: the series, nothing issued yet.
        cipher: its cipher.
    """
    length = len(canonical(cipher.pattern.text.replace("#", "2")))
    after: str | None = None
    adopted_count = 0
    while stored := writer.codes_of_length(row.tenant_id, length, after, _CHUNK):
        after = stored[-1][0]
        _, claim = _ask(writer, row, cipher, [code for _, code in stored])
        writer.insert_taken(row.tenant_id, row.series_id, claim.indices)
        adopted_count += claim.fitting_count
    if adopted_count:
        writer.update_series(replace(row, adopted_count=adopted_count))


def _ask(reader: Reader, row: SeriesRow, cipher: Series, codes: Sequence[str]) -> tuple[list[int], Claim]:
    """Ask one series: the places of codes it has issued, and what the others take of it."""
    if not codes:
        return [], Claim(row.series_id, (), 0)
    found = cipher.decode_many(codes)
    unreadable = np.flatnonzero(found < 0).tolist()
    fitting_count = len(codes) - len(unreadable) + sum(cipher.read(codes[place]) is not None for place in unreadable)
    taken = set(reader.taken_indices(row.tenant_id, row.series_id, 0)) if row.adopted_count else set()
    issued = [
        place
        for place in np.flatnonzero((found >= 0) & (found < row.next_index)).tolist()
        if int(found[place]) not in taken
    ]
    ahead = tuple(index for index in found[found >= row.next_index].tolist() if index not in taken)
    return issued, Claim(row.series_id, ahead, fitting_count - len(issued))
