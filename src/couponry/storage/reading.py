"""The reads of the port, in statements that every engine understands."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Select, Table, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from couponry.domain.batches import Batch, BatchStatus, SeriesRow
from couponry.domain.campaigns import Campaign, CampaignCounters, CampaignStatus
from couponry.domain.events import Event, EventType
from couponry.domain.ledger import LedgerEntry
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.tenants import ApiKey, Tenant
from couponry.engine.ports import CampaignStatistics, KeptResult, Page, RedemptionFilter
from couponry.storage import auditing, schema
from couponry.storage.rows.accounts import KeyRow, TenantRow, key_from_row, tenant_from_row
from couponry.storage.rows.answers import AnswerRow
from couponry.storage.rows.batches import BatchRow, StoredSeries, batch_from_row, series_from_row
from couponry.storage.rows.campaigns import CampaignRow, CountersRow, campaign_from_row, counters_from_row
from couponry.storage.rows.coupons import EntryRow, entry_from_row
from couponry.storage.rows.events import EventRow, event_from_row
from couponry.storage.rows.instants import to_microseconds
from couponry.storage.rows.redemptions import RedemptionRow, RollbackRow, redemption_from_row, rollback_from_row
from couponry.storage.sets import RowT, Sets

T = TypeVar("T")


class _CodeRow(Struct, array_like=True):
    coupon_id: str
    code: str


class _IndexRow(Struct, array_like=True):
    taken_index: int


class _CanonicalRow(Struct, array_like=True):
    canonical: str


class SqlReader:
    """Reads of one snapshot, which is the transaction of a connection."""

    def __init__(self, connection: Connection, sets: Sets) -> None:
        self._connection = connection
        self._sets = sets

    def tenant(self, tenant_id: str) -> Tenant | None:
        return self._first(_of(schema.tenants, tenant_id), TenantRow, tenant_from_row)

    def tenant_named(self, name: str) -> Tenant | None:
        named = (
            select(schema.tenants)
            .where(schema.tenants.c.name == name)
            .order_by(schema.tenants.c.created_at, schema.tenants.c.tenant_id)
        )
        return self._first(named, TenantRow, tenant_from_row)

    def tenants(self) -> Sequence[Tenant]:
        oldest_first = select(schema.tenants).order_by(schema.tenants.c.created_at, schema.tenants.c.tenant_id)
        return self._all(oldest_first, TenantRow, tenant_from_row)

    def key_by_digest(self, digest: str) -> ApiKey | None:
        return self._first(select(schema.api_keys).where(schema.api_keys.c.digest == digest), KeyRow, key_from_row)

    def keys(self, tenant_id: str) -> Sequence[ApiKey]:
        oldest_first = _of(schema.api_keys, tenant_id).order_by(schema.api_keys.c.created_at, schema.api_keys.c.key_id)
        return self._all(oldest_first, KeyRow, key_from_row)

    def catalogue_version(self, tenant_id: str) -> int:
        version = select(schema.tenants.c.catalogue_version).where(schema.tenants.c.tenant_id == tenant_id)
        return self._connection.execute(version).scalar() or 0

    def catalogue_versions(self) -> dict[str, int]:
        rows = self._connection.execute(select(schema.tenants.c.tenant_id, schema.tenants.c.catalogue_version))
        return {row.tenant_id: row.catalogue_version for row in rows}

    def series(self, tenant_id: str) -> Sequence[SeriesRow]:
        in_order = _of(schema.series, tenant_id).order_by(schema.series.c.created_at, schema.series.c.series_id)
        return self._all(in_order, StoredSeries, series_from_row)

    def ranges(self, tenant_id: str, series_id: str, from_index: int) -> Sequence[Batch]:
        in_order = (
            _of(schema.batches, tenant_id)
            .where(schema.batches.c.series_id == series_id, schema.batches.c.first_index >= from_index)
            .order_by(schema.batches.c.first_index)
        )
        return self._all(in_order, BatchRow, batch_from_row)

    def taken_indices(self, tenant_id: str, series_id: str, first: int, end: int | None = None) -> Sequence[int]:
        index = schema.series_taken.c.taken_index
        chosen = (
            select(index)
            .where(
                schema.series_taken.c.tenant_id == tenant_id,
                schema.series_taken.c.series_id == series_id,
                index >= first,
            )
            .order_by(index)
        )
        if end is not None:
            chosen = chosen.where(index < end)
        return self._all(chosen, _IndexRow, lambda row: row.taken_index)

    def campaign(self, tenant_id: str, campaign_id: str) -> Campaign | None:
        return self._first(_of(schema.campaigns, tenant_id, campaign_id=campaign_id), CampaignRow, campaign_from_row)

    def counters(self, tenant_id: str, campaign_id: str) -> CampaignCounters | None:
        chosen = _of(schema.campaign_counters, tenant_id, campaign_id=campaign_id)
        return self._first(chosen, CountersRow, counters_from_row)

    def campaigns(self, tenant_id: str, page: Page) -> Sequence[Campaign]:
        kept = _of(schema.campaigns, tenant_id).where(schema.campaigns.c.status != CampaignStatus.ARCHIVED.value)
        return self._all(_paged(kept, schema.campaigns.c.campaign_id, page), CampaignRow, campaign_from_row)

    def highest_guess_floor(self, tenant_id: str, series_id: str) -> int:
        highest = select(func.max(schema.campaigns.c.guess_floor)).where(
            schema.campaigns.c.tenant_id == tenant_id,
            schema.campaigns.c.series_id == series_id,
            schema.campaigns.c.status != CampaignStatus.ARCHIVED.value,
        )
        return self._connection.execute(highest).scalar() or 0

    def batch(self, tenant_id: str, batch_id: str) -> Batch | None:
        return self._first(_of(schema.batches, tenant_id, batch_id=batch_id), BatchRow, batch_from_row)

    def batches(self, tenant_id: str, campaign_id: str, page: Page) -> Sequence[Batch]:
        ready = _of(schema.batches, tenant_id, campaign_id=campaign_id, status=BatchStatus.READY.value)
        return self._all(_paged(ready, schema.batches.c.batch_id, page), BatchRow, batch_from_row)

    def stale_batches(self, before: datetime) -> Sequence[Batch]:
        stale = (
            select(schema.batches)
            .where(
                text(schema.IS_LOADING),
                schema.batches.c.updated_at < to_microseconds(before),
            )
            .order_by(schema.batches.c.updated_at)
        )
        return self._all(stale, BatchRow, batch_from_row)

    def stored_codes(self, tenant_id: str, batch_id: str, after: str | None, limit: int) -> Sequence[tuple[str, str]]:
        chosen = select(schema.coupons.c.coupon_id, schema.coupons.c.code).where(
            schema.coupons.c.tenant_id == tenant_id,
            schema.coupons.c.batch_id == batch_id,
            schema.coupons.c.canonical.is_not(None),
        )
        return self._codes(chosen, after, limit)

    def codes_of_length(
        self, tenant_id: str, canonical_length: int, after: str | None, limit: int
    ) -> Sequence[tuple[str, str]]:
        canonical = schema.coupons.c.canonical
        chosen = select(schema.coupons.c.coupon_id, schema.coupons.c.code).where(
            schema.coupons.c.tenant_id == tenant_id,
            canonical.is_not(None),
            func.length(canonical) == canonical_length,
        )
        return self._codes(chosen, after, limit)

    def existing_canonicals(self, tenant_id: str, canonicals: Sequence[str]) -> set[str]:
        chosen = select(schema.coupons.c.canonical).where(
            schema.coupons.c.tenant_id == tenant_id, schema.coupons.c.canonical.in_(self._sets.texts(canonicals))
        )
        return set(self._all(chosen, _CanonicalRow, lambda row: row.canonical))

    def redemption(self, tenant_id: str, redemption_id: str) -> Redemption | None:
        chosen = _of(schema.redemptions, tenant_id, redemption_id=redemption_id)
        return self._first(chosen, RedemptionRow, redemption_from_row)

    def redemptions(self, tenant_id: str, chosen: RedemptionFilter, page: Page) -> Sequence[Redemption]:
        wanted = {name: value for name in chosen.__struct_fields__ if (value := getattr(chosen, name)) is not None}
        found = _of(schema.redemptions, tenant_id, **wanted)
        if chosen.coupon_id is None:
            return self._page_of_redemptions(found, page)
        later = self._page_of_redemptions(found.where(text(schema.IS_LATER_USE)), page)
        if len(later) == page.limit:
            return later
        first_redemption_id = select(schema.coupons.c.first_redemption_id).where(
            schema.coupons.c.tenant_id == tenant_id, schema.coupons.c.coupon_id == chosen.coupon_id
        )
        first = found.where(schema.redemptions.c.redemption_id == first_redemption_id.scalar_subquery())
        return later + self._page_of_redemptions(first, page)

    def rollbacks(self, tenant_id: str, redemption_id: str) -> Sequence[Rollback]:
        oldest_first = _of(schema.rollbacks, tenant_id, redemption_id=redemption_id).order_by(
            schema.rollbacks.c.rollback_id
        )
        return self._all(oldest_first, RollbackRow, rollback_from_row)

    def events(self, tenant_id: str, page: Page, type_prefix: str | None = None) -> Sequence[Event]:
        chosen = _of(schema.events, tenant_id)
        if type_prefix is not None:
            chosen = chosen.where(
                schema.events.c.type.in_([kind.value for kind in EventType if kind.startswith(type_prefix)])
            )
        return self._all(_paged(chosen, schema.events.c.event_id, page), EventRow, event_from_row)

    def entries(self, tenant_id: str, coupon_id: str, page: Page) -> Sequence[LedgerEntry]:
        chosen = _of(schema.ledger_entries, tenant_id, coupon_id=coupon_id)
        return self._all(_paged(chosen, schema.ledger_entries.c.entry_id, page), EntryRow, entry_from_row)

    def count_redeemed(self, tenant_id: str, campaign_id: str) -> int:
        return auditing.count_redeemed(self._connection, tenant_id, campaign_id)

    def statistics(self, tenant_id: str, campaign_id: str) -> CampaignStatistics:
        return auditing.campaign_statistics(self._connection, tenant_id, campaign_id)

    def kept_result(self, tenant_id: str, key: str) -> KeptResult | None:
        def from_row(row: AnswerRow) -> KeptResult:
            return KeptResult(row.fingerprint, None if row.body is None else row.body.encode())

        return self._first(_of(schema.idempotency_keys, tenant_id, key=key), AnswerRow, from_row)

    def balance_faults(self) -> Sequence[tuple[str, str, int, int]]:
        return auditing.balance_faults(self._connection)

    def counter_faults(self) -> Sequence[tuple[str, str, int, int]]:
        return auditing.counter_faults(self._connection)

    def key_checks(self) -> dict[str, str]:
        rows = self._connection.execute(select(schema.key_checks.c.key_id, schema.key_checks.c.check_value))
        return {row.key_id: row.check_value for row in rows}

    def _page_of_redemptions(self, chosen: Select[Any], page: Page) -> list[Redemption]:
        return self._all(_paged(chosen, schema.redemptions.c.redemption_id, page), RedemptionRow, redemption_from_row)

    def _codes(self, chosen: Select[Any], after: str | None, limit: int) -> list[tuple[str, str]]:
        """Take some coupons' (identifier, code) in order of identifier, past one."""
        identifier = schema.coupons.c.coupon_id
        if after is not None:
            chosen = chosen.where(identifier > after)
        return self._all(chosen.order_by(identifier).limit(limit), _CodeRow, lambda row: (row.coupon_id, row.code))

    def _all(self, statement: Select[Any], row_type: type[RowT], from_row: Callable[[RowT], T]) -> list[T]:
        return [from_row(row) for row in self._sets.fetch(self._connection, statement, row_type)]

    def _first(self, statement: Select[Any], row_type: type[RowT], from_row: Callable[[RowT], T]) -> T | None:
        found = self._all(statement.limit(1), row_type, from_row)
        return found[0] if found else None


def _of(table: Table, tenant_id: str, **values: str) -> Select[Any]:
    """Choose a tenant's rows of a table, those with certain values."""
    equal = [table.c[name] == value for name, value in values.items()]
    return select(table).where(table.c.tenant_id == tenant_id, *equal)


def _paged(statement: Select[Any], identifier: ColumnElement[str], page: Page) -> Select[Any]:
    """Take one page, newest first."""
    if page.after is not None:
        statement = statement.where(identifier < page.after)
    return statement.order_by(identifier.desc()).limit(page.limit)
