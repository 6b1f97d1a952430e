"""Sums over many rows: what became of a campaign, and whether the books agree with each other."""

from collections.abc import Sequence

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
    totals = connection.execute(
        select(
            func.count(),
            func.count().filter(_HOLDS),
            func.count(schema.redemptions.c.coupon_id.distinct()).filter(_HOLDS),
        ).where(*_redeemed_in(tenant_id, campaign_id))
    ).one()
    coupons_of = and_(schema.coupons.c.tenant_id == tenant_id, schema.coupons.c.campaign_id == campaign_id)
    idle = select(func.count()).select_from(schema.coupons).where(coupons_of, text(schema.IS_IDLE))
    voided = select(func.count()).where(coupons_of, schema.coupons.c.voided_at.is_not(None))
    taken_back = select(func.count()).where(
        schema.rollbacks.c.tenant_id == tenant_id, schema.rollbacks.c.campaign_id == campaign_id
    )
    return CampaignStatistics(
        issued_count=connection.execute(issued).scalar() or 0,
        redemption_count=totals[0],
        redeemed_count=totals[1],
        rollback_count=connection.execute(taken_back).scalar_one(),
        touched_count=totals[2] + connection.execute(idle).scalar_one(),
        voided_count=connection.execute(voided).scalar_one(),
        discounts=_discounts(connection, tenant_id, campaign_id),
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


def _discounts(connection: Connection, tenant_id: str, campaign_id: str) -> tuple[MoneyTotal, ...]:
    """Sum what a campaign gave less what was taken back, by currency."""
    currency = schema.redemptions.c.discount_currency
    sums = (
        select(currency, func.sum(schema.redemptions.c.discount_minor - schema.redemptions.c.rolled_back_minor))
        .where(*_redeemed_in(tenant_id, campaign_id), currency.is_not(None))
        .group_by(currency)
        .order_by(currency)
    )
    return tuple(MoneyTotal(row[0], int(row[1])) for row in connection.execute(sums))
