"""Campaigns and their counters."""

import pytest
from msgspec.structs import replace

from couponry.domain.benefits import Access, Amount, Benefit, Credit, Percent
from couponry.domain.campaigns import CampaignCounters, CampaignStatus, Limits
from couponry.engine.ports import Page, Store
from tests.properties.samples import CAMPAIGN, TENANT, campaign_of
from tests.storage.samples import rich_campaign


def test_campaign_comes_back_whole(store: Store) -> None:
    """A campaign is read with every field as it was written, and an unknown one is None."""
    plain = campaign_of(campaign_id="cmp_2", static_code="Hello-You")
    with store.write() as writer:
        writer.insert_campaign(rich_campaign())
        writer.insert_campaign(plain)
    with store.read() as reader:
        assert reader.campaign(TENANT, CAMPAIGN) == rich_campaign()
        assert reader.campaign(TENANT, "cmp_2") == plain
        assert reader.campaign(TENANT, "cmp_none") is None


@pytest.mark.parametrize(
    "benefit",
    [Percent("12.5"), Percent("100", 10**15, "EUR"), Amount(1, "JPY"), Credit(10**15, "KWD"), Access()],
    ids=repr,
)
def test_every_benefit_comes_back(store: Store, benefit: Benefit) -> None:
    """Whatever a campaign gives is read as it was written."""
    with store.write() as writer:
        writer.insert_campaign(campaign_of(benefit))
    with store.read() as reader:
        found = reader.campaign(TENANT, CAMPAIGN)
    assert found is not None
    assert found.benefit == benefit


def test_campaign_is_replaced(store: Store) -> None:
    """Updating a campaign replaces all that can change of it."""
    changed = rich_campaign(
        name="Autumn",
        status=CampaignStatus.ARCHIVED,
        benefit=Access(),
        limits=Limits(),
        starts_at=None,
        ends_at=None,
        metadata={},
        version=8,
    )
    with store.write() as writer:
        writer.insert_campaign(rich_campaign())
        writer.update_campaign(changed)
    with store.read() as reader:
        assert reader.campaign(TENANT, CAMPAIGN) == changed


def test_campaigns_are_listed_newest_first_by_pages(store: Store) -> None:
    """Campaigns come newest first, a page after the other, without the archived ones."""
    with store.write() as writer:
        for number in range(5):
            status = CampaignStatus.ARCHIVED if number == 3 else CampaignStatus.PAUSED
            writer.insert_campaign(campaign_of(campaign_id=f"cmp_{number}", status=status))
    with store.read() as reader:
        first = reader.campaigns(TENANT, Page(3))
        assert [campaign.campaign_id for campaign in first] == ["cmp_4", "cmp_2", "cmp_1"]
        rest = reader.campaigns(TENANT, Page(3, after="cmp_1"))
        assert [campaign.campaign_id for campaign in rest] == ["cmp_0"]


def test_counters_begin_at_zero_and_are_replaced(store: Store) -> None:
    """A new campaign has counted nothing; counters are replaced as a whole and read with the campaign under lock."""
    counted = CampaignCounters(TENANT, CAMPAIGN, issued_count=2**62, redeemed_count=7)
    with store.write() as writer:
        writer.insert_campaign(campaign_of())
        assert writer.counters(TENANT, CAMPAIGN) == replace(counted, issued_count=0, redeemed_count=0)
        writer.set_counters(counted)
        assert writer.locked_campaign(TENANT, CAMPAIGN) == (campaign_of(), counted)
        assert writer.locked_campaign(TENANT, "cmp_none") is None
    with store.read() as reader:
        assert reader.counters(TENANT, CAMPAIGN) == counted
        assert reader.counters(TENANT, "cmp_none") is None
