"""Use case of imports: a tenant's own codes, checked line by line before anything is stored."""

from collections.abc import Sequence

from msgspec import Struct

from couponry.domain.batches import Batch, BatchKind, require_guess_resistance, require_issue_limit
from couponry.domain.campaigns import Campaign, CampaignCounters, CampaignStatus
from couponry.domain.codes import canonical, one_line
from couponry.domain.commands import IdempotencyKey
from couponry.domain.errors import Conflict, DomainError, InvalidValue, NotFound
from couponry.domain.guessing import estimated_space
from couponry.domain.ids import require_unreserved
from couponry.engine.adoption import Survey, survey
from couponry.engine.idempotency import Done, keep, kept
from couponry.engine.ports import Reader
from couponry.engine.stored_codes import CHUNK, StoredBatch
from couponry.engine.workshop import Workshop

MAX_IMPORT_COUNT = 2_000_000
_LOOK_UP_CHUNK = 10_000


class ImportedLine(Struct, frozen=True):
    """One code to import.

    Attributes:
        line: where it stood in the caller's file, from 1.
        code: as written.
    """

    line: int
    code: str


class BadLine(Struct, frozen=True):
    """A line that cannot be imported.

    Attributes:
        reason: `code_invalid`, `code_reserved`, `code_repeated` (in the list) or `code_taken` (by another coupon).
    """

    line: int
    code: str
    reason: str
    message: str


class ImportReport(Struct, frozen=True):
    """What an import did.

    Attributes:
        batch: the codes that were stored.
        imported_count: how many.
        bad_lines: what was left out; empty unless the caller asked for a partial import.
    """

    batch: Batch
    imported_count: int
    bad_lines: tuple[BadLine, ...]


class ImportRejected(DomainError):
    """Some lines cannot be imported, so nothing was stored."""

    def __init__(self, bad_lines: tuple[BadLine, ...], line_count: int) -> None:
        """Keep every bad line."""
        super().__init__(
            "import_rejected",
            f"{len(bad_lines)} of {line_count} lines cannot be imported; nothing was stored. Mend them, or ask for a "
            "partial import.",
            bad_line_count=len(bad_lines),
        )
        self.bad_lines = bad_lines


