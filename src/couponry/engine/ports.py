"""What the engine asks of storage, in the domain's terms. One conformance suite holds for every implementation.

Every method names the tenant first and sees that tenant's rows only. Methods raise `StorageUnavailable` (and its
subclasses) for whatever the database fails at; the transaction is then rolled back and nothing of it remains. A
violated constraint is a fault of the caller, for which trying again would be bad advice: the driver's error passes.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from couponry.domain.batches import Batch, SeriesRow
from couponry.domain.campaigns import Campaign, CampaignCounters
from couponry.domain.coupons import Coupon
from couponry.domain.errors import DomainError
from couponry.domain.events import Event
from couponry.domain.ledger import LedgerEntry
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.tenants import ApiKey, Tenant
from couponry.domain.world import Wanted, World


class StorageUnavailable(DomainError):
    """The database did not answer, or did not take the transaction; nothing of it remains, trying again is safe."""

    def __init__(self, code: str = "storage_unavailable", message: str = "") -> None:
        """Say what failed, without the driver's words."""
        super().__init__(code, message or "The database did not take the request; nothing was changed. Try again.")


class StorageFull(StorageUnavailable):
    """The disk or the database is full: writes are refused, reads go on."""

    def __init__(self) -> None:
        """Say what failed."""
        super().__init__("storage_full", "The disk is full; nothing was changed. Reading still works.")


class TransactionRaced(StorageUnavailable):
    """Another process changed the same rows at the same moment; the transaction can begin anew at once.

    SQLite, which has one writer at a time, never raises it.
    """

    def __init__(self) -> None:
        """Say what failed."""
        super().__init__(message="Others changed the same data at the same moment; nothing was changed. Try again.")


class StorageUnusable(Exception):
    """The database cannot be opened as it is; the message says what to do."""


class Page(Struct, frozen=True):
    """A part of a list, newest first.

    Attributes:
        limit: most rows to give, 1 to 1,000.
        after: identifier of the last row of the page before, or None for the first page.
    """

    limit: int
    after: str | None = None


class RedemptionFilter(Struct, frozen=True):
    """Which redemptions to list; None is any."""

    campaign_id: str | None = None
    coupon_id: str | None = None
    customer: str | None = None


class MoneyTotal(Struct, frozen=True):
    """A sum in one currency, in minor units."""

    currency: str
    amount_minor: int


class CampaignStatistics(Struct, frozen=True):
    """What became of a campaign.

    Attributes:
        issued_count: coupons minted, imported and static.
        redemption_count: redemptions ever made.
        redeemed_count: those of which something still holds.
        rollback_count: rollbacks, whole and partial.
        touched_count: coupons that somebody used or changed.
        voided_count: coupons blocked now.
        discounts: given less taken back, by currency.
    """

    issued_count: int
    redemption_count: int
    redeemed_count: int
    rollback_count: int
    touched_count: int
    voided_count: int
    discounts: tuple[MoneyTotal, ...]


class KeptResult(Struct, frozen=True):
    """What was kept under an idempotency key: the request's fingerprint and the answer's JSON (None: a redemption)."""

    fingerprint: str
    body: bytes | None


class StoreStatistics(Struct, frozen=True):
    """How often a store was asked since it was opened.

    Attributes:
        lane_loads: loads of the lane and of the validations' read lane.
        reads: transactions of `Store.read`.
        writes: transactions of `Store.write`.
        retries: transactions of the lane that began anew because another process was first.
    """

    lane_loads: int
    reads: int
    writes: int
    retries: int = 0


class LaneTransaction(Protocol):
    """One transaction of the lane; leaving it commits, durably, and an exception rolls it back."""

    def load(self, wanted: Wanted) -> World:
        """Load what commands need, under lock where it will be counted.

        Args:
            wanted: names of what is needed. A coupon or redemption brings its coupon, campaign and (for a capped
                campaign) counters along; a kept answer that is a redemption brings the redemption.

        Returns:
            a world that holds what exists of it. Names that do not exist are simply absent.
        """

    def save(self, world: World) -> None:
        """Write all that is new or changed in a world, with set-based statements."""


