"""Use cases of campaigns: making, changing, counting anew."""

from collections.abc import Callable

import pytest

from couponry.domain.benefits import Access, Credit
from couponry.domain.campaigns import CampaignChange, CampaignStatus, Limits
from couponry.domain.errors import Conflict, InvalidValue, NotFound
from couponry.domain.events import EventType
from couponry.domain.redemptions import Redemption
from couponry.domain.refusals import Reason
from couponry.engine.ports import MoneyTotal, Page
from tests.engine.house import House
from tests.properties.samples import DAY, NOW, order_of


def change(house: House, campaign_id: str, **fields: object) -> None:
    house.engine.campaigns.change(house.tenant, campaign_id, CampaignChange(**fields))  # type: ignore[arg-type]


def counter(house: House, campaign_id: str) -> int:
    with house.store.read() as reader:
        counters = reader.counters(house.tenant, campaign_id)
    assert counters is not None
    return counters.redeemed_count


def test_a_campaign_reads_back_as_it_was_made(house: House) -> None:
    """Every field survives the database."""
    campaign = house.campaign(
        Credit(5, "JPY"),
        Limits(1, 2, 3),
        pattern="ÄÖ-########",
        alphabet="custom:ACDEFGHJK",
        starts_at=NOW - DAY,
        ends_at=NOW + DAY,
        guess_floor=7,
        metadata={"text": "ü\n", "number": -(2**70), "flag": True, "nothing": None},
    )
    assert house.engine.campaigns.get(house.tenant, campaign.campaign_id) == campaign
    assert list(house.engine.campaigns.list(house.tenant, Page(10))) == [campaign]


def test_a_cap_that_comes_later_counts_what_was_redeemed_before(house: House) -> None:
    """Uses of the uncapped time take places of the cap, those that were rolled back do not."""
    campaign = house.campaign(code="HELLO")
    used = [house.used("HELLO") for _ in range(5)]
    house.roll_back(used[0])
    change(house, campaign.campaign_id, limits=Limits(max_redemptions=6))
    assert counter(house, campaign.campaign_id) == 4
    answers = [house.redeem("HELLO") for _ in range(3)]
    assert [isinstance(answer, Redemption) for answer in answers] == [True, True, False]
    assert house.doctor() == {}


def test_a_cap_can_go_and_come_back(house: House) -> None:
    """Without a cap nothing is counted, with it everything is, rollbacks of the time between included."""
    campaign = house.campaign(limits=Limits(max_redemptions=2), code="HELLO")
    first = house.used("HELLO")
    house.used("HELLO")
    change(house, campaign.campaign_id, limits=Limits())
    assert counter(house, campaign.campaign_id) == 0
    house.used("HELLO")
    house.roll_back(first)
    change(house, campaign.campaign_id, limits=Limits(max_redemptions=2))
    assert counter(house, campaign.campaign_id) == 2
    assert house.redeem("HELLO") == [Reason.LIMIT_REACHED]
    assert house.doctor() == {}


def test_a_cap_below_what_is_taken_is_refused_for_an_uncapped_campaign_too(house: House) -> None:
    """What was redeemed without a count is counted before a cap is accepted."""
    campaign = house.campaign(code="HELLO")
    for _ in range(3):
        house.used("HELLO")
    with pytest.raises(Conflict) as refusal:
        change(house, campaign.campaign_id, limits=Limits(max_redemptions=2))
    assert (refusal.value.code, refusal.value.values["used"]) == ("limit_below_use", 3)


def test_a_raised_cap_opens_places(house: House) -> None:
    """A cap that grows lets the next ones in."""
    campaign = house.campaign(limits=Limits(max_redemptions=1), code="HELLO")
    house.used("HELLO")
    change(house, campaign.campaign_id, limits=Limits(max_redemptions=2))
    house.used("HELLO")
    assert house.redeem("HELLO") == [Reason.LIMIT_REACHED]


def test_a_change_takes_effect_with_the_next_redemption(house: House) -> None:
    """A new end closes the campaign at once."""
    campaign = house.campaign(code="HELLO")
    house.used("HELLO")
    change(house, campaign.campaign_id, ends_at=NOW)
    assert house.redeem("HELLO") == [Reason.EXPIRED]


def test_a_change_of_another_version_is_a_conflict(house: House) -> None:
    """Who read an older version does not overwrite a newer one, by change or by status."""
    campaign = house.campaign()
    change(house, campaign.campaign_id, name="Winter")
    campaigns = house.engine.campaigns
    attempts: tuple[Callable[[], object], ...] = (
        lambda: campaigns.change(house.tenant, campaign.campaign_id, CampaignChange(), expected_version=1),
        lambda: campaigns.set_status(house.tenant, campaign.campaign_id, CampaignStatus.PAUSED, expected_version=1),
    )
    for attempt in attempts:
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "version_mismatch"


