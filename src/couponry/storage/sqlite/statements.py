"""The lane's statements: everything a batch needs in one, and what changes of the rows it writes."""

from typing import Final

from sqlalchemy import Table

from couponry.domain.batches import BatchStatus
from couponry.storage import schema
from couponry.storage.sqlite.sets import on_conflict_change


def _columns(table: Table, alias: str) -> str:
    return ", ".join(f"{alias}.{column.name}" for column in table.columns)


def _named(table: Table, alias: str, parameter: str, name: str) -> str:
    """Find the rows of a table by (tenant, name), once for each pair in a JSON text: never by a scan."""
    return (
        f"json_each(:{parameter}) AS wanted CROSS JOIN {table.name} AS {alias}"
        f" ON {alias}.tenant_id = wanted.value ->> 0 AND {alias}.{name} = wanted.value ->> 1"
    )


def _packed(table: Table, alias: str, more: str = "") -> str:
    return f"json_group_array(json_array({_columns(table, alias)}{more}))"


_COUPON: Final = _columns(schema.coupons, "c")
_IS_THERE: Final = (
    "(c.canonical IS NULL OR EXISTS (SELECT 1 FROM batches AS b WHERE b.tenant_id = c.tenant_id"
    f" AND b.batch_id = c.batch_id AND b.status = '{BatchStatus.READY.value}'))"
)
"""Holds for a coupon that exists for a caller: a stored one does from the moment its batch is ready."""

LOAD: Final = f"""
WITH
answer AS MATERIALIZED (
    SELECT {_columns(schema.idempotency_keys, "k")} FROM {_named(schema.idempotency_keys, "k", "answers", "key")}),
used AS MATERIALIZED (
    SELECT {_columns(schema.redemptions, "r")} FROM {_named(schema.redemptions, "r", "redemptions", "redemption_id")}),
found AS MATERIALIZED (
    SELECT {_COUPON} FROM {_named(schema.coupons, "c", "coupons", "coupon_id")} WHERE {_IS_THERE}
    UNION ALL
    SELECT {_COUPON} FROM {_named(schema.coupons, "c", "canonicals", "canonical")}
        WHERE c.canonical IS NOT NULL AND {_IS_THERE}
    UNION ALL
    SELECT {_COUPON} FROM used AS u CROSS JOIN coupons AS c
        ON c.tenant_id = u.tenant_id AND c.coupon_id = u.coupon_id),
offer AS MATERIALIZED (
    SELECT value ->> 0 AS tenant_id, value ->> 1 AS campaign_id FROM json_each(:campaigns)
    UNION SELECT tenant_id, campaign_id FROM found)
SELECT
    (SELECT {_packed(schema.idempotency_keys, "k")} FROM answer AS k),
    (SELECT {_packed(schema.redemptions, "r")} FROM answer AS k CROSS JOIN redemptions AS r
        ON r.tenant_id = k.tenant_id AND r.redemption_id = k.redemption_id),
    (SELECT {_packed(schema.redemptions, "u")} FROM used AS u),
    (SELECT {_packed(schema.coupons, "f")} FROM found AS f),
    (SELECT {_packed(schema.campaigns, "o", ", n.issued_count, n.redeemed_count")} FROM offer AS w
        CROSS JOIN campaigns AS o ON o.tenant_id = w.tenant_id AND o.campaign_id = w.campaign_id
        CROSS JOIN campaign_counters AS n ON n.tenant_id = o.tenant_id AND n.campaign_id = o.campaign_id)
"""
"""Gives one row of five JSON texts: kept answers, the redemptions they name, the redemptions asked for, coupons, and
campaigns with their counters."""

CHANGED_REDEMPTION: Final = on_conflict_change(
    schema.redemptions, "status", "rolled_back_minor", "rolled_back_lines", "updated_at"
)
CHANGED_COUPON: Final = on_conflict_change(
    schema.coupons,
    "activated_at",
    "voided_at",
    "redeemed_count",
    "balance_minor",
    "customer",
    "metadata",
    "version",
    "updated_at",
)
CHANGED_COUNTERS: Final = on_conflict_change(schema.campaign_counters, "redeemed_count")
