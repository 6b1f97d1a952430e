"""Rows of campaigns and their counters."""

import msgspec
from msgspec import Struct

from couponry.domain.benefits import Benefit
from couponry.domain.campaigns import Campaign, CampaignCounters, CampaignStatus, Limits, Metadata
from couponry.storage.rows.instants import to_instant, to_microseconds

_benefit: msgspec.json.Decoder[Benefit] = msgspec.json.Decoder(Benefit)
_metadata = msgspec.json.Decoder(Metadata)


class CampaignRow(Struct, array_like=True):
    tenant_id: str
    campaign_id: str
    name: str
    status: str
    benefit: str
    max_issued: int | None
    max_redemptions: int | None
    max_redemptions_per_coupon: int | None
    pattern: str | None
    alphabet: str
    series_id: str | None
    static_code: str | None
    starts_at: int | None
    ends_at: int | None
    guess_floor: int
    metadata: str
    version: int
    created_at: int
    updated_at: int


class CountersRow(Struct, array_like=True):
    tenant_id: str
    campaign_id: str
    issued_count: int
    redeemed_count: int


def campaign_to_row(campaign: Campaign) -> CampaignRow:
    return CampaignRow(
        tenant_id=campaign.tenant_id,
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        status=campaign.status.value,
        benefit=msgspec.json.encode(campaign.benefit).decode(),
        max_issued=campaign.limits.max_issued,
        max_redemptions=campaign.limits.max_redemptions,
        max_redemptions_per_coupon=campaign.limits.max_redemptions_per_coupon,
        pattern=campaign.pattern,
        alphabet=campaign.alphabet,
        series_id=campaign.series_id,
        static_code=campaign.static_code,
        starts_at=to_microseconds(campaign.starts_at),
        ends_at=to_microseconds(campaign.ends_at),
        guess_floor=campaign.guess_floor,
        metadata=msgspec.json.encode(campaign.metadata).decode(),
        version=campaign.version,
        created_at=to_microseconds(campaign.created_at),
        updated_at=to_microseconds(campaign.updated_at),
    )


def campaign_from_row(row: CampaignRow) -> Campaign:
    return Campaign(
        tenant_id=row.tenant_id,
        campaign_id=row.campaign_id,
        name=row.name,
        status=CampaignStatus(row.status),
        benefit=_benefit.decode(row.benefit),
        limits=Limits(row.max_issued, row.max_redemptions, row.max_redemptions_per_coupon),
        pattern=row.pattern,
        alphabet=row.alphabet,
        series_id=row.series_id,
        static_code=row.static_code,
        starts_at=to_instant(row.starts_at),
        ends_at=to_instant(row.ends_at),
        guess_floor=row.guess_floor,
        metadata=_metadata.decode(row.metadata),
        version=row.version,
        created_at=to_instant(row.created_at),
        updated_at=to_instant(row.updated_at),
    )


def counters_to_row(counters: CampaignCounters) -> CountersRow:
    return CountersRow(counters.tenant_id, counters.campaign_id, counters.issued_count, counters.redeemed_count)


def counters_from_row(row: CountersRow) -> CampaignCounters:
    return CampaignCounters(row.tenant_id, row.campaign_id, row.issued_count, row.redeemed_count)
