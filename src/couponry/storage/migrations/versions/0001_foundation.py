"""Tenants, campaigns, codes, coupons, redemptions, ledger, events and idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_IS_IDLE = "redeemed_count = 0 AND first_redemption_id IS NULL AND (canonical IS NULL OR version > 1)"


def upgrade() -> None:
    _create_accounts()
    _create_campaigns()
    _create_code_spaces()
    _create_coupons()
    _create_ledger()
    _create_redemptions()
    _create_rollbacks()
    _create_facts()


def downgrade() -> None:
    for name in (
        "idempotency_keys",
        "events",
        "rollbacks",
        "redemptions",
        "ledger_entries",
        "coupons",
        "batches",
        "series_taken",
        "series",
        "campaign_counters",
        "campaigns",
        "key_checks",
        "api_keys",
        "tenants",
    ):
        op.drop_table(name)


def _create_accounts() -> None:
    op.create_table(
        "tenants",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("parent_id", _TEXT, nullable=True),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("is_sandbox", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("catalogue_version", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenants"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_keys",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("key_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("hint", _TEXT, nullable=False),
        sa.Column("scopes", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_id", name="pk_api_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_api_keys_digest", "api_keys", ["digest"])
    op.create_table(
        "key_checks",
        sa.Column("key_id", _TEXT, nullable=False),
        sa.Column("check_value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_key_checks"),
        sqlite_with_rowid=False,
    )


def _create_campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("campaign_id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("benefit", _TEXT, nullable=False),
        sa.Column("max_issued", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("max_redemptions", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("max_redemptions_per_coupon", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("pattern", _TEXT, nullable=True),
        sa.Column("alphabet", _TEXT, nullable=False),
        sa.Column("series_id", _TEXT, nullable=True),
        sa.Column("static_code", _TEXT, nullable=True),
        sa.Column("starts_at", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("ends_at", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("guess_floor", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("metadata", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", name="pk_campaigns"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "campaign_counters",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("campaign_id", _TEXT, nullable=False),
        sa.Column("issued_count", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("redeemed_count", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", name="pk_campaign_counters"),
        sqlite_with_rowid=False,
    )


def _create_code_spaces() -> None:
    op.create_table(
        "series",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("series_id", _TEXT, nullable=False),
        sa.Column("pattern", _TEXT, nullable=False),
        sa.Column("alphabet", _TEXT, nullable=False),
        sa.Column("key_id", _TEXT, nullable=False),
        sa.Column("next_index", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("adopted_count", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "series_id", name="pk_series"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "series_taken",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("series_id", _TEXT, nullable=False),
        sa.Column("taken_index", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "series_id", "taken_index", name="pk_series_taken"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "batches",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("batch_id", _TEXT, nullable=False),
        sa.Column("campaign_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("series_id", _TEXT, nullable=True),
        sa.Column("first_index", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("end_index", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("is_active", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "batch_id", name="pk_batches"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_batches_campaign", "batches", ["tenant_id", "campaign_id", "batch_id"])
    op.create_index(
        "ix_batches_loading",
        "batches",
        ["updated_at"],
        sqlite_where=sa.text("status = 'loading'"),
        postgresql_where=sa.text("status = 'loading'"),
    )
    op.create_index(
        "ix_batches_range",
        "batches",
        ["tenant_id", "series_id", "first_index"],
        sqlite_where=sa.text("series_id IS NOT NULL"),
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )


def _create_coupons() -> None:
    op.create_table(
        "coupons",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("coupon_id", _TEXT, nullable=False),
        sa.Column("campaign_id", _TEXT, nullable=False),
        sa.Column("batch_id", _TEXT, nullable=False),
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("canonical", _TEXT, nullable=True),
        sa.Column("activated_at", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("voided_at", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("redeemed_count", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("balance_minor", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("customer", _TEXT, nullable=True),
        sa.Column("metadata", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("first_redemption_id", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "coupon_id", name="pk_coupons"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_coupons_batch",
        "coupons",
        ["tenant_id", "batch_id", "coupon_id"],
        sqlite_where=sa.text("canonical IS NOT NULL"),
        postgresql_where=sa.text("canonical IS NOT NULL"),
    )
    op.create_index(
        "ix_coupons_idle",
        "coupons",
        ["tenant_id", "campaign_id"],
        sqlite_where=sa.text(_IS_IDLE),
        postgresql_where=sa.text(_IS_IDLE),
    )
    op.create_index(
        "ix_coupons_voided",
        "coupons",
        ["tenant_id", "campaign_id"],
        sqlite_where=sa.text("voided_at IS NOT NULL"),
        postgresql_where=sa.text("voided_at IS NOT NULL"),
    )
    op.create_index(
        "uq_coupons_canonical",
        "coupons",
        ["tenant_id", "canonical"],
        unique=True,
        sqlite_where=sa.text("canonical IS NOT NULL"),
        postgresql_where=sa.text("canonical IS NOT NULL"),
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("coupon_id", _TEXT, nullable=False),
        sa.Column("entry_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("source_id", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "coupon_id", "entry_id", name="pk_ledger_entries"),
        sqlite_with_rowid=False,
    )


def _create_redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("redemption_id", _TEXT, nullable=False),
        sa.Column("coupon_id", _TEXT, nullable=False),
        sa.Column("campaign_id", _TEXT, nullable=False),
        sa.Column("batch_id", _TEXT, nullable=False),
        sa.Column("customer", _TEXT, nullable=True),
        sa.Column("order_body", _TEXT, nullable=True),
        sa.Column("discount_minor", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("discount_currency", _TEXT, nullable=True),
        sa.Column("discount_lines", _TEXT, nullable=True),
        sa.Column("balance_after_minor", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("rolled_back_minor", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("rolled_back_lines", _TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("is_first_touch", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "redemption_id", name="pk_redemptions"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_redemptions_campaign", "redemptions", ["tenant_id", "campaign_id", "redemption_id"])
    op.create_index(
        "ix_redemptions_coupon",
        "redemptions",
        ["tenant_id", "coupon_id", "redemption_id"],
        sqlite_where=sa.text("is_first_touch = 0"),
        postgresql_where=sa.text("is_first_touch = 0"),
    )
    op.create_index(
        "ix_redemptions_customer",
        "redemptions",
        ["tenant_id", "customer", "redemption_id"],
        sqlite_where=sa.text("customer IS NOT NULL"),
        postgresql_where=sa.text("customer IS NOT NULL"),
    )


def _create_rollbacks() -> None:
    op.create_table(
        "rollbacks",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("redemption_id", _TEXT, nullable=False),
        sa.Column("rollback_id", _TEXT, nullable=False),
        sa.Column("coupon_id", _TEXT, nullable=False),
        sa.Column("campaign_id", _TEXT, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("currency", _TEXT, nullable=True),
        sa.Column("lines", _TEXT, nullable=False),
        sa.Column("is_full", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("balance_after_minor", sa.BigInteger, nullable=True, autoincrement=False),
        sa.Column("reason", _TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "redemption_id", "rollback_id", name="pk_rollbacks"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rollbacks_campaign", "rollbacks", ["tenant_id", "campaign_id"])


def _create_facts() -> None:
    op.create_table(
        "events",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("event_id", _TEXT, nullable=False),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("subject_id", _TEXT, nullable=False),
        sa.Column("data", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "event_id", name="pk_events"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant_id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("fingerprint", _TEXT, nullable=False),
        sa.Column("redemption_id", _TEXT, nullable=True),
        sa.Column("body", _TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name="pk_idempotency_keys"),
        sqlite_with_rowid=False,
    )
