"""The lane's statements.

All of a load goes to the server at once, and each statement takes a snapshot of its own: what is read after a lock was
waited for is what the lock's last holder left. The order of locks is the same for all: counters of capped campaigns,
then coupons, each in order of their key, then what is inserted, in order of its key. So no two lanes wait for each
other but where a campaign gets a cap in that moment, which PostgreSQL notices and the lane does again.
"""

from itertools import count
from typing import Final

from msgspec import Struct
from sqlalchemy import Table, Text

from couponry.domain.batches import BatchStatus
from couponry.storage import schema
from couponry.storage.postgres.connecting import DURABLE, settings


class Prepared(Struct, frozen=True):
    """A statement under the name by which a connection keeps it prepared; its values are $1, $2 and so on."""

    name: bytes
    text: bytes


def prepared(text: str) -> Prepared:
    """Name a statement, and number its values, each of which is written as %s."""
    first, *rest = text.split("%s")
    numbered = first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
    return Prepared(f"couponry_{next(_numbers)}".encode(), numbered.encode())


_numbers: Final = count(1)


def columns(table: Table, alias: str) -> str:
    return ", ".join(f"{alias}.{column.name}" for column in table.columns)


def insert_rows(table: Table, conflict: str = "") -> str:
    """Write the statement that adds rows, given as one array for each column."""
    names = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM {_unnested(table, *table.columns.keys())} {conflict}"


def change_rows(table: Table, *changed: str) -> str:
    """Write the statement that changes columns of rows, given as one array for each key column and each changed one."""
    keys = [column.name for column in table.primary_key]
    changes = ", ".join(f"{name} = w.{name}" for name in changed)
    is_same = " AND ".join(f"t.{name} = w.{name}" for name in keys)
    names = ", ".join((*keys, *changed))
    return (
        f"UPDATE {table.name} AS t SET {changes} FROM {_unnested(table, *keys, *changed)} AS w({names}) WHERE {is_same}"
    )


def _unnested(table: Table, *names: str) -> str:
    arrays = (f"%s::{'text' if isinstance(table.c[name].type, Text) else 'bigint'}[]" for name in names)
    return f"unnest({', '.join(arrays)})"


def _named(alias: str) -> str:
    return f"unnest(%s::text[], %s::text[]) AS {alias}(tenant_id, name)"


