"""Stored codes: imported lists and random codes, a row each, written in chunks beside the lane."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from msgspec.structs import replace

from couponry.domain.batches import Batch, BatchKind, BatchStatus, require_issue_limit
from couponry.domain.campaigns import Campaign, campaign_currency
from couponry.domain.codes import canonical
from couponry.domain.coupons import Coupon, opening_balance
from couponry.domain.errors import Conflict, NotFound
from couponry.domain.events import Event, EventType
from couponry.domain.ledger import EntryKind, LedgerEntry
from couponry.engine.adoption import Claim, Survey, claim_indices, survey
from couponry.engine.identifiers import Identifiers
from couponry.engine.ports import StorageUnavailable, Writer
from couponry.engine.workshop import Workshop

CHUNK = 2_000
"""Codes in one transaction: about 20 ms of work, so that redemptions beside it wait no longer."""

ABANDONED_AFTER = timedelta(minutes=2)
"""A batch that is still loading and was not touched for so long belongs to a process that died."""


def stored_coupon(
    batch: Batch, campaign: Campaign, code: str, identifiers: Identifiers
) -> tuple[Coupon, tuple[LedgerEntry, ...]]:
    """Build the coupon of a stored code, and the opening of its account where it holds a credit.

    Args:
        batch: the batch it belongs to.
        campaign: the batch's campaign.
        code: as written, valid.
        identifiers: source of names.

    Returns:
        the coupon at version 1, and its ledger entries.
    """
    balance_minor = opening_balance(campaign)
    coupon = Coupon(
        tenant_id=batch.tenant_id,
        coupon_id=identifiers.new("cpn"),
        campaign_id=batch.campaign_id,
        batch_id=batch.batch_id,
        code=code,
        canonical=canonical(code),
        activated_at=batch.created_at if batch.is_active else None,
        voided_at=None,
        redeemed_count=0,
        balance_minor=balance_minor,
        customer=None,
        metadata={},
        version=1,
        created_at=batch.created_at,
        updated_at=batch.created_at,
    )
    currency = campaign_currency(campaign)
    if balance_minor is None or currency is None:
        return coupon, ()
    opening = LedgerEntry(
        tenant_id=batch.tenant_id,
        entry_id=identifiers.new("led"),
        coupon_id=coupon.coupon_id,
        kind=EntryKind.OPENING,
        amount_minor=balance_minor,
        currency=currency,
        source_id=coupon.coupon_id,
        created_at=batch.created_at,
    )
    return coupon, (opening,)


class StoredBatch:
    """A batch of stored codes on its way: nobody sees its codes until `finish`, and a failure leaves none."""

    def __init__(self, workshop: Workshop, campaign: Campaign, kind: BatchKind, *, is_active: bool) -> None:
        """Name the batch; nothing is written yet.

        Args:
            workshop: the tools.
            campaign: what the codes belong to.
            kind: imported or random.
            is_active: whether its coupons can be used at once.
        """
        self._workshop = workshop
        self._campaign = campaign
        now = workshop.clock.now()
        self.batch = Batch(
            tenant_id=campaign.tenant_id,
            batch_id=workshop.identifiers.new("bat"),
            campaign_id=campaign.campaign_id,
            kind=kind,
            status=BatchStatus.LOADING,
            count=0,
            series_id=None,
            first_index=None,
            end_index=None,
            is_active=is_active,
            created_at=now,
            updated_at=now,
        )

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Open the batch; whatever goes wrong inside removes it with all its codes."""
        with self._workshop.store.write() as writer:
            writer.insert_batch(self.batch)
        try:
            yield
        except BaseException:
            with self._workshop.store.write() as writer:
                self.drop(writer)
            raise

    def add(self, codes: Sequence[str]) -> set[str]:
        """Store some codes.

        Args:
            codes: as written, valid; at most CHUNK.

        Returns:
            the canonical forms that existed already and were left out.
        """
        made = [stored_coupon(self.batch, self._campaign, code, self._workshop.identifiers) for code in codes]
        now = self._workshop.clock.now()
        with self._workshop.store.write() as writer:
            self._require_loading(writer)
            existing = set(writer.insert_coupons([coupon for coupon, _ in made]))
            writer.insert_entries(
                [entry for coupon, entries in made if coupon.canonical not in existing for entry in entries]
            )
            self.batch = replace(self.batch, count=self.batch.count + len(codes) - len(existing), updated_at=now)
            writer.update_batch(self.batch)
        return existing

    def claim(self, found: Survey) -> None:
        """Take the indices that the codes have in series, in chunks, so that redemptions beside it need not wait.

        Where the batch fails afterwards they stay taken: minting steps over a few codes that nobody has.

        Args:
            found: what the series said of the codes.

        Raises:
            Conflict: `code_taken` by a series in the meantime.
        """
        for claim in found.claims:
            for start in range(0, max(1, len(claim.indices)), CHUNK):
                indices = claim.indices[start : start + CHUNK]
                fitting_count = claim.fitting_count - len(claim.indices) if start == 0 else 0
                with self._workshop.store.write() as writer:
                    claim_indices(
                        writer,
                        self.batch.tenant_id,
                        [Claim(claim.series_id, indices, fitting_count + len(indices))],
                    )

    def finish(self, writer: Writer, codes: Sequence[str], found: Survey) -> Batch:
        """Let the codes exist.

        Args:
            writer: the transaction that does.
            codes: all codes of the batch, as written.
            found: what the series said of them before, and has been claimed.

        Returns:
            the batch, ready.

        Raises:
            NotFound: the campaign has gone.
            Conflict: `limit_reached` (max_issued), `code_taken` by a series, or `version_mismatch` where the campaign's
                benefit has changed since the first code was stored.
            StorageUnavailable: another process has removed the batch as abandoned.
        """
        batch = self.batch
        self._require_loading(writer)
        locked = writer.locked_campaign(batch.tenant_id, batch.campaign_id)
        if locked is None:
            raise NotFound("campaign", batch.campaign_id)
        campaign, counters = locked
        if campaign.benefit != self._campaign.benefit:
            raise Conflict("version_mismatch", "The campaign's benefit has changed meanwhile; nothing was stored.")
        require_issue_limit(campaign, counters, batch.count)
        later = survey(writer, batch.tenant_id, codes, self._workshop.catalogue, known=found.series_ids)
        if later.minted_places:
            raise Conflict("code_taken", "One of the codes was minted in the meantime; nothing was stored.")
        claim_indices(writer, batch.tenant_id, later.claims)
        now = self._workshop.clock.now()
        self.batch = replace(batch, status=BatchStatus.READY, updated_at=now)
        writer.update_batch(self.batch)
        writer.set_counters(replace(counters, issued_count=counters.issued_count + batch.count))
        writer.append_events([self._event(now)])
        writer.touch_catalogue(batch.tenant_id)
        return self.batch

    def drop(self, writer: Writer) -> None:
        """Remove the batch with all its codes.

        Args:
            writer: the transaction that does.
        """
        writer.delete_batch(self.batch.tenant_id, self.batch.batch_id)

    def _require_loading(self, writer: Writer) -> None:
        """See that no other process took this one for dead, as it does after ABANDONED_AFTER without a sign."""
        if writer.batch(self.batch.tenant_id, self.batch.batch_id) is None:
            raise StorageUnavailable(message="Storing the codes took too long a break; nothing was stored. Try again.")

    def _event(self, now: datetime) -> Event:
        is_import = self.batch.kind is BatchKind.IMPORTED
        return Event(
            tenant_id=self.batch.tenant_id,
            event_id=self._workshop.identifiers.new("evt"),
            type=EventType.BATCH_IMPORTED if is_import else EventType.BATCH_MINTED,
            subject_id=self.batch.batch_id,
            data={"campaign": self.batch.campaign_id, "count": self.batch.count},
            created_at=now,
        )


def remove_abandoned(workshop: Workshop) -> int:
    """Remove the batches that a process left loading when it died.

    Args:
        workshop: the tools.

    Returns:
        how many were removed.
    """
    before = workshop.clock.now() - ABANDONED_AFTER
    with workshop.store.read() as reader:
        stale = reader.stale_batches(before)
    for batch in stale:
        with workshop.store.write() as writer:
            writer.delete_batch(batch.tenant_id, batch.batch_id)
    return len(stale)
