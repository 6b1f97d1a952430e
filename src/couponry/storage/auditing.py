"""Sums over many rows: what became of a campaign, and whether the books agree with each other."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from couponry.domain.redemptions import RedemptionStatus
from couponry.engine.ports import CampaignStatistics, MoneyTotal
from couponry.storage import schema

Fault = tuple[str, str, int, int]

_HOLDS = schema.redemptions.c.status != RedemptionStatus.ROLLED_BACK.value


def count_redeemed(connection: Connection, tenant_id: str, campaign_id: str) -> int:
    """Count a campaign's redemptions of which something holds."""
    counted = select(func.count()).where(*_redeemed_in(tenant_id, campaign_id), _HOLDS)
    return connection.execute(counted).scalar_one()


def campaign_statistics(connection: Connection, tenant_id: str, campaign_id: str) -> CampaignStatistics:
    """Sum up what became of a campaign; all zero for one that does not exist."""
    issued = select(schema.campaign_counters.c.issued_count).where(
        schema.campaign_counters.c.tenant_id == tenant_id, schema.campaign_counters.c.campaign_id == campaign_id
    )
    uses = _uses_by_currency(connection, tenant_id, campaign_id)
    coupons_of = and_(schema.coupons.c.tenant_id == tenant_id, schema.coupons.c.campaign_id == campaign_id)
    voided = select(func.count()).where(coupons_of, schema.coupons.c.voided_at.is_not(None))
    taken_back = select(func.count()).where(
        schema.rollbacks.c.tenant_id == tenant_id, schema.rollbacks.c.campaign_id == campaign_id
    )
    return CampaignStatistics(
        issued_count=connection.execute(issued).scalar() or 0,
        redemption_count=sum(row.made_count for row in uses),
        redeemed_count=sum(row.holding_count for row in uses),
        rollback_count=connection.execute(taken_back).scalar_one(),
        touched_count=sum(row.first_count for row in uses) + _touched_otherwise(connection, tenant_id, campaign_id),
        voided_count=connection.execute(voided).scalar_one(),
        discounts=tuple(MoneyTotal(row.currency, row.amount_minor) for row in uses if row.currency is not None),
    )


def balance_faults(connection: Connection) -> Sequence[Fault]:
    """List the coupons whose ledger does not sum to their balance."""
    summed = func.coalesce(func.sum(schema.ledger_entries.c.amount_minor), 0)
    keys = (schema.coupons.c.tenant_id, schema.coupons.c.coupon_id, schema.coupons.c.balance_minor)
    entries_of = and_(
        schema.ledger_entries.c.tenant_id == schema.coupons.c.tenant_id,
        schema.ledger_entries.c.coupon_id == schema.coupons.c.coupon_id,
    )
    faults = (
        select(*keys, summed)
        .select_from(schema.coupons.outerjoin(schema.ledger_entries, entries_of))
        .where(schema.coupons.c.balance_minor.is_not(None))
        .group_by(*keys)
        .having(summed != schema.coupons.c.balance_minor)
        .order_by(schema.coupons.c.tenant_id, schema.coupons.c.coupon_id)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in connection.execute(faults)]


def counter_faults(connection: Connection) -> Sequence[Fault]:
    """List the capped campaigns whose counter is not the number of redemptions that hold."""
    keys = (schema.campaigns.c.tenant_id, schema.campaigns.c.campaign_id)
    counter = func.coalesce(schema.campaign_counters.c.redeemed_count, 0)
    counted = (
        select(func.count())
        .where(
            schema.redemptions.c.tenant_id == schema.campaigns.c.tenant_id,
            schema.redemptions.c.campaign_id == schema.campaigns.c.campaign_id,
            _HOLDS,
        )
        .correlate(schema.campaigns)
        .scalar_subquery()
    )
    counters_of = and_(
        schema.campaign_counters.c.tenant_id == schema.campaigns.c.tenant_id,
        schema.campaign_counters.c.campaign_id == schema.campaigns.c.campaign_id,
    )
    compared = (
        select(*keys, counter.label("counter"), counted.label("counted"))
        .select_from(schema.campaigns.outerjoin(schema.campaign_counters, counters_of))
        .where(schema.campaigns.c.max_redemptions.is_not(None))
        .order_by(*keys)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(compared) if row[2] != row[3]]


def _redeemed_in(tenant_id: str, campaign_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return schema.redemptions.c.tenant_id == tenant_id, schema.redemptions.c.campaign_id == campaign_id


class _Uses(NamedTuple):
    """What became of a campaign's redemptions in one currency, or without a discount."""

    currency: str | None
    amount_minor: int
    made_count: int
    holding_count: int
    first_count: int


def _uses_by_currency(connection: Connection, tenant_id: str, campaign_id: str) -> list[_Uses]:
    """Sum up a campaign's redemptions in one pass; discounts less what was taken back."""
    made = schema.redemptions.c
    sums = (
        select(
            made.discount_currency,
            func.coalesce(func.sum(made.discount_minor - made.rolled_back_minor), 0),
            func.count(),
            func.count().filter(_HOLDS),
            func.count().filter(made.is_first_touch == 1),
        )
        .where(*_redeemed_in(tenant_id, campaign_id))
        .group_by(made.discount_currency)
    )
    found = [_Uses(row[0], int(row[1]), row[2], row[3], row[4]) for row in connection.execute(sums)]
    return sorted(found, key=lambda row: row.currency or "")


def _touched_otherwise(connection: Connection, tenant_id: str, campaign_id: str) -> int:
    """Count the touched coupons that were not touched first by a redemption: those with uses, and those without."""
    coupons = schema.coupons
    idle = (
        select(func.count())
        .select_from(coupons)
        .where(coupons.c.tenant_id == tenant_id, coupons.c.campaign_id == campaign_id, text(schema.IS_IDLE))
    )
    used_later = (
        select(schema.redemptions.c.coupon_id)
        .distinct()
        .where(*_redeemed_in(tenant_id, campaign_id), _HOLDS, schema.redemptions.c.is_first_touch == 0)
        .subquery()
    )
    used = (
        select(func.count())
        .select_from(used_later.join(coupons, coupons.c.coupon_id == used_later.c.coupon_id))
        .where(coupons.c.tenant_id == tenant_id, coupons.c.first_redemption_id.is_(None))
    )
    return connection.execute(idle).scalar_one() + connection.execute(used).scalar_one()
