"""Campaigns: what makes one valid, and what may change about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from couponry.domain.benefits import Access, Amount, Benefit, Credit, Percent
from couponry.domain.campaigns import (
    MAX_COUNT,
    Campaign,
    CampaignChange,
    CampaignStatus,
    Limits,
    campaign_currency,
    change_campaign,
    default_max_redemptions_per_coupon,
    refusals_of_campaign,
    require_campaign,
    set_status,
)
from couponry.domain.errors import Conflict, InvalidValue
from couponry.domain.refusals import Reason
from tests.properties.samples import DAY, NOW, campaign_of, counters_of

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("value", [0, -1, MAX_COUNT + 1])
@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_a_limit_out_of_range_is_refused(name: str, value: int) -> None:
    """A limit is at least one and cannot overflow; the field is named."""
    with pytest.raises(InvalidValue) as refusal:
        Limits(**{name: value})
    assert (refusal.value.code, refusal.value.field) == ("limit_out_of_range", name)


@pytest.mark.parametrize("value", [None, 1, MAX_COUNT])
def test_a_limit_at_the_ends_of_its_range_is_accepted(value: int | None) -> None:
    """One, the largest, and none at all are limits."""
    assert Limits(value, value, value).max_issued == value


@pytest.mark.parametrize("name", ["", "   ", "\t\n", "x" * 201])
def test_a_name_out_of_range_is_refused(name: str) -> None:
    """A name has something to read and at most 200 characters."""
    with pytest.raises(InvalidValue) as refusal:
        require_campaign(campaign_of(name=name))
    assert refusal.value.code == "name_out_of_range"


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_no_database_can_keep_is_refused(name: str) -> None:
    """U+0000 and half a surrogate pair would be cut or break the transaction, so they are refused before."""
    with pytest.raises(InvalidValue) as refusal:
        require_campaign(campaign_of(name=name))
    assert (refusal.value.code, refusal.value.field) == ("text_not_storable", "name")


@pytest.mark.parametrize("ends_at", [NOW, NOW - SECOND])
def test_validity_that_ends_before_it_starts_is_refused(ends_at: datetime) -> None:
    """An end at or before the start leaves no instant to use a coupon."""
    with pytest.raises(InvalidValue) as refusal:
        require_campaign(campaign_of(starts_at=NOW, ends_at=ends_at))
    assert refusal.value.code == "validity_out_of_order"


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001  # without a zone, that is the fault
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_an_instant_that_utc_cannot_tell_is_refused(field: str, instant: datetime) -> None:
    """An instant without a zone, or outside the years 1 to 9999 in UTC, could be stored but never read again."""
    with pytest.raises(InvalidValue) as refusal:
        require_campaign(replace(campaign_of(), **{field: instant}))
    assert (refusal.value.code, refusal.value.field) == ("instant_out_of_range", field)


@pytest.mark.parametrize("floor", [0, -1, MAX_COUNT + 1])
def test_a_guess_floor_out_of_range_is_refused(floor: int) -> None:
    """A floor is at least one guess."""
    with pytest.raises(InvalidValue) as refusal:
        require_campaign(campaign_of(guess_floor=floor))
    assert refusal.value.code == "guess_floor_out_of_range"


def test_a_pattern_and_a_static_code_exclude_each_other() -> None:
    """A campaign mints or has one code for all."""
    with pytest.raises(InvalidValue) as refusal:
        require_campaign(campaign_of(pattern="####", static_code="HELLO"))
    assert refusal.value.code == "pattern_and_code"


@pytest.mark.parametrize(
    ("benefit", "static_code", "expected"),
    [(Amount(1, "EUR"), None, 1), (Access(), None, 1), (Credit(1, "EUR"), None, None), (Access(), "HELLO", None)],
)
def test_a_coupon_can_be_used_once_unless_it_is_shared_or_holds_a_balance(
    benefit: Benefit, static_code: str | None, expected: int | None
) -> None:
    """Without a word about it, a code of one's own is used once."""
    assert default_max_redemptions_per_coupon(benefit, static_code) == expected


def test_a_change_leaves_the_rest_and_counts_a_version() -> None:
    """What is not named stays; version and time move on."""
    before = campaign_of(limits=Limits(max_issued=5))
    after = change_campaign(before, CampaignChange(name="Winter"), counters_of(), NOW)
    assert (after.name, after.limits, after.version, after.updated_at) == ("Winter", before.limits, 2, NOW)


def test_an_end_can_be_taken_away() -> None:
    """Null and unset are two things: null removes the end."""
    before = campaign_of(ends_at=NOW)
    assert change_campaign(before, CampaignChange(), counters_of(), NOW).ends_at == NOW
    assert change_campaign(before, CampaignChange(ends_at=None), counters_of(), NOW).ends_at is None


def test_a_change_is_checked_with_what_stays() -> None:
    """A new end before the old start is refused."""
    with pytest.raises(InvalidValue) as refusal:
        change_campaign(campaign_of(starts_at=NOW), CampaignChange(ends_at=NOW - DAY), counters_of(), NOW)
    assert refusal.value.code == "validity_out_of_order"