def test_a_refused_campaign_leaves_nothing(house: House) -> None:
    """A campaign whose code is taken makes no campaign, no series and no event."""
    house.campaign(code="HELLO")
    for code in ("hello", "HE110", "H-E-L-L-O"):
        with pytest.raises(Conflict) as refusal:
            house.campaign(code=code)
        assert refusal.value.code == "code_taken"
    assert len(house.engine.campaigns.list(house.tenant, Page(10))) == 1
    assert len(house.engine.events.list(house.tenant, Page(10))) == 1


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({"pattern": "NO-POSITIONS"}, "pattern_without_random_positions"),
        ({"pattern": "####-####", "code": "X"}, "pattern_and_code"),
        ({"pattern": "####", "alphabet": "klingon"}, "alphabet_invalid"),
        ({"code": " "}, "code_invalid"),
        ({"code": "x" * 129}, "code_invalid"),
        ({"starts_at": NOW, "ends_at": NOW}, "validity_out_of_order"),
        ({"guess_floor": 0}, "guess_floor_out_of_range"),
    ],
)
def test_a_wrong_draft_is_refused(house: House, draft: dict[str, object], code: str) -> None:
    """A draft whose parts are wrong makes nothing."""
    with pytest.raises(InvalidValue) as refusal:
        house.campaign(**draft)  # type: ignore[arg-type]
    assert refusal.value.code == code
    assert house.engine.campaigns.list(house.tenant, Page(10)) == []


def test_an_archived_campaign_is_found_but_not_listed(house: House) -> None:
    """Deleting a campaign hides it from lists; its code stays taken."""
    campaign = house.campaign(code="HELLO")
    house.engine.campaigns.set_status(house.tenant, campaign.campaign_id, CampaignStatus.ARCHIVED)
    assert house.engine.campaigns.list(house.tenant, Page(10)) == []
    assert house.engine.campaigns.get(house.tenant, campaign.campaign_id).status is CampaignStatus.ARCHIVED
    with pytest.raises(Conflict):
        house.campaign(code="HELLO")


def test_statistics_sum_up_what_became_of_a_campaign(house: House) -> None:
    """Counts and sums follow every redemption and rollback."""
    campaign = house.campaign(Access(), limits=Limits(max_redemptions_per_coupon=2), pattern="STAT-########")
    codes = house.codes(house.minted(campaign, 5))
    first, second = house.used(codes[0], order_of(100)), house.used(codes[0], order_of(30, currency="USD"))
    house.used(codes[1])
    house.roll_back(first, 40)
    house.roll_back(second)
    report = house.engine.campaigns.statistics(house.tenant, campaign.campaign_id)
    statistics = report.statistics
    assert (statistics.issued_count, statistics.touched_count, statistics.voided_count) == (5, 2, 0)
    assert (statistics.redemption_count, statistics.redeemed_count, statistics.rollback_count) == (3, 2, 2)
    assert statistics.discounts == (MoneyTotal("EUR", 60), MoneyTotal("USD", 0))
    assert [(space.live_count, space.expected_guesses) for space in report.spaces] == [(5, 32**8 // 5)]


def test_every_step_of_a_campaign_is_an_event(house: House) -> None:
    """Listeners hear of making, changing, pausing, resuming and archiving, once each."""
    campaign = house.campaign()
    change(house, campaign.campaign_id, name="Winter")
    for status in (CampaignStatus.PAUSED, CampaignStatus.PAUSED, CampaignStatus.ACTIVE, CampaignStatus.ARCHIVED):
        house.engine.campaigns.set_status(house.tenant, campaign.campaign_id, status)
    events = house.engine.events.list(house.tenant, Page(10))
    assert [event.type for event in reversed(events)] == [
        EventType.CAMPAIGN_CREATED,
        EventType.CAMPAIGN_UPDATED,
        EventType.CAMPAIGN_PAUSED,
        EventType.CAMPAIGN_RESUMED,
        EventType.CAMPAIGN_ARCHIVED,
    ]


def test_another_tenants_campaign_is_not_found(house: House) -> None:
    """Another tenant's campaign answers as one that does not exist, whatever is asked."""
    campaign = house.campaign(pattern="MINT-########")
    stranger = house.engine.tenants.create("Other").tenant_id
    campaigns = house.engine.campaigns
    attempts: tuple[Callable[[], object], ...] = (
        lambda: campaigns.get(stranger, campaign.campaign_id),
        lambda: campaigns.change(stranger, campaign.campaign_id, CampaignChange()),
        lambda: campaigns.set_status(stranger, campaign.campaign_id, CampaignStatus.PAUSED),
        lambda: campaigns.statistics(stranger, campaign.campaign_id),
        lambda: house.engine.batches.mint(stranger, campaign.campaign_id, 1),
        lambda: house.engine.batches.list(stranger, campaign.campaign_id, Page(1)),
    )
    for attempt in attempts:
        with pytest.raises(NotFound) as refusal:
            attempt()
        assert refusal.value.message == f"No campaign '{campaign.campaign_id}'."
