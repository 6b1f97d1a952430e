"""Series, the indices taken from them, and batches."""

from msgspec.structs import replace

from couponry.domain.batches import BatchStatus
from couponry.engine.ports import Page, Store
from tests.properties.samples import CAMPAIGN, DAY, NOW, SERIES, TENANT, batch_of
from tests.storage.samples import MICROSECOND, entry_of, loading_batch, series_of, stored_coupon


def test_series_comes_back_whole(store: Store) -> None:
    """A tenant's series are read with every field, and under lock by name."""
    with store.write() as writer:
        writer.insert_series(series_of())
        writer.insert_series(series_of("ser_2", created_at=NOW + DAY))
        assert writer.locked_series(TENANT, SERIES) == series_of()
        assert writer.locked_series(TENANT, "ser_none") is None
    with store.read() as reader:
        assert list(reader.series(TENANT)) == [series_of(), series_of("ser_2", created_at=NOW + DAY)]


def test_series_counts_on(store: Store) -> None:
    """Updating a series replaces its counter and the number of adopted codes, nothing else."""
    with store.write() as writer:
        writer.insert_series(series_of(next_index=0))
        writer.update_series(series_of(next_index=100, adopted_count=9, pattern="other"))
    with store.read() as reader:
        assert list(reader.series(TENANT)) == [series_of(next_index=100, adopted_count=9)]


def test_taken_indices_are_kept_once(store: Store) -> None:
    """Taken indices come ascending between two bounds, however often they were marked."""
    with store.write() as writer:
        writer.insert_taken(TENANT, SERIES, [7, 3, 2**62, 5])
        writer.insert_taken(TENANT, SERIES, [5, 6])
        writer.insert_taken(TENANT, SERIES, [])
        writer.insert_taken(TENANT, "ser_2", [4])
    with store.read() as reader:
        assert list(reader.taken_indices(TENANT, SERIES, 0)) == [3, 5, 6, 7, 2**62]
        assert list(reader.taken_indices(TENANT, SERIES, 5, 7)) == [5, 6]


def test_many_indices_are_taken_at_once(store: Store) -> None:
    """A set larger than any single statement is stored whole."""
    indices = list(range(0, 20_001, 2))
    with store.write() as writer:
        writer.insert_taken(TENANT, SERIES, indices)
    with store.read() as reader:
        assert list(reader.taken_indices(TENANT, SERIES, 0)) == indices


def test_batch_comes_back_whole(store: Store) -> None:
    """A batch is read with every field as it was written, and an unknown one is None."""
    with store.write() as writer:
        writer.insert_batch(batch_of(end_index=2**62))
        writer.insert_batch(loading_batch())
    with store.read() as reader:
        assert reader.batch(TENANT, "bat_1") == batch_of(end_index=2**62)
        assert reader.batch(TENANT, "bat_loading") == loading_batch()
        assert reader.batch(TENANT, "bat_none") is None


def test_batch_changes_status_count_and_time(store: Store) -> None:
    """Updating a batch replaces its status, count and time, nothing else."""
    ready = loading_batch(status=BatchStatus.READY, count=3, updated_at=NOW)
    with store.write() as writer:
        writer.insert_batch(loading_batch())
        writer.update_batch(replace(ready, is_active=True))
    with store.read() as reader:
        assert reader.batch(TENANT, "bat_loading") == ready


def test_batches_are_listed_when_ready(store: Store) -> None:
    """A campaign's ready batches come newest first, a page after the other."""
    with store.write() as writer:
        for number in range(4):
            writer.insert_batch(batch_of(batch_id=f"bat_{number}"))
        writer.insert_batch(loading_batch())
        writer.insert_batch(batch_of(batch_id="bat_else", campaign_id="cmp_2"))
    with store.read() as reader:
        first = reader.batches(TENANT, CAMPAIGN, Page(3))
        assert [batch.batch_id for batch in first] == ["bat_3", "bat_2", "bat_1"]
        assert list(reader.batches(TENANT, CAMPAIGN, Page(3, after="bat_1"))) == [batch_of(batch_id="bat_0")]


def test_ranges_come_in_order_of_index(store: Store) -> None:
    """The batches of a series come from an index on, in order of their first index."""
    ranges = [batch_of(batch_id=f"bat_{9 - start}", first_index=start, end_index=start + 1) for start in (0, 3, 7)]
    with store.write() as writer:
        for batch in reversed(ranges):
            writer.insert_batch(batch)
        writer.insert_batch(batch_of(batch_id="bat_else", series_id="ser_2"))
    with store.read() as reader:
        assert list(reader.ranges(TENANT, SERIES, 0)) == ranges
        assert list(reader.ranges(TENANT, SERIES, 3)) == ranges[1:]
        assert list(reader.ranges(TENANT, SERIES, 8)) == []


def test_stale_batches_are_those_left_loading(store: Store) -> None:
    """Batches of any tenant that load since before an instant are found, the longest left first."""
    older = loading_batch("bat_old", updated_at=NOW - DAY)
    old = loading_batch("bat_other", tenant_id="ten_other", updated_at=NOW - MICROSECOND)
    with store.write() as writer:
        for batch in (old, older, loading_batch("bat_young", updated_at=NOW), batch_of(updated_at=NOW - DAY)):
            writer.insert_batch(batch)
    with store.read() as reader:
        assert list(reader.stale_batches(NOW)) == [older, old]


def test_loading_batch_is_removed_with_all_its_coupons(store: Store) -> None:
    """Deleting a loading batch removes it, its coupons and their entries, and nothing of another batch."""
    gone, kept = stored_coupon("G0NE", batch_id="bat_loading"), stored_coupon("KEPT", batch_id="bat_kept")
    with store.write() as writer:
        writer.insert_batch(loading_batch())
        writer.insert_batch(loading_batch("bat_kept"))
        writer.insert_coupons([gone, kept])
        writer.insert_entries(
            [entry_of("led_1", coupon_id=gone.coupon_id), entry_of("led_2", coupon_id=kept.coupon_id)]
        )
        writer.delete_batch(TENANT, "bat_loading")
    with store.read() as reader:
        assert reader.batch(TENANT, "bat_loading") is None
        assert reader.batch(TENANT, "bat_kept") == loading_batch("bat_kept")
        assert reader.existing_canonicals(TENANT, ["G0NE", "KEPT"]) == {"KEPT"}
        assert list(reader.entries(TENANT, gone.coupon_id, Page(10))) == []
        assert len(reader.entries(TENANT, kept.coupon_id, Page(10))) == 1


def test_ready_batch_is_not_removed(store: Store) -> None:
    """Deleting a batch that is ready, or not there, changes nothing."""
    coupon = stored_coupon("KEPT", batch_id="bat_ready")
    with store.write() as writer:
        writer.insert_batch(loading_batch("bat_ready", status=BatchStatus.READY))
        writer.insert_coupons([coupon])
        writer.delete_batch(TENANT, "bat_ready")
        writer.delete_batch(TENANT, "bat_none")
    with store.read() as reader:
        assert reader.batch(TENANT, "bat_ready") is not None
        assert reader.existing_canonicals(TENANT, ["KEPT"]) == {"KEPT"}
