"""Use cases of redemptions: use, undo, look back."""

import pytest

from couponry.domain.benefits import Credit
from couponry.domain.campaigns import Limits
from couponry.domain.errors import InvalidValue, NotFound
from couponry.domain.redemptions import RedemptionStatus, Rollback
from couponry.domain.refusals import Reason, Refused
from couponry.domain.validations import Validation
from couponry.engine.ports import Page, RedemptionFilter
from tests.engine.house import WAIT_SECONDS, House
from tests.properties.samples import DAY, NOW, order_of


def test_a_redemption_reads_back_as_it_was_answered(house: House) -> None:
    """Nothing is lost between the answer and the database."""
    house.campaign(code="HELLO")
    used = house.redeem("HELLO", order_of(700, 900), customer="Zoë")
    assert house.engine.redemptions.get(house.tenant, used.redemption_id) == used  # type: ignore[union-attr]


def test_a_gift_credit_is_spent_over_three_orders(house: House) -> None:
    """The balance falls with each use, a partial rollback gives some back, and nothing is spent twice."""
    code = house.codes(house.minted(house.campaign(Credit(1000, "EUR"), pattern="GIFT-########"), 1))[0]
    first = house.used(code, order_of(400))
    assert isinstance(house.roll_back(first, 150), Rollback)
    second = house.used(code, order_of(700))
    third = house.used(code, order_of(700))
    discounts = [used.discount.amount_minor for used in (first, second, third) if used.discount is not None]
    assert discounts == [400, 700, 50]
    assert third.balance_after_minor == 0
    assert house.redeem(code, order_of(1)) == [Reason.BALANCE_EMPTY]
    entries = house.engine.coupons.entries(house.tenant, first.coupon_id, Page(10))
    assert [entry.amount_minor for entry in reversed(entries)] == [1000, -400, 150, -700, -50]
    assert house.doctor() == {}


def test_a_rollback_opens_the_coupon_again(house: House) -> None:
    """A coupon for one use can be used again after a full rollback, not after a partial one."""
    campaign = house.campaign(limits=Limits(max_redemptions_per_coupon=1), pattern="ONCE-########")
    code = house.codes(house.minted(campaign, 1))[0]
    used = house.used(code, order_of(500))
    house.roll_back(used, 100)
    assert house.redeem(code, order_of(500)) == [Reason.LIMIT_REACHED]
    house.roll_back(used, 400)
    assert house.roll_back(used) == [Reason.ALREADY_ROLLED_BACK]
    again = house.used(code, order_of(500))
    assert again.redemption_id != used.redemption_id
    status = house.engine.redemptions.get(house.tenant, used.redemption_id).status
    assert status is RedemptionStatus.ROLLED_BACK
    assert [rollback.is_full for rollback in house.engine.redemptions.rollbacks(house.tenant, used.redemption_id)] == [
        False,
        True,
    ]


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1])
def test_an_amount_out_of_range_is_not_rolled_back(house: House, amount: int) -> None:
    """A rollback takes back at least one unit."""
    house.campaign(code="HELLO")
    used = house.used("HELLO", order_of(500))
    with pytest.raises(InvalidValue) as refusal:
        house.roll_back(used, amount)
    assert refusal.value.code == "amount_out_of_range"


def test_validating_tells_what_redeeming_would_do(house: House) -> None:
    """The verdict and the redemption right after it agree, and the verdict changes nothing."""
    house.campaign(code="HELLO")
    order = order_of(700, 900)
    first, second = (
        house.engine.redemptions.validate(house.tenant, "HELLO", order=order).result(WAIT_SECONDS) for _ in range(2)
    )
    assert isinstance(first, Validation)
    assert first == second
    used = house.used("HELLO", order)
    assert used.discount == first.discount
    assert house.engine.redemptions.list(house.tenant, RedemptionFilter(), Page(10)) == [used]


def test_an_unknown_code_is_told_by_every_question(house: House) -> None:
    """Validating an unknown code is a refusal, not an error."""
    answer = house.engine.redemptions.validate(house.tenant, "NOTHING").result(WAIT_SECONDS)
    assert isinstance(answer, Refused)


def test_time_opens_and_closes_a_campaign(house: House) -> None:
    """Validity is compared with the instant of the transaction."""
    house.campaign(code="HELLO", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    assert house.redeem("HELLO") == [Reason.NOT_YET_VALID]
    house.clock.move(DAY)
    house.used("HELLO")
    house.clock.move(DAY)
    assert house.redeem("HELLO") == [Reason.EXPIRED]


def test_redemptions_are_listed_newest_first_and_filtered(house: House) -> None:
    """By campaign, by coupon and by customer, page by page."""
    campaign = house.campaign(code="HELLO")
    house.campaign(code="OTHER")
    made = [house.redeem("HELLO", customer=f"c-{number % 2}") for number in range(4)]
    house.redeem("OTHER", customer="c-0")
    redemptions = house.engine.redemptions
    chosen = RedemptionFilter(campaign_id=campaign.campaign_id)
    first = redemptions.list(house.tenant, chosen, Page(3))
    rest = redemptions.list(house.tenant, chosen, Page(3, first[-1].redemption_id))
    assert [*first, *rest] == made[::-1]
    chosen = RedemptionFilter(campaign_id=campaign.campaign_id, customer="c-0")
    assert list(redemptions.list(house.tenant, chosen, Page(9))) == [made[2], made[0]]
    assert redemptions.list(house.tenant, RedemptionFilter(coupon_id="cpn_none"), Page(9)) == []


def test_another_tenants_redemption_is_not_found(house: House) -> None:
    """Another tenant's redemption can be neither read nor undone."""
    house.campaign(code="HELLO")
    used = house.used("HELLO")
    house.tenant = house.engine.tenants.create("Other").tenant_id
    with pytest.raises(NotFound):
        house.engine.redemptions.get(house.tenant, used.redemption_id)
    with pytest.raises(NotFound) as refusal:
        house.roll_back(used)
    assert refusal.value.message == f"No redemption '{used.redemption_id}'."
    assert house.engine.redemptions.rollbacks(house.tenant, used.redemption_id) == []