def test_the_benefit_stays_once_coupons_are_issued() -> None:
    """Coupons in people's hands keep what they promise."""
    change = CampaignChange(benefit=Percent("1"))
    with pytest.raises(Conflict) as refusal:
        change_campaign(campaign_of(), change, counters_of(issued=1), NOW)
    assert refusal.value.code == "benefit_in_use"
    assert change_campaign(campaign_of(), change, counters_of(issued=0), NOW).benefit == Percent("1")


def test_the_same_benefit_is_no_change() -> None:
    """Repeating the benefit as it is passes."""
    campaign = campaign_of()
    assert change_campaign(campaign, CampaignChange(benefit=campaign.benefit), counters_of(), NOW).version == 2


@pytest.mark.parametrize("limits", [Limits(max_issued=4), Limits(max_redemptions=2)])
def test_a_limit_cannot_fall_below_what_is_taken(limits: Limits) -> None:
    """The numbers of the conflict say how many are taken."""
    with pytest.raises(Conflict) as refusal:
        change_campaign(campaign_of(), CampaignChange(limits=limits), counters_of(5, 3), NOW)
    assert refusal.value.code == "limit_below_use"
    assert refusal.value.values["used"] in {5, 3}


def test_a_limit_may_be_exactly_what_is_taken() -> None:
    """A campaign can be closed at where it stands."""
    limits = Limits(max_issued=5, max_redemptions=3)
    assert change_campaign(campaign_of(), CampaignChange(limits=limits), counters_of(5, 3), NOW).limits == limits


def test_an_archived_campaign_does_not_change() -> None:
    """What was deleted stays as it was."""
    archived = campaign_of(status=CampaignStatus.ARCHIVED)
    changes: tuple[Callable[[], Campaign], ...] = (
        lambda: change_campaign(archived, CampaignChange(name="x"), counters_of(), NOW),
        lambda: set_status(archived, CampaignStatus.ACTIVE, NOW),
        lambda: set_status(archived, CampaignStatus.PAUSED, NOW),
    )
    for change in changes:
        with pytest.raises(Conflict) as refusal:
            change()
        assert refusal.value.code == "campaign_archived"


@pytest.mark.parametrize("status", CampaignStatus)
def test_the_same_status_again_changes_nothing(status: CampaignStatus) -> None:
    """Pausing a paused campaign is no change and no new version."""
    campaign = campaign_of(status=status)
    assert set_status(campaign, status, NOW) is campaign


@pytest.mark.parametrize("old", [CampaignStatus.ACTIVE, CampaignStatus.PAUSED])
@pytest.mark.parametrize("new", CampaignStatus)
def test_a_living_campaign_takes_every_status(old: CampaignStatus, new: CampaignStatus) -> None:
    """Pause, resume and archive are possible until it is archived."""
    assert set_status(campaign_of(status=old), new, NOW).status is new


@pytest.mark.parametrize(
    ("status", "after_start", "before_end", "reasons"),
    [
        (CampaignStatus.ACTIVE, True, True, []),
        (CampaignStatus.PAUSED, True, True, [Reason.CAMPAIGN_PAUSED]),
        (CampaignStatus.ARCHIVED, True, True, [Reason.CAMPAIGN_ARCHIVED]),
        (CampaignStatus.ACTIVE, False, True, [Reason.NOT_YET_VALID]),
        (CampaignStatus.ACTIVE, True, False, [Reason.EXPIRED]),
        (CampaignStatus.PAUSED, False, True, [Reason.CAMPAIGN_PAUSED, Reason.NOT_YET_VALID]),
    ],
)
def test_every_reason_of_a_campaign_is_listed(
    status: CampaignStatus,
    after_start: bool,  # noqa: FBT001  # a table
    before_end: bool,  # noqa: FBT001  # a table
    reasons: list[Reason],
) -> None:
    """Status and calendar are judged apart and told together."""
    starts_at = NOW - DAY if after_start else NOW + DAY
    ends_at = NOW + 2 * DAY if before_end else NOW - SECOND
    campaign = campaign_of(status=status, starts_at=starts_at, ends_at=ends_at)
    assert [refusal.reason for refusal in refusals_of_campaign(campaign, NOW)] == reasons


def test_the_start_belongs_to_the_validity_and_the_end_does_not() -> None:
    """A coupon can be used at the first instant and no longer at the end."""
    campaign = campaign_of(starts_at=NOW, ends_at=NOW + SECOND)
    assert refusals_of_campaign(campaign, NOW) == []
    assert [refusal.reason for refusal in refusals_of_campaign(campaign, NOW + SECOND)] == [Reason.EXPIRED]
    assert [refusal.reason for refusal in refusals_of_campaign(campaign, NOW - SECOND)] == [Reason.NOT_YET_VALID]


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_campaign_without_dates_is_open_at_any_instant(now: datetime) -> None:
    """No start and no end is always."""
    assert refusals_of_campaign(campaign_of(), now) == []


def test_a_cap_on_redemptions_makes_a_campaign_capped() -> None:
    """Other limits need no lock on the campaign."""
    assert campaign_of(limits=Limits(max_redemptions=1)).is_capped
    assert not campaign_of(limits=Limits(max_issued=1, max_redemptions_per_coupon=1)).is_capped


def test_a_campaign_tells_its_currency() -> None:
    """The currency is that of the benefit."""
    assert campaign_currency(campaign_of(Credit(1, "USD"))) == "USD"
