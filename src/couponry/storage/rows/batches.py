"""Rows of series and batches."""

from msgspec import Struct

from couponry.domain.batches import Batch, BatchKind, BatchStatus, SeriesRow
from couponry.storage.rows.instants import to_instant, to_microseconds


class StoredSeries(Struct, array_like=True):
    """A row of `series`; the domain calls its own form a row already."""

    tenant_id: str
    series_id: str
    pattern: str
    alphabet: str
    key_id: str
    next_index: int
    adopted_count: int
    created_at: int


class TakenRow(Struct, array_like=True):
    tenant_id: str
    series_id: str
    taken_index: int


class BatchRow(Struct, array_like=True):
    tenant_id: str
    batch_id: str
    campaign_id: str
    kind: str
    status: str
    count: int
    series_id: str | None
    first_index: int | None
    end_index: int | None
    is_active: int
    created_at: int
    updated_at: int


def series_to_row(series: SeriesRow) -> StoredSeries:
    return StoredSeries(
        tenant_id=series.tenant_id,
        series_id=series.series_id,
        pattern=series.pattern,
        alphabet=series.alphabet,
        key_id=series.key_id,
        next_index=series.next_index,
        adopted_count=series.adopted_count,
        created_at=to_microseconds(series.created_at),
    )


def series_from_row(row: StoredSeries) -> SeriesRow:
    return SeriesRow(
        tenant_id=row.tenant_id,
        series_id=row.series_id,
        pattern=row.pattern,
        alphabet=row.alphabet,
        key_id=row.key_id,
        next_index=row.next_index,
        adopted_count=row.adopted_count,
        created_at=to_instant(row.created_at),
    )


def batch_to_row(batch: Batch) -> BatchRow:
    return BatchRow(
        tenant_id=batch.tenant_id,
        batch_id=batch.batch_id,
        campaign_id=batch.campaign_id,
        kind=batch.kind.value,
        status=batch.status.value,
        count=batch.count,
        series_id=batch.series_id,
        first_index=batch.first_index,
        end_index=batch.end_index,
        is_active=int(batch.is_active),
        created_at=to_microseconds(batch.created_at),
        updated_at=to_microseconds(batch.updated_at),
    )


def batch_from_row(row: BatchRow) -> Batch:
    return Batch(
        tenant_id=row.tenant_id,
        batch_id=row.batch_id,
        campaign_id=row.campaign_id,
        kind=BatchKind(row.kind),
        status=BatchStatus(row.status),
        count=row.count,
        series_id=row.series_id,
        first_index=row.first_index,
        end_index=row.end_index,
        is_active=bool(row.is_active),
        created_at=to_instant(row.created_at),
        updated_at=to_instant(row.updated_at),
    )