class LaneSession(Protocol):
    """A connection of one lane; used by one thread."""

    def transaction(self) -> AbstractContextManager[LaneTransaction]:
        """Begin a transaction that will write (a read session begins a snapshot and refuses `save`)."""

    def close(self) -> None:
        """Give the connection back."""


class Reader(Protocol):
    """Reads of one snapshot."""

    def tenant(self, tenant_id: str) -> Tenant | None:
        """Find a tenant."""

    def tenant_named(self, name: str) -> Tenant | None:
        """Find the oldest tenant of a name."""

    def tenants(self) -> Sequence[Tenant]:
        """List all tenants, oldest first."""

    def key_by_digest(self, digest: str) -> ApiKey | None:
        """Find a key, revoked or not, by the SHA-256 of its text (the one read across tenants, with `tenants`)."""

    def keys(self, tenant_id: str) -> Sequence[ApiKey]:
        """List a tenant's keys, oldest first, revoked ones too."""

    def catalogue_version(self, tenant_id: str) -> int:
        """Tell how often the tenant's series, batches and keys have changed; 0 for an unknown tenant."""

    def catalogue_versions(self) -> dict[str, int]:
        """Tell the same for all tenants."""

    def series(self, tenant_id: str) -> Sequence[SeriesRow]:
        """List a tenant's series."""

    def ranges(self, tenant_id: str, series_id: str, from_index: int) -> Sequence[Batch]:
        """List the batches of a series whose first index is at or past `from_index`, in order of index."""

    def taken_indices(self, tenant_id: str, series_id: str, first: int, end: int | None = None) -> Sequence[int]:
        """List the indices of a series that adopted codes have taken, ascending, `first` <= index (< `end`)."""

    def campaign(self, tenant_id: str, campaign_id: str) -> Campaign | None:
        """Find a campaign, archived or not."""

    def counters(self, tenant_id: str, campaign_id: str) -> CampaignCounters | None:
        """Read a campaign's counters."""

    def campaigns(self, tenant_id: str, page: Page) -> Sequence[Campaign]:
        """List a tenant's campaigns without the archived ones."""

    def highest_guess_floor(self, tenant_id: str, series_id: str) -> int:
        """Tell the highest guess floor of the campaigns that mint from a series, without archived ones; 0 for none."""

    def batch(self, tenant_id: str, batch_id: str) -> Batch | None:
        """Find a batch."""

    def batches(self, tenant_id: str, campaign_id: str, page: Page) -> Sequence[Batch]:
        """List a campaign's batches that are ready."""

    def stored_codes(self, tenant_id: str, batch_id: str, after: str | None, limit: int) -> Sequence[tuple[str, str]]:
        """List (coupon id, code) of a batch's stored coupons in order of coupon id, past `after`."""

    def codes_of_length(
        self, tenant_id: str, canonical_length: int, after: str | None, limit: int
    ) -> Sequence[tuple[str, str]]:
        """List (coupon id, code) of all a tenant's stored coupons whose canonical code has a length, past `after`."""

    def existing_canonicals(self, tenant_id: str, canonicals: Sequence[str]) -> set[str]:
        """Tell which canonical codes the tenant has stored already, those still loading too."""

    def redemption(self, tenant_id: str, redemption_id: str) -> Redemption | None:
        """Find a redemption."""

    def redemptions(self, tenant_id: str, chosen: RedemptionFilter, page: Page) -> Sequence[Redemption]:
        """List a tenant's redemptions."""

    def rollbacks(self, tenant_id: str, redemption_id: str) -> Sequence[Rollback]:
        """List the rollbacks of a redemption, oldest first."""

    def events(self, tenant_id: str, page: Page, type_prefix: str | None = None) -> Sequence[Event]:
        """List a tenant's events, those whose type begins with a text."""

    def entries(self, tenant_id: str, coupon_id: str, page: Page) -> Sequence[LedgerEntry]:
        """List the ledger entries of a coupon."""

    def count_redeemed(self, tenant_id: str, campaign_id: str) -> int:
        """Count a campaign's redemptions of which something holds, from the redemptions themselves."""

    def statistics(self, tenant_id: str, campaign_id: str) -> CampaignStatistics:
        """Sum up what became of a campaign."""

    def kept_result(self, tenant_id: str, key: str) -> KeptResult | None:
        """Find what was kept under an idempotency key."""

    def stale_batches(self, before: datetime) -> Sequence[Batch]:
        """List the batches of all tenants that are still loading and were last touched before an instant."""

    def balance_faults(self) -> Sequence[tuple[str, str, int, int]]:
        """List (tenant, coupon, balance, sum of entries) where the ledger does not sum to the balance; all tenants."""

    def counter_faults(self) -> Sequence[tuple[str, str, int, int]]:
        """List (tenant, campaign, counter, redemptions) wherever a capped campaign's counter is wrong; all tenants."""

    def key_checks(self) -> dict[str, str]:
        """Read the check value of each master key the database was used with, by key id."""