class Imports:
    """Use case of imports."""

    def __init__(self, workshop: Workshop) -> None:
        """Take the tools of the house."""
        self._workshop = workshop

    def run(
        self,
        tenant_id: str,
        campaign_id: str,
        lines: Sequence[ImportedLine],
        *,
        is_active: bool = True,
        partial: bool = False,
        key: IdempotencyKey | None = None,
    ) -> Done[ImportReport]:
        """Store a list of codes that the tenant brings; all of them or, where asked for, the good ones.

        Args:
            tenant_id: whose.
            campaign_id: which.
            lines: 1 to MAX_IMPORT_COUNT codes.
            is_active: whether the coupons can be used at once, or wait for activation.
            partial: whether to leave bad lines out instead of storing nothing.
            key: of the request.

        Returns:
            what was stored and what was left out.

        Raises:
            NotFound: no such campaign.
            InvalidValue: `import_size_out_of_range`.
            ImportRejected: bad lines, and not partial (or no line is good).
            Conflict: `campaign_archived`, `limit_reached`, `guess_resistance_too_low`, `code_taken`.
        """
        if key is None:
            return self._run(tenant_id, campaign_id, lines, is_active=is_active, partial=partial, key=None)
        with self._workshop.exclusion.hold("import", tenant_id, key.key):
            return self._run(tenant_id, campaign_id, lines, is_active=is_active, partial=partial, key=key)

    def _run(
        self,
        tenant_id: str,
        campaign_id: str,
        lines: Sequence[ImportedLine],
        *,
        is_active: bool,
        partial: bool,
        key: IdempotencyKey | None,
    ) -> Done[ImportReport]:
        if not 1 <= len(lines) <= MAX_IMPORT_COUNT:
            raise InvalidValue(
                "import_size_out_of_range", f"An import has 1 to {MAX_IMPORT_COUNT} codes; this one has {len(lines)}."
            )
        with self._workshop.store.read() as reader:
            if (done := kept(reader, tenant_id, key, ImportReport)) is not None:
                return done
            campaign, counters = _open_campaign(reader, tenant_id, campaign_id)
            good, bad_lines, found = self._sorted(reader, tenant_id, lines)
        if (bad_lines and not partial) or not good:
            raise ImportRejected(bad_lines, len(lines))
        codes = [good[form] for form in sorted(good)]  # in the order of the index, which is twice as fast to fill
        require_issue_limit(campaign, counters, len(codes))
        estimate = estimated_space(good)
        assert estimate is not None
        require_guess_resistance(campaign.guess_floor, estimate.code_count, space=estimate.space, live_count=0)
        self._require_series_resistance(campaign, found)
        try:
            return self._store(campaign, codes, bad_lines, found, is_active=is_active, key=key)
        except Conflict:
            with self._workshop.store.read() as reader:
                if (done := kept(reader, tenant_id, key, ImportReport)) is not None:
                    return done  # the codes were taken by the same request, which was quicker
            raise

    def _require_series_resistance(self, campaign: Campaign, found: Survey) -> None:
        """See that codes which fit a series leave a guesser of its shape enough work."""
        catalogue = self._workshop.catalogue.refresh(campaign.tenant_id)
        for claim in found.claims:
            space = catalogue.by_id[claim.series_id]
            with self._workshop.store.read() as reader:
                floor = max(campaign.guess_floor, reader.highest_guess_floor(campaign.tenant_id, claim.series_id))
            require_guess_resistance(floor, claim.fitting_count, space=space.series.space, live_count=space.live_count)

    def _sorted(
        self, reader: Reader, tenant_id: str, lines: Sequence[ImportedLine]
    ) -> tuple[dict[str, str], tuple[BadLine, ...], Survey]:
        """Part the good lines (canonical form to code) from the bad ones; each line is judged on its own."""
        by_form: dict[str, ImportedLine] = {}
        bad: list[BadLine] = []
        for line in lines:
            try:
                form = canonical(line.code)
                require_unreserved(line.code, "code")
            except InvalidValue as error:
                bad.append(BadLine(line.line, line.code, error.code, error.message))
                continue
            first = by_form.setdefault(form, line)
            if first is not line:
                message = f"Line {first.line} has the same code, or one that reads the same."
                bad.append(BadLine(line.line, line.code, "code_repeated", message))
        bad += [_taken(by_form.pop(form)) for form in self._stored(reader, tenant_id, list(by_form))]
        found = survey(reader, tenant_id, [line.code for line in by_form.values()], self._workshop.catalogue)
        if found.minted_places:
            forms = list(by_form)
            bad += [_taken(by_form.pop(forms[place])) for place in found.minted_places]
        bad.sort(key=lambda bad_line: bad_line.line)
        return {form: one_line(line.code) for form, line in by_form.items()}, tuple(bad), found

    def _stored(self, reader: Reader, tenant_id: str, forms: list[str]) -> set[str]:
        existing: set[str] = set()
        for start in range(0, len(forms), _LOOK_UP_CHUNK):
            existing |= reader.existing_canonicals(tenant_id, forms[start : start + _LOOK_UP_CHUNK])
        return existing

    def _store(
        self,
        campaign: Campaign,
        codes: list[str],
        bad_lines: tuple[BadLine, ...],
        found: Survey,
        *,
        is_active: bool,
        key: IdempotencyKey | None,
    ) -> Done[ImportReport]:
        stored = StoredBatch(self._workshop, campaign, BatchKind.IMPORTED, is_active=is_active)
        with stored.loading():
            for start in range(0, len(codes), CHUNK):
                if stored.add(codes[start : start + CHUNK]):
                    raise Conflict("code_taken", "One of the codes was taken in the meantime; nothing was stored.")
            stored.claim(found)
            with self._workshop.store.write() as writer:
                if (done := kept(writer, campaign.tenant_id, key, ImportReport)) is not None:
                    stored.drop(writer)  # the same request was quicker
                    return done
                batch = stored.finish(writer, codes, found)
                report = ImportReport(batch, batch.count, bad_lines)
                keep(writer, campaign.tenant_id, key, report, batch.updated_at)
        self._workshop.catalogue.refresh(campaign.tenant_id)
        return Done(report)


def _taken(line: ImportedLine) -> BadLine:
    return BadLine(line.line, line.code, "code_taken", "Another coupon has this code, or one that reads the same.")


def _open_campaign(reader: Reader, tenant_id: str, campaign_id: str) -> tuple[Campaign, CampaignCounters]:
    campaign = reader.campaign(tenant_id, campaign_id)
    counters = reader.counters(tenant_id, campaign_id)
    if campaign is None or counters is None:
        raise NotFound("campaign", campaign_id)
    if campaign.status is CampaignStatus.ARCHIVED:
        raise Conflict("campaign_archived", "The campaign was deleted; it issues no more codes.")
    return campaign, counters
