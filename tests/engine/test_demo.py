"""The demo tenant: the same at every start, whatever was done with it."""

from couponry.domain.campaigns import CampaignStatus
from couponry.engine.demo import TENANT_NAME, seed_demo
from couponry.engine.keyring import Keyring
from tests.engine.house import MASTER_KEY, House, house_at

KEYRING = Keyring((MASTER_KEY,))


def test_the_demo_is_the_same_at_every_start(house: House) -> None:
    """Keys and campaigns stay what they are, after a restart too."""
    first = seed_demo(house.engine, KEYRING)
    assert seed_demo(house.engine, KEYRING) == first
    with house_at(house.path, house.clock) as restarted:
        assert seed_demo(restarted.engine, KEYRING) == first
        assert restarted.engine.keys.authenticate(first.api_key) is not None
        assert restarted.engine.keys.authenticate(first.publishable_key) is not None


def test_the_demo_survives_what_people_do_with_it(house: House) -> None:
    """Archived campaigns and very many others do not keep the server from starting."""
    first = seed_demo(house.engine, KEYRING)
    for campaign in first.campaigns.values():
        house.engine.campaigns.set_status(first.tenant.tenant_id, campaign.campaign_id, CampaignStatus.ARCHIVED)
    again = seed_demo(house.engine, KEYRING)
    ids = [campaign.campaign_id for campaign in again.campaigns.values()]
    assert ids == [campaign.campaign_id for campaign in first.campaigns.values()]


def test_the_demo_can_be_used(house: House) -> None:
    """A code of the demo is good."""
    demo = seed_demo(house.engine, KEYRING)
    tenant = house.engine.tenants.named(TENANT_NAME)
    assert tenant == demo.tenant
    house.tenant = demo.tenant.tenant_id
    house.used("welcome10")
    batch = house.minted(demo.campaigns["percent"], 10**9)
    house.used(house.codes(batch, offset=123_456_789, limit=1)[0])