class Writer(Reader, Protocol):
    """One writing transaction outside the lane: reads see its own writes, rows named `locked_*` are locked."""

    def insert_tenant(self, tenant: Tenant) -> None:
        """Add a tenant, at catalogue version 1."""

    def insert_key(self, key: ApiKey) -> None:
        """Add a key."""

    def update_key(self, key: ApiKey) -> None:
        """Replace a key's scopes, name and revocation."""

    def locked_campaign(self, tenant_id: str, campaign_id: str) -> tuple[Campaign, CampaignCounters] | None:
        """Read a campaign and its counters under lock."""

    def insert_campaign(self, campaign: Campaign) -> None:
        """Add a campaign with counters at 0."""

    def update_campaign(self, campaign: Campaign) -> None:
        """Replace a campaign, at a version that it never had: lanes keep what they decoded by version."""

    def set_counters(self, counters: CampaignCounters) -> None:
        """Replace a campaign's counters."""

    def locked_series(self, tenant_id: str, series_id: str) -> SeriesRow | None:
        """Read a series under lock."""

    def insert_series(self, series: SeriesRow) -> None:
        """Add a series."""

    def update_series(self, series: SeriesRow) -> None:
        """Replace a series' counter and number of adopted codes."""

    def insert_taken(self, tenant_id: str, series_id: str, indices: Sequence[int]) -> None:
        """Mark indices of a series as taken by adopted codes; those marked before stay."""

    def insert_batch(self, batch: Batch) -> None:
        """Add a batch."""

    def update_batch(self, batch: Batch) -> None:
        """Replace a batch's status, count and time."""

    def delete_batch(self, tenant_id: str, batch_id: str) -> None:
        """Remove a batch that is still loading, its coupons and their ledger entries."""

    def insert_coupons(self, coupons: Sequence[Coupon]) -> Sequence[str]:
        """Add coupons with codes of their own, at version 1; returns the canonical forms that existed, left out.

        Their opening entries come with `insert_entries`. Sorted by canonical form over all calls, a million go in three
        times as fast as in random order.
        """

    def insert_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Add ledger entries."""

    def append_events(self, events: Iterable[Event]) -> None:
        """Add events."""

    def keep_result(self, tenant_id: str, key: str, fingerprint: str, body: bytes, at: datetime) -> None:
        """Keep an answer's JSON under an idempotency key."""

    def touch_catalogue(self, tenant_id: str) -> None:
        """Count a change of the tenant's series, batches or keys, so that every process reads them anew."""

    def insert_key_check(self, key_id: str, check: str) -> None:
        """Keep the check value of a master key."""


class Store(Protocol):
    """A database."""

    def read(self) -> AbstractContextManager[Reader]:
        """Begin a snapshot."""

    def write(self) -> AbstractContextManager[Writer]:
        """Begin a writing transaction; leaving it commits, durably, and an exception rolls it back."""

    def lane_session(self) -> LaneSession:
        """Open the connection of a lane."""

    def read_session(self) -> LaneSession:
        """Open the connection of a lane that only reads."""

    def statistics(self) -> StoreStatistics:
        """Tell how often the store was asked."""

    def is_alive(self) -> bool:
        """Tell whether the database answers."""

    def close(self) -> None:
        """Close every connection."""
