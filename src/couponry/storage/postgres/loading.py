"""A world from the rows that a load has found."""

from collections.abc import Collection, Sequence
from typing import Final

from psycopg.rows import TupleRow

from couponry.domain.campaigns import Campaign, CampaignCounters
from couponry.domain.world import World
from couponry.storage import schema
from couponry.storage.rows.answers import AnswerRow, answer_from_row
from couponry.storage.rows.campaigns import CampaignRow, campaign_from_row
from couponry.storage.rows.coupons import CouponRow, coupon_from_row
from couponry.storage.rows.redemptions import RedemptionRow, redemption_from_row

Key = tuple[str, str]
Rows = Sequence[TupleRow]

_MAX_CAMPAIGNS_KEPT: Final = 10_000
_ANSWER_COLUMNS: Final = len(schema.idempotency_keys.columns)
_CAMPAIGN_COLUMNS: Final = len(schema.campaigns.columns)
_VERSION: Final = list(schema.campaigns.columns.keys()).index("version")


class Campaigns:
    """Campaigns as they were decoded last, to be decoded anew only when their version is another."""

    def __init__(self) -> None:
        self._known: dict[Key, Campaign] = {}

    def of(self, row: TupleRow) -> Campaign:
        key = (row[0], row[1])
        campaign = self._known.get(key)
        if campaign is None or campaign.version != row[_VERSION]:
            if len(self._known) >= _MAX_CAMPAIGNS_KEPT:
                self._known.clear()
            campaign = self._known[key] = campaign_from_row(CampaignRow(*row[:_CAMPAIGN_COLUMNS]))
        return campaign


def hold_coupons(world: World, rows: Rows) -> None:
    for values in rows:
        coupon = coupon_from_row(CouponRow(*values))
        world.coupons[coupon.tenant_id, coupon.coupon_id] = coupon
        if coupon.canonical is not None:
            world.coupon_ids[coupon.tenant_id, coupon.canonical] = coupon.coupon_id


def hold_offers(world: World, rows: Rows, campaigns: Campaigns) -> None:
    """Put campaigns into the world, the capped ones with their counters."""
    for row in rows:
        campaign = campaigns.of(row)
        key = (campaign.tenant_id, campaign.campaign_id)
        world.campaigns[key] = campaign
        if campaign.is_capped:
            issued_count, redeemed_count = row[_CAMPAIGN_COLUMNS:]
            world.counters[key] = CampaignCounters(*key, issued_count, redeemed_count)


def is_whole(world: World, locked: Collection[TupleRow]) -> bool:
    """Tell whether a world holds together, all of whose counters must be among the locked ones.

    Its parts were read one after another. In between a campaign may have got its cap, so that its counters were not
    locked, or a coupon may have been made, so that its campaign was not looked for, or its redemption came without it.
    """
    return (
        world.counters.keys() <= set(locked)
        and all((coupon.tenant_id, coupon.campaign_id) in world.campaigns for coupon in world.coupons.values())
        and all((made.tenant_id, made.coupon_id) in world.coupons for made in world.redemptions.values())
    )


def hold_redemptions(world: World, rows: Rows) -> None:
    for values in rows:
        redemption = redemption_from_row(RedemptionRow(*values))
        world.redemptions[redemption.tenant_id, redemption.redemption_id] = redemption


def hold_answers(world: World, rows: Rows) -> None:
    """Put kept answers into the world; each row ends with that of the redemption it names, or with nulls."""
    for values in rows:
        row = AnswerRow(*values[:_ANSWER_COLUMNS])
        made = None if row.redemption_id is None else RedemptionRow(*values[_ANSWER_COLUMNS:])
        world.answers[row.tenant_id, row.key] = answer_from_row(
            row, None if made is None else redemption_from_row(made)
        )
