"""The doctor: looks at a database and says what is wrong with it."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from couponry.domain.alphabets import alphabet_from_text
from couponry.domain.batches import Batch, BatchKind, SeriesRow
from couponry.domain.campaigns import Campaign
from couponry.domain.codes import canonical
from couponry.domain.guessing import DEFAULT_GUESS_FLOOR, estimated_space, expected_guesses
from couponry.domain.patterns import Pattern
from couponry.engine.ports import Page, Reader
from couponry.engine.stored_codes import ABANDONED_AFTER
from couponry.engine.workshop import Workshop

_PAGE = 1_000
_CODES = 20_000
_SHOWN = 20


class Finding(Struct, frozen=True):
    """What one check found.

    Attributes:
        check: its name.
        is_ok: whether all is well.
        message: what was looked at, or what is wrong and what to do.
    """

    check: str
    is_ok: bool
    message: str


def examine(workshop: Workshop) -> Sequence[Finding]:
    """Look at everything that must hold.

    Args:
        workshop: the tools.

    Returns:
        a finding for each check, in a fixed order.
    """
    with workshop.store.read() as reader:
        return [
            _keys(reader, workshop),
            _balances(reader),
            _counters(reader),
            _code_spaces(reader),
            _abandoned(reader, workshop),
        ]


def _keys(reader: Reader, workshop: Workshop) -> Finding:
    missing = sorted(key_id for key_id in reader.key_checks() if key_id not in workshop.keyring)
    if missing:
        return Finding(
            "keys", is_ok=False, message=f"Master keys are missing: {', '.join(missing)}. Restore the key file."
        )
    return Finding("keys", is_ok=True, message=f"{len(reader.key_checks())} master key(s), all present.")


def _balances(reader: Reader) -> Finding:
    faults = reader.balance_faults()
    texts = [f"{coupon_id} holds {balance}, its entries sum to {total}" for _, coupon_id, balance, total in faults]
    return _finding("ledger", texts, "Every balance is the sum of its ledger entries.")


def _counters(reader: Reader) -> Finding:
    faults = reader.counter_faults()
    texts = [f"{campaign_id} counts {counter}, {actual} hold" for _, campaign_id, counter, actual in faults]
    return _finding("counters", texts, "Every capped campaign counts the redemptions that hold.")


def _code_spaces(reader: Reader) -> Finding:
    weak = []
    for tenant in reader.tenants():
        for row in reader.series(tenant.tenant_id):
            guesses = _guesses(reader, row)
            floor = max(DEFAULT_GUESS_FLOOR, reader.highest_guess_floor(row.tenant_id, row.series_id))
            if guesses < floor:
                weak.append(f"'{row.pattern}' of {tenant.name}: {guesses} expected guesses, wanted {floor}")
        weak += [
            f"batch {batch_id} of {tenant.name}: {guesses} expected guesses"
            for batch_id, guesses in _stored_spaces(reader, tenant.tenant_id)
            if guesses < DEFAULT_GUESS_FLOOR
        ]
    return _finding("code_spaces", weak, f"No code space is below {DEFAULT_GUESS_FLOOR} expected guesses.")


def _guesses(reader: Reader, row: SeriesRow) -> int:
    ahead = len(reader.taken_indices(row.tenant_id, row.series_id, row.next_index)) if row.adopted_count else 0
    return expected_guesses(Pattern.parse(row.pattern).space(alphabet_from_text(row.alphabet)), row.next_index + ahead)


def _stored_spaces(reader: Reader, tenant_id: str) -> Iterator[tuple[str, int]]:
    """Estimate the guess resistance of each batch of stored codes; static codes are meant to be known."""
    after_campaign: str | None = None
    while campaigns := reader.campaigns(tenant_id, Page(_PAGE, after_campaign)):
        after_campaign = campaigns[-1].campaign_id
        for campaign in campaigns:
            for batch in _batches(reader, campaign):
                if batch.kind in (BatchKind.IMPORTED, BatchKind.RANDOM):
                    estimate = estimated_space(_canonicals(reader, tenant_id, batch.batch_id))
                    if estimate is not None:
                        yield batch.batch_id, estimate.expected_guesses


def _batches(reader: Reader, campaign: Campaign) -> Iterator[Batch]:
    after: str | None = None
    while batches := reader.batches(campaign.tenant_id, campaign.campaign_id, Page(_PAGE, after)):
        after = batches[-1].batch_id
        yield from batches


def _canonicals(reader: Reader, tenant_id: str, batch_id: str) -> Iterator[str]:
    after: str | None = None
    while rows := reader.stored_codes(tenant_id, batch_id, after, _CODES):
        after = rows[-1][0]
        for _, code in rows:
            yield canonical(code)


def _abandoned(reader: Reader, workshop: Workshop) -> Finding:
    stale = reader.stale_batches(workshop.clock.now() - ABANDONED_AFTER)
    texts = [f"{batch.batch_id} ({batch.count} codes)" for batch in stale]
    return _finding(
        "imports",
        texts,
        "No import was left half done.",
        advice="A running server removes them within three minutes of their last sign of life.",
    )


def _finding(check: str, faults: Iterable[str], fine: str, *, advice: str = "") -> Finding:
    faults = list(faults)
    if not faults:
        return Finding(check, is_ok=True, message=fine)
    shown = "; ".join(faults[:_SHOWN])
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return Finding(check, is_ok=False, message=f"{shown}{more}. {advice}".strip())
