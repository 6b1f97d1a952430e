"""Use cases of batches: mint codes, and read them."""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product

from msgspec import Struct
from msgspec.structs import replace

from couponry.domain.alphabets import alphabet_from_text
from couponry.domain.batches import (
    Batch,
    BatchKind,
    BatchStatus,
    SeriesRow,
    end_of_range,
    require_count,
    require_room,
)
from couponry.domain.campaigns import Campaign, CampaignCounters, CampaignStatus
from couponry.domain.codes import canonical
from couponry.domain.commands import IdempotencyKey
from couponry.domain.errors import Conflict, InvalidValue, NotFound
from couponry.domain.events import Event, EventType
from couponry.domain.series import Series
from couponry.engine.adoption import Survey, stored_forms, survey
from couponry.engine.idempotency import Done, keep, kept
from couponry.engine.ports import Page, Writer
from couponry.engine.stored_codes import CHUNK, StoredBatch
from couponry.engine.workshop import Workshop

READ_CHUNK = 65_536
"""Codes in one piece of an export: a few megabytes, so that any length streams at constant memory."""

MAX_MANIFEST_COUNT = 20_000_000
"""Codes that one manifest may cover; it is computed while the caller waits."""


class Manifest(Struct, frozen=True):
    """What a reader of codes can check them against.

    Attributes:
        offset: first code covered, from 0.
        count: codes covered.
        sha256: over the codes in order, each followed by a line feed, in hexadecimal.
    """

    batch_id: str
    offset: int
    count: int
    sha256: str


class CodeStream:
    """The codes of a part of a batch, in pieces."""

    def __init__(self, count: int, pieces: Iterator[bytes]) -> None:
        """Take the number of codes to come, and the pieces."""
        self.count = count
        self._pieces = pieces

    def chunks(self) -> Iterator[bytes]:
        """Give the codes, each followed by a line feed, up to READ_CHUNK in a piece."""
        return self._pieces


