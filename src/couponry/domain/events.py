"""Events: facts, written in the transaction that makes them true and told to others afterwards."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class EventType(StrEnum):
    """What happened."""

    CAMPAIGN_CREATED = "campaign.created"
    CAMPAIGN_UPDATED = "campaign.updated"
    CAMPAIGN_PAUSED = "campaign.paused"
    CAMPAIGN_RESUMED = "campaign.resumed"
    CAMPAIGN_ARCHIVED = "campaign.archived"
    BATCH_MINTED = "batch.minted"
    BATCH_IMPORTED = "batch.imported"
    COUPON_ACTIVATED = "coupon.activated"
    COUPON_VOIDED = "coupon.voided"
    COUPON_UNVOIDED = "coupon.unvoided"
    COUPON_ASSIGNED = "coupon.assigned"
    COUPON_UPDATED = "coupon.updated"
    REDEMPTION_CREATED = "redemption.created"
    REDEMPTION_ROLLED_BACK = "redemption.rolled_back"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"


class Event(Struct, frozen=True):
    """One fact.

    Attributes:
        subject_id: what it is about, by its identifier.
        data: the few values a listener needs, never a code or a secret.
    """

    tenant_id: str
    event_id: str
    type: EventType
    subject_id: str
    data: dict[str, str | int | None]
    created_at: datetime
