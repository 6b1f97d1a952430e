"""Batches: runs of codes minted together, and imported lists."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from couponry.domain.campaigns import MAX_COUNT, Campaign, CampaignCounters
from couponry.domain.errors import Conflict, InvalidValue
from couponry.domain.guessing import expected_guesses


class BatchKind(StrEnum):
    """How the codes of a batch are kept."""

    RANGE = "range"
    """A range of a series: one row whatever the count."""
    RANDOM = "random"
    """Drawn at random from a space too small for a series: a row each."""
    IMPORTED = "imported"
    """Brought by the tenant: a row each."""
    STATIC = "static"
    """The one code of a static campaign."""


class BatchStatus(StrEnum):
    """Whether the codes of a batch exist for a caller."""

    LOADING = "loading"
    READY = "ready"


class Batch(Struct, frozen=True):
    """A run of codes.

    Attributes:
        count: codes in it.
        series_id: the series it owns a range of, else None.
        first_index: first index of its range; indices taken by adopted codes are stepped over.
        end_index: one past its last index.
        is_active: whether its coupons can be used at once, or wait for activation.
    """

    tenant_id: str
    batch_id: str
    campaign_id: str
    kind: BatchKind
    status: BatchStatus
    count: int
    series_id: str | None
    first_index: int | None
    end_index: int | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


class SeriesRow(Struct, frozen=True):
    """What is stored of a series: its shape, the key it was made with, and how far its counter has come.

    Attributes:
        key_id: which master key its own key derives from.
        next_index: indices below are issued (or taken by an adopted code).
        adopted_count: imported and static codes that fit its shape.
    """

    tenant_id: str
    series_id: str
    pattern: str
    alphabet: str
    key_id: str
    next_index: int
    adopted_count: int
    created_at: datetime


def require_count(count: int) -> None:
    """Accept a number of codes to mint.

    Args:
        count: codes.

    Raises:
        InvalidValue: `count_out_of_range`.
    """
    if not 1 <= count <= MAX_COUNT:
        raise InvalidValue("count_out_of_range", f"count is {count}; it must be 1 to {MAX_COUNT}.", field="count")


def require_room(
    campaign: Campaign,
    counters: CampaignCounters,
    count: int,
    *,
    space: int,
    capacity: int,
    live_count: int,
    guess_floor: int,
) -> None:
    """Accept an issue of codes that the campaign's limit, the code space and the guess floor leave room for.

    Args:
        campaign: the offer.
        counters: what it has issued so far.
        count: codes to issue.
        space: how many texts of the shape a guesser has to choose from.
        capacity: how many codes of it can be issued; less than the space where a keyed tail checks codes.
        live_count: how many of them exist before this issue.
        guess_floor: the highest of the campaigns that share the space.

    Raises:
        Conflict: `limit_reached` (max_issued), `code_space_exhausted`, or `guess_resistance_too_low` with the
            expected guesses, the floor, and the most codes that could still be issued above it.
    """
    require_issue_limit(campaign, counters, count)
    if count > capacity - live_count:
        raise Conflict(
            "code_space_exhausted",
            f"{count} codes do not fit: the pattern has {capacity} codes and {live_count} are taken.",
            capacity=capacity,
            taken=live_count,
            available=capacity - live_count,
        )
    require_guess_resistance(guess_floor, count, space=space, live_count=live_count)


def require_issue_limit(campaign: Campaign, counters: CampaignCounters, count: int) -> None:
    """Accept an issue of codes within the campaign's `max_issued`.

    Args:
        campaign: the offer.
        counters: what it has issued so far.
        count: codes to issue.

    Raises:
        Conflict: `limit_reached`.
    """
    maximum = campaign.limits.max_issued
    if maximum is not None and counters.issued_count + count > maximum:
        raise Conflict(
            "limit_reached",
            f"{count} more coupons would pass max_issued {maximum}: {counters.issued_count} are issued.",
            limit="max_issued",
            max=maximum,
            used=counters.issued_count,
        )


def require_guess_resistance(guess_floor: int, count: int, *, space: int, live_count: int) -> None:
    """Accept an issue of codes that leaves a guesser enough work.

    Args:
        guess_floor: fewest expected guesses to a first hit that must remain.
        count: codes to issue; 0 judges what exists.
        space: how many texts of the shape a guesser has to choose from.
        live_count: how many codes of the shape exist before.

    Raises:
        Conflict: `guess_resistance_too_low` with the expected guesses, the floor, and the most codes that could still
            be issued above it.
    """
    guesses = expected_guesses(space, live_count + count)
    if guesses < guess_floor:
        raise Conflict(
            "guess_resistance_too_low",
            f"With {count} more codes a guesser would need {guesses} tries to a first hit; the floor is "
            f"{guess_floor}. Use more random positions, issue fewer codes, or lower guess_floor.",
            expected_guesses=guesses,
            guess_floor=guess_floor,
            max_count=max(0, space // guess_floor - live_count),
        )


def end_of_range(first: int, count: int, taken: Sequence[int]) -> int:
    """Find where a range of a series ends that steps over taken indices.

    Args:
        first: first index of the range.
        count: codes it must hold, 1 or more.
        taken: taken indices at or past `first`, ascending.

    Returns:
        one past the last index of the range.
    """
    stepped = 0
    while (beyond := bisect_left(taken, first + count + stepped)) != stepped:
        stepped = beyond
    return first + count + stepped
