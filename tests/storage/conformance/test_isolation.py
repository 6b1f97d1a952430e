"""No method sees or changes another tenant's rows, even where all names are the same."""

import inspect
from collections.abc import Callable, Sequence

import pytest

from couponry.domain.batches import BatchStatus
from couponry.domain.campaigns import CampaignCounters, Limits
from couponry.domain.commands import IdRef, StoredRef
from couponry.domain.redemptions import Redemption
from couponry.domain.world import Wanted
from couponry.engine.ports import CampaignStatistics, LaneSession, Page, Reader, RedemptionFilter, Store, Writer
from tests.properties.samples import CAMPAIGN, NOW, SERIES, TENANT, batch_of
from tests.storage.samples import (
    OTHER,
    carry,
    entry_of,
    event_of,
    idempotency,
    key_of,
    loading_batch,
    open_campaign,
    place,
    redeem,
    redeemed,
    rich_campaign,
    roll_back,
    series_of,
    stored_coupon,
    tenant_of,
)

ALL = Page(1000)
NO_STATISTICS = CampaignStatistics(0, 0, 0, 0, 0, 0, ())
EMPTY = (None, 0, NO_STATISTICS)

Read = Callable[[Reader, str, Redemption], object]
READS: dict[str, Read] = {
    "tenant": lambda reader, tenant_id, _: reader.tenant(tenant_id),
    "keys": lambda reader, tenant_id, _: reader.keys(tenant_id),
    "catalogue_version": lambda reader, tenant_id, _: reader.catalogue_version(tenant_id),
    "series": lambda reader, tenant_id, _: reader.series(tenant_id),
    "ranges": lambda reader, tenant_id, _: reader.ranges(tenant_id, SERIES, 0),
    "taken_indices": lambda reader, tenant_id, _: reader.taken_indices(tenant_id, SERIES, 0),
    "campaign": lambda reader, tenant_id, _: reader.campaign(tenant_id, CAMPAIGN),
    "counters": lambda reader, tenant_id, _: reader.counters(tenant_id, CAMPAIGN),
    "highest_guess_floor": lambda reader, tenant_id, _: reader.highest_guess_floor(tenant_id, SERIES),
    "campaigns": lambda reader, tenant_id, _: reader.campaigns(tenant_id, ALL),
    "batch": lambda reader, tenant_id, _: reader.batch(tenant_id, "bat_1"),
    "batches": lambda reader, tenant_id, _: reader.batches(tenant_id, CAMPAIGN, ALL),
    "stored_codes": lambda reader, tenant_id, _: reader.stored_codes(tenant_id, "bat_1", None, 10),
    "codes_of_length": lambda reader, tenant_id, _: reader.codes_of_length(tenant_id, 2, None, 10),
    "existing_canonicals": lambda reader, tenant_id, _: reader.existing_canonicals(tenant_id, ["A1"]),
    "redemption": lambda reader, tenant_id, made: reader.redemption(tenant_id, made.redemption_id),
    "redemptions": lambda reader, tenant_id, _: reader.redemptions(tenant_id, RedemptionFilter(), ALL),
    "rollbacks": lambda reader, tenant_id, made: reader.rollbacks(tenant_id, made.redemption_id),
    "events": lambda reader, tenant_id, _: reader.events(tenant_id, ALL),
    "entries": lambda reader, tenant_id, _: reader.entries(tenant_id, "cpn_1", ALL),
    "count_redeemed": lambda reader, tenant_id, _: reader.count_redeemed(tenant_id, CAMPAIGN),
    "statistics": lambda reader, tenant_id, _: reader.statistics(tenant_id, CAMPAIGN),
    "kept_result": lambda reader, tenant_id, _: reader.kept_result(tenant_id, "k"),
}

Write = Callable[[Writer], object]
WRITES: dict[str, Write] = {
    "insert_tenant": lambda writer: writer.insert_tenant(tenant_of(OTHER)),
    "insert_key": lambda writer: writer.insert_key(key_of(tenant_id=OTHER)),
    "update_key": lambda writer: writer.update_key(key_of(tenant_id=OTHER, name="stolen", scopes=())),
    "locked_campaign": lambda writer: writer.locked_campaign(OTHER, CAMPAIGN),
    "insert_campaign": lambda writer: writer.insert_campaign(rich_campaign(tenant_id=OTHER)),
    "update_campaign": lambda writer: writer.update_campaign(rich_campaign(tenant_id=OTHER, name="stolen")),
    "set_counters": lambda writer: writer.set_counters(CampaignCounters(OTHER, CAMPAIGN, 9, 9)),
    "locked_series": lambda writer: writer.locked_series(OTHER, SERIES),
    "insert_series": lambda writer: writer.insert_series(series_of(tenant_id=OTHER)),
    "update_series": lambda writer: writer.update_series(series_of(tenant_id=OTHER, next_index=0)),
    "insert_taken": lambda writer: writer.insert_taken(OTHER, SERIES, [1, 2, 3]),
    "insert_batch": lambda writer: writer.insert_batch(batch_of(tenant_id=OTHER)),
    "update_batch": lambda writer: writer.update_batch(batch_of(tenant_id=OTHER, status=BatchStatus.LOADING)),
    "delete_batch": lambda writer: writer.delete_batch(OTHER, "bat_loading"),
    "insert_coupons": lambda writer: writer.insert_coupons([stored_coupon("A1", tenant_id=OTHER)]),
    "insert_entries": lambda writer: writer.insert_entries([entry_of(tenant_id=OTHER)]),
    "append_events": lambda writer: writer.append_events([event_of(tenant_id=OTHER)]),
    "keep_result": lambda writer: writer.keep_result(OTHER, "k", "other print", b"{}", NOW),
    "touch_catalogue": lambda writer: writer.touch_catalogue(OTHER),
}
OF_ALL_TENANTS = {
    "tenant_named",
    "tenants",
    "key_by_digest",
    "catalogue_versions",
    "stale_batches",
    "balance_faults",
    "counter_faults",
    "key_checks",
    "insert_key_check",
}


