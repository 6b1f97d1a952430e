"""The writes of the port outside the lane, in statements that every engine understands."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Select, Table, Update, delete, insert, select, update

from couponry.domain.batches import Batch, BatchStatus, SeriesRow
from couponry.domain.campaigns import Campaign, CampaignCounters
from couponry.domain.coupons import Coupon
from couponry.domain.events import Event
from couponry.domain.ledger import LedgerEntry
from couponry.domain.tenants import ApiKey, Tenant
from couponry.storage import schema
from couponry.storage.reading import SqlReader
from couponry.storage.rows.accounts import key_to_row, tenant_to_row
from couponry.storage.rows.answers import AnswerRow
from couponry.storage.rows.batches import (
    StoredSeries,
    TakenRow,
    batch_to_row,
    series_from_row,
    series_to_row,
)
from couponry.storage.rows.campaigns import (
    CampaignRow,
    CountersRow,
    campaign_from_row,
    campaign_to_row,
    counters_from_row,
    counters_to_row,
)
from couponry.storage.rows.coupons import coupon_to_row, entry_to_row
from couponry.storage.rows.events import event_to_row
from couponry.storage.rows.instants import to_microseconds


class _IdRow(Struct, array_like=True):
    coupon_id: str


class SqlWriter(SqlReader):
    """One writing transaction, which is that of a connection; reads see its own writes."""

    def insert_tenant(self, tenant: Tenant) -> None:
        self._insert(schema.tenants, tenant_to_row(tenant, catalogue_version=1))

    def insert_key(self, key: ApiKey) -> None:
        self._insert(schema.api_keys, key_to_row(key))

    def update_key(self, key: ApiKey) -> None:
        self._update(schema.api_keys, key_to_row(key), "scopes", "name", "revoked_at")

    def locked_campaign(self, tenant_id: str, campaign_id: str) -> tuple[Campaign, CampaignCounters] | None:
        names = {"tenant_id": tenant_id, "campaign_id": campaign_id}
        campaign = self._first(_locked(schema.campaigns, **names), CampaignRow, campaign_from_row)
        counters = self._first(_locked(schema.campaign_counters, **names), CountersRow, counters_from_row)
        return None if campaign is None or counters is None else (campaign, counters)

    def insert_campaign(self, campaign: Campaign) -> None:
        self._insert(schema.campaigns, campaign_to_row(campaign))
        self._insert(schema.campaign_counters, CountersRow(campaign.tenant_id, campaign.campaign_id, 0, 0))

    def update_campaign(self, campaign: Campaign) -> None:
        self._update(schema.campaigns, campaign_to_row(campaign))

    def set_counters(self, counters: CampaignCounters) -> None:
        self._update(schema.campaign_counters, counters_to_row(counters))

    def locked_series(self, tenant_id: str, series_id: str) -> SeriesRow | None:
        chosen = _locked(schema.series, tenant_id=tenant_id, series_id=series_id)
        return self._first(chosen, StoredSeries, series_from_row)

    def insert_series(self, series: SeriesRow) -> None:
        self._insert(schema.series, series_to_row(series))

    def update_series(self, series: SeriesRow) -> None:
        self._update(schema.series, series_to_row(series), "next_index", "adopted_count")

    def insert_taken(self, tenant_id: str, series_id: str, indices: Sequence[int]) -> None:
        rows = [TakenRow(tenant_id, series_id, index) for index in indices]
        self._sets.insert(self._connection, schema.series_taken, rows, skip_existing=True)

    def insert_batch(self, batch: Batch) -> None:
        self._insert(schema.batches, batch_to_row(batch))

    def update_batch(self, batch: Batch) -> None:
        self._update(schema.batches, batch_to_row(batch), "status", "count", "updated_at")

    def delete_batch(self, tenant_id: str, batch_id: str) -> None:
        batch = self.batch(tenant_id, batch_id)
        if batch is None or batch.status is not BatchStatus.LOADING:
            return
        of_batch = (
            schema.coupons.c.tenant_id == tenant_id,
            schema.coupons.c.batch_id == batch_id,
            schema.coupons.c.canonical.is_not(None),
        )
        loaded = select(schema.coupons.c.coupon_id).where(*of_batch)
        self._connection.execute(
            delete(schema.ledger_entries).where(
                schema.ledger_entries.c.tenant_id == tenant_id, schema.ledger_entries.c.coupon_id.in_(loaded)
            )
        )
        self._connection.execute(delete(schema.coupons).where(*of_batch))
        self._connection.execute(
            delete(schema.batches).where(schema.batches.c.tenant_id == tenant_id, schema.batches.c.batch_id == batch_id)
        )

    def insert_coupons(self, coupons: Sequence[Coupon]) -> Sequence[str]:
        rows = [coupon_to_row(coupon) for coupon in coupons]
        if self._sets.insert(self._connection, schema.coupons, rows, skip_existing=True) == len(rows):
            return []
        by_tenant: dict[str, list[Coupon]] = {}
        for coupon in coupons:
            by_tenant.setdefault(coupon.tenant_id, []).append(coupon)
        return [canonical for own in by_tenant.values() for canonical in self._left_out(own)]

    def _left_out(self, own: Sequence[Coupon]) -> list[str]:
        """List the canonical forms of those of one tenant's coupons that have no row."""
        names = self._sets.texts([coupon.coupon_id for coupon in own])
        chosen = select(schema.coupons.c.coupon_id).where(
            schema.coupons.c.tenant_id == own[0].tenant_id, schema.coupons.c.coupon_id.in_(names)
        )
        there = set(self._all(chosen, _IdRow, lambda row: row.coupon_id))
        return [coupon.canonical for coupon in own if coupon.coupon_id not in there and coupon.canonical is not None]

    def insert_entries(self, entries: Sequence[LedgerEntry]) -> None:
        rows = [entry_to_row(entry) for entry in entries]
        self._sets.insert(self._connection, schema.ledger_entries, rows, skip_existing=False)

    def append_events(self, events: Iterable[Event]) -> None:
        rows = [event_to_row(event) for event in events]
        self._sets.insert(self._connection, schema.events, rows, skip_existing=False)

    def keep_result(self, tenant_id: str, key: str, fingerprint: str, body: bytes, at: datetime) -> None:
        kept = AnswerRow(tenant_id, key, fingerprint, None, body.decode(), to_microseconds(at))
        self._insert(schema.idempotency_keys, kept)

    def touch_catalogue(self, tenant_id: str) -> None:
        version = schema.tenants.c.catalogue_version
        touched = update(schema.tenants).where(schema.tenants.c.tenant_id == tenant_id).values({version: version + 1})
        self._connection.execute(touched)

    def insert_key_check(self, key_id: str, check: str) -> None:
        self._connection.execute(insert(schema.key_checks).values(key_id=key_id, check_value=check))

    def _insert(self, table: Table, row: Struct) -> None:
        self._connection.execute(insert(table).values(msgspec.structs.asdict(row)))

    def _update(self, table: Table, row: Struct, *names: str) -> None:
        """Replace the named columns (all when none is named) of the row that has this row's primary key."""
        values = msgspec.structs.asdict(row)
        keys = table.primary_key.columns
        changes = {name: values[name] for name in names or values if name not in keys}
        statement: Update = update(table).where(*(column == values[column.name] for column in keys))
        self._connection.execute(statement.values(changes))


def _locked(table: Table, **values: str) -> Select[Any]:
    """Choose the row with certain values under lock (where the engine locks rows: SQLite's writer has them all)."""
    return select(table).where(*(table.c[name] == value for name, value in values.items())).with_for_update()