class Batches:
    """Use cases of batches."""

    def __init__(self, workshop: Workshop) -> None:
        """Take the tools of the house."""
        self._workshop = workshop

    def mint(
        self,
        tenant_id: str,
        campaign_id: str,
        count: int,
        *,
        is_active: bool = True,
        key: IdempotencyKey | None = None,
    ) -> Done[Batch]:
        """Issue new codes of a campaign's pattern; one row is written whatever the count.

        Args:
            tenant_id: whose.
            campaign_id: which.
            count: 1 to 2**62.
            is_active: whether the coupons can be used at once, or wait for activation.
            key: of the request.

        Returns:
            the batch.

        Raises:
            NotFound: no such campaign.
            InvalidValue: `count_out_of_range`.
            Conflict: `campaign_archived`, `campaign_without_pattern`, `limit_reached`, `code_space_exhausted`,
                `guess_resistance_too_low`.
        """
        require_count(count)
        with self._workshop.store.write() as writer:
            if (done := kept(writer, tenant_id, key, Batch)) is not None:
                return done
            campaign, counters = _open_campaign(writer, tenant_id, campaign_id)
            batch = self._mint_range(writer, campaign, counters, count, is_active=is_active)
            if batch is not None:
                keep(writer, tenant_id, key, batch, batch.created_at)
        done = Done(batch) if batch else self._draw(campaign, counters, count, is_active=is_active, key=key)
        self._workshop.catalogue.refresh(tenant_id)
        return done

    def get(self, tenant_id: str, batch_id: str) -> Batch:
        """Find a batch that is ready; raises NotFound."""
        with self._workshop.store.read() as reader:
            batch = reader.batch(tenant_id, batch_id)
        if batch is None or batch.status is not BatchStatus.READY:
            raise NotFound("batch", batch_id)
        return batch

    def list(self, tenant_id: str, campaign_id: str, page: Page) -> Sequence[Batch]:
        """List the batches of a campaign, newest first; raises NotFound."""
        with self._workshop.store.read() as reader:
            if reader.campaign(tenant_id, campaign_id) is None:
                raise NotFound("campaign", campaign_id)
            return reader.batches(tenant_id, campaign_id, page)

    def read_codes(self, tenant_id: str, batch_id: str, *, offset: int = 0, limit: int | None = None) -> CodeStream:
        """Read the codes of a batch, or a part of them, in their order of issue.

        Args:
            tenant_id: whose.
            batch_id: which.
            offset: first code wanted, 0 up to the batch's count.
            limit: most codes wanted, 1 or more; None for all that follow.

        Returns:
            the stream.

        Raises:
            NotFound: no such batch.
            InvalidValue: `offset_out_of_range`, `limit_out_of_range`.
        """
        batch = self.get(tenant_id, batch_id)
        if not 0 <= offset <= batch.count:
            raise InvalidValue(
                "offset_out_of_range", f"offset is {offset}; the batch has {batch.count} codes.", field="offset"
            )
        if limit is not None and limit < 1:
            raise InvalidValue("limit_out_of_range", f"limit is {limit}; it must be 1 or more.", field="limit")
        count = batch.count - offset if limit is None else min(limit, batch.count - offset)
        pieces = self._range_pieces if batch.kind is BatchKind.RANGE else self._stored_pieces
        return CodeStream(count, pieces(batch, offset, count))

    def manifest(self, tenant_id: str, batch_id: str, *, offset: int = 0, limit: int | None = None) -> Manifest:
        """Compute what a reader of codes can check them against.

        Args:
            tenant_id: whose.
            batch_id: which.
            offset: first code covered, 0 up to the batch's count.
            limit: most codes covered, 1 or more; None for all that follow.

        Returns:
            count and digest.

        Raises:
            NotFound: no such batch.
            InvalidValue: `offset_out_of_range`, `limit_out_of_range`; `manifest_too_long` for more than
                MAX_MANIFEST_COUNT codes.
        """
        stream = self.read_codes(tenant_id, batch_id, offset=offset, limit=limit)
        if stream.count > MAX_MANIFEST_COUNT:
            raise InvalidValue(
                "manifest_too_long",
                f"{stream.count} codes are too many for one manifest; ask for parts of at most {MAX_MANIFEST_COUNT} "
                "with offset and limit.",
                field="limit",
                max=MAX_MANIFEST_COUNT,
            )
        digest = hashlib.sha256()
        for piece in stream.chunks():
            digest.update(piece)
        return Manifest(batch_id, offset, stream.count, digest.hexdigest())

    def _mint_range(
        self,
        writer: Writer,
        campaign: Campaign,
        counters: CampaignCounters,
        count: int,
        *,
        is_active: bool,
    ) -> Batch | None:
        """Give the campaign the next range of its series; None when its space is too small to be a series."""
        if campaign.series_id is None:
            return None
        row = writer.locked_series(campaign.tenant_id, campaign.series_id)
        assert row is not None
        cipher = self._cipher(row)
        taken = writer.taken_indices(row.tenant_id, row.series_id, row.next_index) if row.adopted_count else ()
        require_room(
            campaign,
            counters,
            count,
            space=cipher.space,
            capacity=cipher.capacity,
            live_count=row.next_index + len(taken),
            guess_floor=max(campaign.guess_floor, writer.highest_guess_floor(row.tenant_id, row.series_id)),
        )
        now = self._workshop.clock.now()
        batch = Batch(
            tenant_id=campaign.tenant_id,
            batch_id=self._workshop.identifiers.new("bat"),
            campaign_id=campaign.campaign_id,
            kind=BatchKind.RANGE,
            status=BatchStatus.READY,
            count=count,
            series_id=row.series_id,
            first_index=row.next_index,
            end_index=end_of_range(row.next_index, count, taken),
            is_active=is_active,
            created_at=now,
            updated_at=now,
        )
        writer.insert_batch(batch)
        writer.update_series(replace(row, next_index=batch.end_index or 0))
        writer.set_counters(replace(counters, issued_count=counters.issued_count + count))
        writer.append_events([self._minted(batch, now)])
        writer.touch_catalogue(campaign.tenant_id)
        return batch

    def _draw(
        self, campaign: Campaign, counters: CampaignCounters, count: int, *, is_active: bool, key: IdempotencyKey | None
    ) -> Done[Batch]:
        """Draw random codes from a space too small to be a series, and store them."""
        assert campaign.pattern is not None
        with self._workshop.exclusion.hold("draw", campaign.tenant_id, campaign.pattern):
            codes, found = self._drawn(campaign, counters, count)
            stored = StoredBatch(self._workshop, campaign, BatchKind.RANDOM, is_active=is_active)
            with stored.loading():
                for start in range(0, count, CHUNK):
                    if stored.add(codes[start : start + CHUNK]):
                        raise Conflict("code_taken", "One of the codes was taken in the meantime; try again.")
                stored.claim(found)
                with self._workshop.store.write() as writer:
                    if (done := kept(writer, campaign.tenant_id, key, Batch)) is not None:
                        stored.drop(writer)  # the same request was quicker
                        return done
                    batch = stored.finish(writer, codes, found)
                    keep(writer, campaign.tenant_id, key, batch, batch.updated_at)
        return Done(batch)

    def _drawn(self, campaign: Campaign, counters: CampaignCounters, count: int) -> tuple[Sequence[str], Survey]:
        """Choose codes that nobody has."""
        assert campaign.pattern is not None
        # codes that read the same, as with both O and 0, are one
        by_form = {canonical(code): code for code in _every_code(campaign.pattern, campaign.alphabet)}
        space = len(by_form)
        with self._workshop.store.read() as reader:
            for form in stored_forms(reader, campaign.tenant_id, len(next(iter(by_form)))):
                by_form.pop(form, None)
            while True:
                require_room(
                    campaign,
                    counters,
                    count,
                    space=space,
                    capacity=space,
                    live_count=space - len(by_form),
                    guess_floor=campaign.guess_floor,
                )
                codes = random.SystemRandom().sample(list(by_form.values()), count)
                found = survey(reader, campaign.tenant_id, codes, self._workshop.catalogue)
                if not found.minted_places:
                    return codes, found
                for place in found.minted_places:
                    del by_form[canonical(codes[place])]

    def _cipher(self, row: SeriesRow) -> Series:
        space = self._workshop.catalogue.of(row.tenant_id).by_id.get(row.series_id)
        return space.series if space is not None else self._workshop.catalogue.cipher(row)

    def _series(self, tenant_id: str, series_id: str) -> Series:
        """Find the cipher of a series, which another process may have made a moment ago."""
        catalogue = self._workshop.catalogue
        space = catalogue.of(tenant_id).by_id.get(series_id) or catalogue.refresh(tenant_id).by_id[series_id]
        return space.series

    def _minted(self, batch: Batch, now: datetime) -> Event:
        return Event(
            tenant_id=batch.tenant_id,
            event_id=self._workshop.identifiers.new("evt"),
            type=EventType.BATCH_MINTED,
            subject_id=batch.batch_id,
            data={"campaign": batch.campaign_id, "count": batch.count},
            created_at=now,
        )

    def _range_pieces(self, batch: Batch, offset: int, count: int) -> Iterator[bytes]:
        """Encode a part of a range, run by run between the indices that adopted codes have taken."""
        assert batch.series_id is not None
        assert batch.first_index is not None
        series = self._series(batch.tenant_id, batch.series_id)
        with self._workshop.store.read() as reader:
            taken = reader.taken_indices(batch.tenant_id, batch.series_id, batch.first_index, batch.end_index)
        index = end_of_range(batch.first_index, offset, taken) if offset else batch.first_index
        while count:
            while (place := bisect_right(taken, index)) and taken[place - 1] == index:
                index += 1
            run_end = taken[place] if place < len(taken) else index + count
            length = min(count, READ_CHUNK, run_end - index)
            yield series.lines(index, length)
            index += length
            count -= length

    def _stored_pieces(self, batch: Batch, offset: int, count: int) -> Iterator[bytes]:
        """Read a part of a batch of stored codes, each piece in a snapshot of its own."""
        after: str | None = None
        while count:
            with self._workshop.store.read() as reader:
                rows = reader.stored_codes(batch.tenant_id, batch.batch_id, after, min(READ_CHUNK, offset + count))
            if not rows:
                return
            after = rows[-1][0]
            wanted = rows[offset : offset + count]
            offset = max(0, offset - len(rows))
            count -= len(wanted)
            if wanted:
                yield "".join(f"{code}\n" for _, code in wanted).encode()


def _open_campaign(writer: Writer, tenant_id: str, campaign_id: str) -> tuple[Campaign, CampaignCounters]:
    found = writer.locked_campaign(tenant_id, campaign_id)
    if found is None:
        raise NotFound("campaign", campaign_id)
    if found[0].status is CampaignStatus.ARCHIVED:
        raise Conflict("campaign_archived", "The campaign was deleted; it issues no more codes.")
    if found[0].pattern is None:
        raise Conflict(
            "campaign_without_pattern", "The campaign has no pattern to mint from; import codes, or make one with it."
        )
    return found


def _every_code(pattern_text: str, alphabet_text: str) -> Iterator[str]:
    """Write every code of a small space, in display form."""
    template, symbols = pattern_text.replace("#", "%s"), alphabet_from_text(alphabet_text).symbols
    for chosen in product(symbols, repeat=pattern_text.count("#")):
        yield template % chosen
