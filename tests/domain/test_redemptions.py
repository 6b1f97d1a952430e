"""Redemptions: what is left of one, and what a replay says."""

from typing import Any

import pytest
from msgspec.structs import replace

from couponry.domain.benefits import Discount
from couponry.domain.redemptions import Redemption, RedemptionStatus
from tests.properties.samples import BATCH, CAMPAIGN, COUPON, DAY, NOW, TENANT, order_of


def redemption_of(**changes: Any) -> Redemption:  # noqa: ANN401  # any field
    redemption = Redemption(
        tenant_id=TENANT,
        redemption_id="rdm_1",
        coupon_id=COUPON,
        campaign_id=CAMPAIGN,
        batch_id=BATCH,
        customer=None,
        order=order_of(600, 400),
        discount=Discount(100, "EUR", (60, 40)),
        balance_after_minor=None,
        status=RedemptionStatus.REDEEMED,
        rolled_back_minor=0,
        rolled_back_lines=(),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(redemption, **changes)


@pytest.mark.parametrize(
    ("changes", "rest", "lines"),
    [
        ({}, 100, (60, 40)),
        ({"rolled_back_minor": 30, "rolled_back_lines": (18, 12)}, 70, (42, 28)),
        ({"rolled_back_minor": 100, "rolled_back_lines": (60, 40)}, 0, (0, 0)),
        ({"order": None, "discount": None}, 0, ()),
    ],
)
def test_the_rest_is_what_was_given_less_what_was_taken_back(
    changes: dict[str, Any], rest: int, lines: tuple[int, ...]
) -> None:
    """Rest and its lines follow from discount and rollbacks."""
    redemption = redemption_of(**changes)
    assert (redemption.rest_minor, redemption.rest_lines) == (rest, lines)


def test_a_replay_says_what_was_said_at_first() -> None:
    """Rollbacks since do not show in the answer to the first request."""
    made = redemption_of()
    rolled_back = replace(
        made,
        status=RedemptionStatus.ROLLED_BACK,
        rolled_back_minor=100,
        rolled_back_lines=(60, 40),
        updated_at=NOW + DAY,
    )
    assert rolled_back.as_made() == made