def methods(port: type) -> set[str]:
    """Return the names of a port's methods, inherited ones too."""
    return {name for name, member in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_")}


def furnish(store: Store, session: LaneSession) -> Redemption:
    """Put one of everything of the sample tenant into a store."""
    open_campaign(store, limits=Limits(None, 100, None), series_id=SERIES)
    with store.write() as writer:
        writer.insert_key(key_of())
        writer.insert_series(series_of())
        writer.insert_taken(TENANT, SERIES, [5])
        writer.insert_batch(loading_batch())
        writer.insert_coupons([stored_coupon("A1"), stored_coupon("L0", batch_id="bat_loading")])
        writer.insert_entries([entry_of(), entry_of("led_2", coupon_id="cpn_L0")])
        writer.append_events([event_of()])
        writer.keep_result(TENANT, "k", "print", b"{}", NOW)
    redemption = redeemed(session, redeem(place(5), idempotency=idempotency("k2")))
    carry(session, roll_back(redemption, 1))
    return redemption


def everything(store: Store, tenant_id: str, redemption: Redemption) -> dict[str, object]:
    with store.read() as reader:
        return {name: read(reader, tenant_id, redemption) for name, read in READS.items()}


def test_every_method_is_covered() -> None:
    """Each method of the port is either tried here for isolation or known to be of all tenants."""
    assert methods(Writer) == READS.keys() | WRITES.keys() | OF_ALL_TENANTS


@pytest.mark.parametrize("name", READS)
def test_read_shows_nothing_of_another_tenant(store: Store, session: LaneSession, name: str) -> None:
    """A tenant with nothing sees nothing, where its neighbour sees something."""
    redemption = furnish(store, session)
    with store.read() as reader:
        own, foreign = READS[name](reader, TENANT, redemption), READS[name](reader, OTHER, redemption)
    assert own not in EMPTY
    assert own or not isinstance(own, Sequence | set)
    assert foreign in EMPTY or (isinstance(foreign, Sequence | set) and not foreign)


@pytest.mark.parametrize("name", WRITES)
def test_write_changes_nothing_of_another_tenant(store: Store, session: LaneSession, name: str) -> None:
    """A write in one tenant's name leaves its neighbour's rows of the same names as they were."""
    redemption = furnish(store, session)
    before = everything(store, TENANT, redemption)
    with store.write() as writer:
        WRITES[name](writer)
    assert everything(store, TENANT, redemption) == before
    with store.read() as reader:
        assert reader.batch(TENANT, "bat_loading") == loading_batch()


def test_lane_loads_nothing_of_another_tenant(store: Store, session: LaneSession) -> None:
    """The neighbour's campaigns, coupons, codes, redemptions and answers do not exist for a tenant's commands."""
    redemption = furnish(store, session)
    names = {
        "campaigns": {CAMPAIGN},
        "coupons": {redemption.coupon_id, "cpn_A1"},
        "canonicals": {"A1"},
        "redemptions": {redemption.redemption_id},
        "answers": {"k", "k2"},
    }
    for tenant_id, is_owner in ((TENANT, True), (OTHER, False)):
        wanted = Wanted(**{field: {(tenant_id, name) for name in chosen} for field, chosen in names.items()})
        with session.transaction() as transaction:
            world = transaction.load(wanted)
        parts = (world.campaigns, world.counters, world.coupons, world.coupon_ids, world.redemptions, world.answers)
        assert all(bool(part) is is_owner for part in parts)


def test_lane_carries_tenants_of_the_same_names_apart(store: Store, session: LaneSession) -> None:
    """One transaction serves two tenants whose names are all the same, each with its own rows."""
    for tenant_id, prefix in ((TENANT, "mine"), (OTHER, "theirs")):
        open_campaign(store, tenant_id=tenant_id, name=prefix, limits=Limits(None, 3, None))
        with store.write() as writer:
            writer.insert_coupons([stored_coupon("A1", tenant_id=tenant_id, customer=prefix)])
    carry(
        session,
        redeem(StoredRef("A1"), idempotency=idempotency("k")),
        redeem(StoredRef("A1"), idempotency=idempotency("k"), tenant_id=OTHER),
        redeem(IdRef("cpn_A1")),
    )
    with store.read() as reader:
        assert reader.count_redeemed(TENANT, CAMPAIGN) == 2
        assert reader.count_redeemed(OTHER, CAMPAIGN) == 1
        own, other = reader.counters(TENANT, CAMPAIGN), reader.counters(OTHER, CAMPAIGN)
    assert own is not None
    assert other is not None
    assert (own.redeemed_count, other.redeemed_count) == (2, 1)
    with session.transaction() as transaction:
        both = {(TENANT, "A1"), (OTHER, "A1")}
        world = transaction.load(Wanted(set(), set(), both, set(), set()))
    assert {key[0]: coupon.customer for key, coupon in world.coupons.items()} == {TENANT: "mine", OTHER: "theirs"}
