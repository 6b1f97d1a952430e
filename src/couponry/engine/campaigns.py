"""Use cases of campaigns: make, change, pause, archive, and what became of them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from couponry.domain.alphabets import alphabet_from_text
from couponry.domain.batches import Batch, BatchKind, BatchStatus, SeriesRow, require_guess_resistance
from couponry.domain.campaigns import (
    Campaign,
    CampaignChange,
    CampaignCounters,
    CampaignDraft,
    CampaignStatus,
    change_campaign,
    require_campaign,
    set_status,
)
from couponry.domain.codes import one_line
from couponry.domain.commands import IdempotencyKey
from couponry.domain.errors import Conflict, NotFound
from couponry.domain.events import Event, EventType
from couponry.domain.guessing import expected_guesses
from couponry.domain.patterns import Pattern
from couponry.domain.series import fits_series
from couponry.engine.adoption import adopt_stored_codes, claim_indices, survey
from couponry.engine.catalogue import spaces_that_collide
from couponry.engine.idempotency import Done, keep, kept
from couponry.engine.ports import CampaignStatistics, Page, Writer
from couponry.engine.stored_codes import stored_coupon
from couponry.engine.workshop import Workshop

_EVENT_OF_STATUS = {
    CampaignStatus.ACTIVE: EventType.CAMPAIGN_RESUMED,
    CampaignStatus.PAUSED: EventType.CAMPAIGN_PAUSED,
    CampaignStatus.ARCHIVED: EventType.CAMPAIGN_ARCHIVED,
}


class CodeSpace(Struct, frozen=True):
    """How hard the codes of a pattern are to guess.

    Attributes:
        pattern: the shape.
        live_count: codes of it that exist, over all campaigns that share it.
        expected_guesses: tries to a first hit.
    """

    pattern: str
    live_count: int
    expected_guesses: int


class CampaignReport(Struct, frozen=True):
    """What became of a campaign, and how hard its codes are to guess."""

    campaign: Campaign
    statistics: CampaignStatistics
    spaces: tuple[CodeSpace, ...]


class Campaigns:
    """Use cases of campaigns."""

    def __init__(self, workshop: Workshop) -> None:
        """Take the tools of the house."""
        self._workshop = workshop

    def create(self, tenant_id: str, draft: CampaignDraft, key: IdempotencyKey | None = None) -> Done[Campaign]:
        """Make a campaign; one with a static code has issued it when this returns.

        Args:
            tenant_id: whose.
            draft: what was decided.
            key: of the request.

        Returns:
            the campaign.

        Raises:
            InvalidValue: a value is out of range, or the parts disagree.
            Conflict: `code_taken`, or `pattern_overlaps` where codes could be read as another series'.
        """
        now = self._workshop.clock.now()
        with self._workshop.store.write() as writer:
            if (done := kept(writer, tenant_id, key, Campaign)) is not None:
                return done
            campaign = require_campaign(self._drafted(writer, tenant_id, draft, now))
            writer.insert_campaign(campaign)
            if campaign.static_code is not None:
                self._issue_static_code(writer, campaign, campaign.static_code)
            writer.append_events([self._event(campaign, EventType.CAMPAIGN_CREATED)])
            writer.touch_catalogue(tenant_id)
            keep(writer, tenant_id, key, campaign, now)
        self._workshop.catalogue.refresh(tenant_id)
        return Done(campaign)

    def get(self, tenant_id: str, campaign_id: str) -> Campaign:
        """Find a campaign, archived or not; raises NotFound."""
        with self._workshop.store.read() as reader:
            campaign = reader.campaign(tenant_id, campaign_id)
        if campaign is None:
            raise NotFound("campaign", campaign_id)
        return campaign

    def list(self, tenant_id: str, page: Page) -> Sequence[Campaign]:
        """List a tenant's campaigns without the archived ones, newest first."""
        with self._workshop.store.read() as reader:
            return reader.campaigns(tenant_id, page)

    def change(
        self,
        tenant_id: str,
        campaign_id: str,
        change: CampaignChange,
        *,
        expected_version: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Done[Campaign]:
        """Change a campaign.

        Args:
            tenant_id: whose.
            campaign_id: which.
            change: what is asked for.
            expected_version: the version it must still have, or None for any.
            key: of the request.

        Returns:
            the changed campaign.

        Raises:
            NotFound: no such campaign.
            InvalidValue: a value is out of range, or the parts disagree.
            Conflict: `version_mismatch`, or as `campaigns.change_campaign`.
        """
        now = self._workshop.clock.now()
        with self._workshop.store.write() as writer:
            if (done := kept(writer, tenant_id, key, Campaign)) is not None:
                return done
            campaign, counters = _locked(writer, tenant_id, campaign_id, expected_version)
            redeemed_count = counters.redeemed_count
            if not campaign.is_capped:
                redeemed_count = writer.count_redeemed(tenant_id, campaign_id)
            counted = replace(counters, redeemed_count=redeemed_count)
            changed = change_campaign(campaign, change, counted, now)
            if changed.guess_floor > campaign.guess_floor:
                self._require_floor(writer, changed)
            if changed.is_capped != campaign.is_capped:
                writer.set_counters(counted if changed.is_capped else replace(counters, redeemed_count=0))
            writer.update_campaign(changed)
            writer.append_events([self._event(changed, EventType.CAMPAIGN_UPDATED)])
            keep(writer, tenant_id, key, changed, now)
        return Done(changed)

    def set_status(
        self,
        tenant_id: str,
        campaign_id: str,
        status: CampaignStatus,
        *,
        expected_version: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Done[Campaign]:
        """Pause, resume or archive a campaign; every process honours it with its next redemption.

        Args:
            tenant_id: whose.
            campaign_id: which.
            status: what it shall be.
            expected_version: the version it must still have, or None for any.
            key: of the request.

        Returns:
            the campaign; unchanged when it has that status already.

        Raises:
            NotFound: no such campaign.
            Conflict: `version_mismatch`, `campaign_archived`.
        """
        now = self._workshop.clock.now()
        with self._workshop.store.write() as writer:
            if (done := kept(writer, tenant_id, key, Campaign)) is not None:
                return done
            campaign, _ = _locked(writer, tenant_id, campaign_id, expected_version)
            changed = set_status(campaign, status, now)
            if changed is not campaign:
                writer.update_campaign(changed)
                writer.append_events([self._event(changed, _EVENT_OF_STATUS[status])])
            keep(writer, tenant_id, key, changed, now)
        return Done(changed)

    def statistics(self, tenant_id: str, campaign_id: str) -> CampaignReport:
        """Sum up what became of a campaign.

        Args:
            tenant_id: whose.
            campaign_id: which.

        Returns:
            counts and sums as of now, with the guess resistance of the series it mints from.

        Raises:
            NotFound: no such campaign.
        """
        catalogue = self._workshop.catalogue.refresh(tenant_id)
        with self._workshop.store.read() as reader:
            campaign = reader.campaign(tenant_id, campaign_id)
            if campaign is None:
                raise NotFound("campaign", campaign_id)
            statistics = reader.statistics(tenant_id, campaign_id)
        space = catalogue.by_id.get(campaign.series_id or "")
        if space is None:
            return CampaignReport(campaign, statistics, ())
        live_count = space.live_count
        guesses = expected_guesses(space.series.space, live_count)
        return CampaignReport(campaign, statistics, (CodeSpace(space.row.pattern, live_count, guesses),))

    def _require_floor(self, writer: Writer, campaign: Campaign) -> None:
        """Refuse a guess floor that the codes which exist do not leave room for."""
        row = None if campaign.series_id is None else writer.locked_series(campaign.tenant_id, campaign.series_id)
        if row is not None:
            ahead = writer.taken_indices(row.tenant_id, row.series_id, row.next_index) if row.adopted_count else ()
            space = self._workshop.catalogue.cipher(row).space
            require_guess_resistance(campaign.guess_floor, 0, space=space, live_count=row.next_index + len(ahead))

    def _drafted(self, writer: Writer, tenant_id: str, draft: CampaignDraft, now: datetime) -> Campaign:
        return Campaign(
            tenant_id=tenant_id,
            campaign_id=self._workshop.identifiers.new("cmp"),
            name=draft.name.strip(),
            status=CampaignStatus.ACTIVE,
            benefit=draft.benefit,
            limits=draft.limits,
            pattern=draft.pattern,
            alphabet=alphabet_from_text(draft.alphabet).text,
            series_id=self._series_for(writer, tenant_id, draft, now),
            static_code=None if draft.code is None else one_line(draft.code),
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
            guess_floor=draft.guess_floor,
            metadata=draft.metadata,
            version=1,
            created_at=now,
            updated_at=now,
        )

    def _series_for(self, writer: Writer, tenant_id: str, draft: CampaignDraft, now: datetime) -> str | None:
        """Find or make the series of a pattern; None without one, or where the space is too small to be one."""
        if draft.pattern is None:
            return None
        pattern, alphabet = Pattern.parse(draft.pattern), alphabet_from_text(draft.alphabet)
        colliding = spaces_that_collide(writer.series(tenant_id), pattern, alphabet.text)
        for row in colliding:
            if row.pattern == pattern.text and row.alphabet == alphabet.text:
                return row.series_id
        if colliding:
            raise Conflict(
                "pattern_overlaps",
                f"Codes of '{pattern.text}' could be read as codes of '{colliding[0].pattern}', which exists with the "
                f"alphabet {colliding[0].alphabet}. Use exactly that pattern and alphabet, another literal, or another "
                "length.",
                pattern=colliding[0].pattern,
                alphabet=colliding[0].alphabet,
            )
        if not fits_series(pattern, alphabet):
            return None
        row = SeriesRow(
            tenant_id=tenant_id,
            series_id=self._workshop.identifiers.new_series(),
            pattern=pattern.text,
            alphabet=alphabet.text,
            key_id=self._workshop.keyring.current_key_id,
            next_index=0,
            adopted_count=0,
            created_at=now,
        )
        writer.insert_series(row)
        adopt_stored_codes(writer, row, self._workshop.catalogue.cipher(row))
        return row.series_id

    def _issue_static_code(self, writer: Writer, campaign: Campaign, code: str) -> None:
        batch = Batch(
            tenant_id=campaign.tenant_id,
            batch_id=self._workshop.identifiers.new("bat"),
            campaign_id=campaign.campaign_id,
            kind=BatchKind.STATIC,
            status=BatchStatus.READY,
            count=1,
            series_id=None,
            first_index=None,
            end_index=None,
            is_active=True,
            created_at=campaign.created_at,
            updated_at=campaign.created_at,
        )
        coupon, entries = stored_coupon(batch, campaign, code, self._workshop.identifiers)
        found = survey(writer, campaign.tenant_id, [code], self._workshop.catalogue)
        claim_indices(writer, campaign.tenant_id, found.claims)
        writer.insert_batch(batch)
        if found.minted_places or writer.insert_coupons([coupon]):
            raise Conflict("code_taken", f"The code '{code}' (or one that reads the same) exists already.")
        writer.insert_entries(entries)
        writer.set_counters(CampaignCounters(campaign.tenant_id, campaign.campaign_id, 1, 0))

    def _event(self, campaign: Campaign, event_type: EventType) -> Event:
        return Event(
            tenant_id=campaign.tenant_id,
            event_id=self._workshop.identifiers.new("evt"),
            type=event_type,
            subject_id=campaign.campaign_id,
            data={"version": campaign.version},
            created_at=campaign.updated_at,
        )


def _locked(
    writer: Writer, tenant_id: str, campaign_id: str, expected_version: int | None
) -> tuple[Campaign, CampaignCounters]:
    found = writer.locked_campaign(tenant_id, campaign_id)
    if found is None:
        raise NotFound("campaign", campaign_id)
    if expected_version is not None and found[0].version != expected_version:
        raise Conflict("version_mismatch", "The campaign has changed since it was read; read it again.")
    return found