BEGIN: Final = prepared("BEGIN ISOLATION LEVEL READ COMMITTED")
BEGIN_SNAPSHOT: Final = prepared("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
COMMIT: Final = prepared("COMMIT")
ROLLBACK: Final = prepared("ROLLBACK")
FORGET_PLANS: Final = prepared("DISCARD PLANS")
"""Lets statements be planned anew. While tables are empty one index is as good as another; it is not later."""

_PLANS: Final = settings(
    plan_cache_mode="force_generic_plan",
    enable_seqscan="off",
    enable_hashjoin="off",
    enable_mergejoin="off",
    jit="off",
)
"""Each statement is planned once for a connection, and goes by index however little is in the tables at that time."""
_WAITS: Final = settings(statement_timeout="15s", lock_timeout="10s", idle_in_transaction_session_timeout="5s")
"""A process that stopped in the middle loses its locks before the others give up waiting for them."""
SETTINGS: Final = prepared(f"SELECT {DURABLE}, {_PLANS}, {_WAITS}")
SNAPSHOT_SETTINGS: Final = prepared(f"SELECT {_PLANS}, {_WAITS}")

_GUARD: Final = 0x436F7570
"""The first of two numbers that name our advisory locks: the letters Coup."""


def guard_key(tenant_id: str, campaign_id: str) -> str:
    """Write the advisory lock of an uncapped campaign.

    Lanes share it while they redeem, and whoever counts the uses of an uncapped campaign to give it a cap has it alone:
    otherwise uses that are being saved would be missing from the count for ever. There are 128, so that the server's
    table of locks holds them for any number of lanes.
    """
    return f"{_GUARD}, hashtext({tenant_id} || {campaign_id}) & 127"


TAKE_GUARD: Final = f"SELECT pg_advisory_xact_lock({guard_key(':tenant_id', ':campaign_id')})"

_IS_THERE: Final = (
    "(c.canonical IS NULL OR (SELECT b.status FROM batches AS b WHERE b.tenant_id = c.tenant_id"
    f" AND b.batch_id = c.batch_id) = '{BatchStatus.READY.value}')"
)
"""Holds for a coupon that exists for a caller: a stored one does from the moment its batch is ready. EXISTS would be
answered from a table of all ready batches."""

NOTE_OFFERS: Final = prepared(f"""
WITH wanted AS MATERIALIZED (
    SELECT w.tenant_id, w.name AS campaign_id FROM {_named("w")}
    UNION SELECT c.tenant_id, c.campaign_id FROM {_named("w")}
        JOIN coupons AS c ON c.tenant_id = w.tenant_id AND c.coupon_id = w.name
    UNION SELECT c.tenant_id, c.campaign_id FROM {_named("w")}
        JOIN coupons AS c ON c.tenant_id = w.tenant_id AND c.canonical = w.name AND c.canonical IS NOT NULL
    UNION SELECT r.tenant_id, r.campaign_id FROM {_named("w")}
        JOIN redemptions AS r ON r.tenant_id = w.tenant_id AND r.redemption_id = w.name)
SELECT set_config('couponry.tenants', coalesce(array_agg(w.tenant_id)::text, '{{}}'), true),
    set_config('couponry.campaigns', coalesce(array_agg(w.campaign_id)::text, '{{}}'), true) FROM wanted AS w
""")
"""Takes arrays of campaigns, coupons, canonical codes and redemptions, and notes the campaigns of all of them for the
rest of the transaction, so that they are looked up once (measured: a twelfth of a batch). They never change theirs."""

_NOTED: Final = (
    "unnest(current_setting('couponry.tenants')::text[], current_setting('couponry.campaigns')::text[])"
    " AS w(tenant_id, campaign_id)"
)

LOCK_COUNTERS: Final = prepared(f"""
SELECT n.tenant_id, n.campaign_id FROM {_NOTED}
JOIN campaigns AS o ON o.tenant_id = w.tenant_id AND o.campaign_id = w.campaign_id AND o.max_redemptions IS NOT NULL
JOIN campaign_counters AS n ON n.tenant_id = w.tenant_id AND n.campaign_id = w.campaign_id
ORDER BY n.tenant_id, n.campaign_id FOR UPDATE OF n
""")
"""Gives the campaigns whose counters are locked now."""

SHARE_GUARDS: Final = prepared(f"""
SELECT count(pg_advisory_xact_lock_shared({guard_key("o.tenant_id", "o.campaign_id")})) FROM {_NOTED}
JOIN campaigns AS o ON o.tenant_id = w.tenant_id AND o.campaign_id = w.campaign_id AND o.max_redemptions IS NULL
""")

_COUPONS: Final = f"""
WITH named AS MATERIALIZED (
    SELECT w.tenant_id, w.name AS coupon_id FROM {_named("w")}
    UNION SELECT c.tenant_id, c.coupon_id FROM {_named("w")}
        JOIN coupons AS c ON c.tenant_id = w.tenant_id AND c.canonical = w.name AND c.canonical IS NOT NULL
    UNION SELECT r.tenant_id, r.coupon_id FROM {_named("w")}
        JOIN redemptions AS r ON r.tenant_id = w.tenant_id AND r.redemption_id = w.name)
SELECT {columns(schema.coupons, "c")} FROM named AS n
JOIN coupons AS c ON c.tenant_id = n.tenant_id AND c.coupon_id = n.coupon_id AND {_IS_THERE}
"""
"""Takes arrays of coupons, canonical codes and redemptions."""

FIND_COUPONS: Final = prepared(_COUPONS)
LOCK_COUPONS: Final = prepared(f"{_COUPONS} ORDER BY c.tenant_id, c.coupon_id FOR UPDATE OF c")

FIND_OFFERS: Final = prepared(f"""
SELECT {columns(schema.campaigns, "o")}, n.issued_count, n.redeemed_count FROM {_NOTED}
JOIN campaigns AS o ON o.tenant_id = w.tenant_id AND o.campaign_id = w.campaign_id
JOIN campaign_counters AS n ON n.tenant_id = o.tenant_id AND n.campaign_id = o.campaign_id
""")
"""Gives campaigns with their counters."""

FIND_ANSWERS: Final = prepared(f"""
SELECT {columns(schema.idempotency_keys, "k")}, {columns(schema.redemptions, "r")} FROM {_named("w")}
JOIN idempotency_keys AS k ON k.tenant_id = w.tenant_id AND k.key = w.name
LEFT JOIN redemptions AS r ON r.tenant_id = k.tenant_id AND r.redemption_id = k.redemption_id
""")
FIND_REDEMPTIONS: Final = prepared(f"""
SELECT {columns(schema.redemptions, "r")} FROM {_named("w")}
JOIN redemptions AS r ON r.tenant_id = w.tenant_id AND r.redemption_id = w.name
""")

INSERT: Final = {
    table: prepared(insert_rows(table))
    for table in (
        schema.coupons,
        schema.idempotency_keys,
        schema.redemptions,
        schema.rollbacks,
        schema.ledger_entries,
        schema.events,
    )
}
CHANGED: Final = {
    schema.campaign_counters: ("redeemed_count",),
    schema.redemptions: ("status", "rolled_back_minor", "rolled_back_lines", "updated_at"),
    schema.coupons: (
        "activated_at",
        "voided_at",
        "redeemed_count",
        "balance_minor",
        "customer",
        "metadata",
        "version",
        "updated_at",
    ),
}
"""What changes of a row that is there."""
CHANGE: Final = {table: prepared(change_rows(table, *changed)) for table, changed in CHANGED.items()}

_FINDING: Final = (NOTE_OFFERS, FIND_OFFERS, FIND_ANSWERS, FIND_REDEMPTIONS, COMMIT, ROLLBACK, FORGET_PLANS)
FOR_READING: Final = (BEGIN_SNAPSHOT, SNAPSHOT_SETTINGS, FIND_COUPONS, *_FINDING)
FOR_WRITING: Final = (
    BEGIN,
    SETTINGS,
    LOCK_COUNTERS,
    SHARE_GUARDS,
    LOCK_COUPONS,
    *_FINDING,
    *INSERT.values(),
    *CHANGE.values(),
)
