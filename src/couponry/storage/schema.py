"""The tables, for every engine alike.

Instants are microseconds since 1970 (`rows.instants`), flags 0 or 1, JSON and everything else text. Every primary and
unique key begins with the tenant, so that tables can be distributed by it; `SHARED_TABLES` are the few without one.
Texts compare byte by byte on every engine: `C` is named for PostgreSQL, whose databases may have another order.
Rows of SQLite lie in the order of their primary key (WITHOUT ROWID). An index in random order costs a page of the log
for every redemption, so there are few on the tables the lane writes.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, MetaData, PrimaryKeyConstraint, Table, Text, text

metadata: Final = MetaData()

SHARED_TABLES: Final = frozenset({"alembic_version", "key_checks"})
"""Tables that belong to the whole database and have no tenant."""


_TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, _TEXT, nullable=nullable)


def _integer(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, autoincrement=False)


def _table(name: str, *parts: Column[str] | Column[int] | Index, key: tuple[str, ...]) -> Table:
    return Table(name, metadata, *parts, PrimaryKeyConstraint(*key, name=f"pk_{name}"), sqlite_with_rowid=False)


def _index(name: str, *columns: str, where: str | None = None, is_unique: bool = False) -> Index:
    condition = None if where is None else text(where)
    return Index(name, *columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition)


tenants = _table(
    "tenants",
    _text("tenant_id"),
    _text("parent_id", nullable=True),
    _text("name"),
    _integer("is_sandbox"),
    _integer("created_at"),
    _integer("catalogue_version"),
    key=("tenant_id",),
)

api_keys = _table(
    "api_keys",
    _text("tenant_id"),
    _text("key_id"),
    _text("kind"),
    _text("name"),
    _text("digest"),
    _text("hint"),
    _text("scopes"),
    _integer("created_at"),
    _integer("revoked_at", nullable=True),
    _index("ix_api_keys_digest", "digest"),
    key=("tenant_id", "key_id"),
)

campaigns = _table(
    "campaigns",
    _text("tenant_id"),
    _text("campaign_id"),
    _text("name"),
    _text("status"),
    _text("benefit"),
    _integer("max_issued", nullable=True),
    _integer("max_redemptions", nullable=True),
    _integer("max_redemptions_per_coupon", nullable=True),
    _text("pattern", nullable=True),
    _text("alphabet"),
    _text("series_id", nullable=True),
    _text("static_code", nullable=True),
    _integer("starts_at", nullable=True),
    _integer("ends_at", nullable=True),
    _integer("guess_floor"),
    _text("metadata"),
    _integer("version"),
    _integer("created_at"),
    _integer("updated_at"),
    key=("tenant_id", "campaign_id"),
)

campaign_counters = _table(
    "campaign_counters",
    _text("tenant_id"),
    _text("campaign_id"),
    _integer("issued_count"),
    _integer("redeemed_count"),
    key=("tenant_id", "campaign_id"),
)

series = _table(
    "series",
    _text("tenant_id"),
    _text("series_id"),
    _text("pattern"),
    _text("alphabet"),
    _text("key_id"),
    _integer("next_index"),
    _integer("adopted_count"),
    _integer("created_at"),
    key=("tenant_id", "series_id"),
)

series_taken = _table(
    "series_taken",
    _text("tenant_id"),
    _text("series_id"),
    _integer("taken_index"),
    key=("tenant_id", "series_id", "taken_index"),
)

IS_LOADING: Final = "status = 'loading'"
"""Holds for batches on their way; written out, since an index with a condition serves no bound value."""

batches = _table(
    "batches",
    _text("tenant_id"),
    _text("batch_id"),
    _text("campaign_id"),
    _text("kind"),
    _text("status"),
    _integer("count"),
    _text("series_id", nullable=True),
    _integer("first_index", nullable=True),
    _integer("end_index", nullable=True),
    _integer("is_active"),
    _integer("created_at"),
    _integer("updated_at"),
    _index("ix_batches_campaign", "tenant_id", "campaign_id", "batch_id"),
    _index("ix_batches_range", "tenant_id", "series_id", "first_index", where="series_id IS NOT NULL"),
    _index("ix_batches_loading", "updated_at", where=IS_LOADING),
    key=("tenant_id", "batch_id"),
)

IS_STORED: Final = "canonical IS NOT NULL"
"""Holds for coupons with a code of their own, as against those of a series."""
IS_IDLE: Final = "redeemed_count = 0 AND first_redemption_id IS NULL AND (canonical IS NULL OR version > 1)"
"""Holds for coupons that were touched (a stored one begins at version 1), though not first by a redemption, and have no
use that holds. A coupon that is redeemed and left alone is never among them: the index on it costs the lane nothing."""
IS_LATER_USE: Final = "is_first_touch = 0"
"""Holds for redemptions that the index by coupon lists. One that made its coupon's row is found from there instead
(`coupons.first_redemption_id`): an entry for each use of each single-use coupon, in random order, would be a third of
what a redemption costs."""

coupons = _table(
    "coupons",
    _text("tenant_id"),
    _text("coupon_id"),
    _text("campaign_id"),
    _text("batch_id"),
    _text("code"),
    _text("canonical", nullable=True),
    _integer("activated_at", nullable=True),
    _integer("voided_at", nullable=True),
    _integer("redeemed_count"),
    _integer("balance_minor", nullable=True),
    _text("customer", nullable=True),
    _text("metadata"),
    _integer("version"),
    _integer("created_at"),
    _integer("updated_at"),
    _text("first_redemption_id", nullable=True),
    _index("uq_coupons_canonical", "tenant_id", "canonical", where=IS_STORED, is_unique=True),
    _index("ix_coupons_batch", "tenant_id", "batch_id", "coupon_id", where=IS_STORED),
    _index("ix_coupons_idle", "tenant_id", "campaign_id", where=IS_IDLE),
    _index("ix_coupons_voided", "tenant_id", "campaign_id", where="voided_at IS NOT NULL"),
    key=("tenant_id", "coupon_id"),
)

redemptions = _table(
    "redemptions",
    _text("tenant_id"),
    _text("redemption_id"),
    _text("coupon_id"),
    _text("campaign_id"),
    _text("batch_id"),
    _text("customer", nullable=True),
    _text("order_body", nullable=True),
    _integer("discount_minor", nullable=True),
    _text("discount_currency", nullable=True),
    _text("discount_lines", nullable=True),
    _integer("balance_after_minor", nullable=True),
    _text("status"),
    _integer("rolled_back_minor"),
    _text("rolled_back_lines", nullable=True),
    _integer("created_at"),
    _integer("updated_at"),
    _integer("is_first_touch"),
    _index("ix_redemptions_campaign", "tenant_id", "campaign_id", "redemption_id"),
    _index("ix_redemptions_coupon", "tenant_id", "coupon_id", "redemption_id", where=IS_LATER_USE),
    _index("ix_redemptions_customer", "tenant_id", "customer", "redemption_id", where="customer IS NOT NULL"),
    key=("tenant_id", "redemption_id"),
)

rollbacks = _table(
    "rollbacks",
    _text("tenant_id"),
    _text("redemption_id"),
    _text("rollback_id"),
    _text("coupon_id"),
    _text("campaign_id"),
    _integer("amount_minor"),
    _text("currency", nullable=True),
    _text("lines"),
    _integer("is_full"),
    _integer("balance_after_minor", nullable=True),
    _text("reason", nullable=True),
    _integer("created_at"),
    _index("ix_rollbacks_campaign", "tenant_id", "campaign_id"),
    key=("tenant_id", "redemption_id", "rollback_id"),
)

ledger_entries = _table(
    "ledger_entries",
    _text("tenant_id"),
    _text("coupon_id"),
    _text("entry_id"),
    _text("kind"),
    _integer("amount_minor"),
    _text("currency"),
    _text("source_id"),
    _integer("created_at"),
    key=("tenant_id", "coupon_id", "entry_id"),
)

events = _table(
    "events",
    _text("tenant_id"),
    _text("event_id"),
    _text("type"),
    _text("subject_id"),
    _text("data"),
    _integer("created_at"),
    key=("tenant_id", "event_id"),
)

idempotency_keys = _table(
    "idempotency_keys",
    _text("tenant_id"),
    _text("key"),
    _text("fingerprint"),
    _text("redemption_id", nullable=True),
    _text("body", nullable=True),
    _integer("created_at"),
    key=("tenant_id", "key"),
)

key_checks = _table("key_checks", _text("key_id"), _text("check_value"), key=("key_id",))
