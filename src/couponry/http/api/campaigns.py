"""Campaigns over HTTP."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from couponry.domain.campaigns import (
    Campaign,
    CampaignChange,
    CampaignDraft,
    CampaignStatus,
    Limits,
    default_max_redemptions_per_coupon,
)
from couponry.domain.guessing import DEFAULT_GUESS_FLOOR
from couponry.engine.campaigns import CampaignReport
from couponry.engine.idempotency import Done
from couponry.http.answers import Answer, json_answer
from couponry.http.api.shapes_in import ChangedCampaign, NewCampaign, in_utc
from couponry.http.api.shapes_out import CampaignBody, CodeSpaceBody, Listing, MoneyBody, StatisticsBody
from couponry.http.calls import Call, replayed
from couponry.http.etags import tagged
from couponry.http.paging import next_cursor

_new: Final = msgspec.json.Decoder(NewCampaign)
_changed: Final = msgspec.json.Decoder(ChangedCampaign)


def create(call: Call) -> Answer:
    """Make a campaign."""
    body = call.decoded(_new)
    key = call.idempotency("campaigns.create", body)
    return _done(call.engine.campaigns.create(call.tenant_id, draft_of(body), key), 201)


def index(call: Call) -> Answer:
    """List the campaigns that were not archived, newest first."""
    page = call.page
    campaigns = call.engine.campaigns.list(call.tenant_id, page)
    cursor = next_cursor(page, [campaign.campaign_id for campaign in campaigns])
    return json_answer(Listing([campaign_body(campaign) for campaign in campaigns], cursor))


def show(call: Call) -> Answer:
    """Find a campaign."""
    campaign = call.engine.campaigns.get(call.tenant_id, call.arguments["campaign_id"])
    return tagged(json_answer(campaign_body(campaign)), f'"v{campaign.version}"', call.headers)


def change(call: Call) -> Answer:
    """Change a campaign."""
    body = call.decoded(_changed)
    campaign_id, version = call.arguments["campaign_id"], call.expected_version
    key = call.idempotency("campaigns.change", campaign_id, body, version)
    return _done(
        call.engine.campaigns.change(call.tenant_id, campaign_id, change_of(body), expected_version=version, key=key)
    )


def pause(call: Call) -> Answer:
    """Pause a campaign."""
    return _set_status(call, CampaignStatus.PAUSED)


def resume(call: Call) -> Answer:
    """Resume a campaign."""
    return _set_status(call, CampaignStatus.ACTIVE)


def archive(call: Call) -> Answer:
    """Archive a campaign."""
    return _set_status(call, CampaignStatus.ARCHIVED)


def statistics(call: Call) -> Answer:
    """Sum up what became of a campaign."""
    report = call.engine.campaigns.statistics(call.tenant_id, call.arguments["campaign_id"])
    return json_answer(statistics_body(report))


def _set_status(call: Call, status: CampaignStatus) -> Answer:
    campaign_id, version = call.arguments["campaign_id"], call.expected_version
    key = call.idempotency("campaigns.set_status", campaign_id, status, version)
    return _done(
        call.engine.campaigns.set_status(call.tenant_id, campaign_id, status, expected_version=version, key=key)
    )


def _done(done: Done[Campaign], status: int = 200) -> Answer:
    etag = (b"etag", f'"v{done.value.version}"'.encode())
    return json_answer(campaign_body(done.value), status, etag, *replayed(is_replay=done.is_replay))


def draft_of(body: NewCampaign) -> CampaignDraft:
    """Read a campaign to make."""
    per_coupon = body.limits.max_redemptions_per_coupon
    if per_coupon is UNSET:
        per_coupon = default_max_redemptions_per_coupon(body.benefit, body.code)
    return CampaignDraft(
        name=body.name,
        benefit=body.benefit,
        limits=Limits(body.limits.max_issued, body.limits.max_redemptions, per_coupon),
        pattern=body.pattern,
        alphabet=body.alphabet,
        code=body.code,
        starts_at=None if body.starts_at is None else in_utc(body.starts_at, "starts_at"),
        ends_at=None if body.ends_at is None else in_utc(body.ends_at, "ends_at"),
        guess_floor=DEFAULT_GUESS_FLOOR if body.guess_floor is UNSET else body.guess_floor,
        metadata=body.metadata,
    )


def change_of(body: ChangedCampaign) -> CampaignChange:
    """Read what changes about a campaign."""
    limits = body.limits
    return CampaignChange(
        name=body.name,
        benefit=body.benefit,
        limits=UNSET
        if limits is UNSET
        else Limits(limits.max_issued, limits.max_redemptions, limits.max_redemptions_per_coupon),
        starts_at=_changed_instant(body.starts_at, "starts_at"),
        ends_at=_changed_instant(body.ends_at, "ends_at"),
        guess_floor=body.guess_floor,
        metadata=body.metadata,
    )


def _changed_instant(instant: datetime | UnsetType | None, name: str) -> datetime | UnsetType | None:
    return in_utc(instant, name) if isinstance(instant, datetime) else instant


def campaign_body(campaign: Campaign) -> CampaignBody:
    """Write a campaign."""
    return CampaignBody(
        id=campaign.campaign_id,
        name=campaign.name,
        status=campaign.status.value,
        pattern=campaign.pattern,
        alphabet=campaign.alphabet,
        code=campaign.static_code,
        benefit=campaign.benefit,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        limits=campaign.limits,
        rule=None,
        guess_floor=campaign.guess_floor,
        metadata=campaign.metadata,
        version=campaign.version,
        created_at=campaign.created_at,
        updated_at=campaign.updated_at,
    )


def statistics_body(report: CampaignReport) -> StatisticsBody:
    """Write what became of a campaign."""
    numbers = report.statistics
    return StatisticsBody(
        campaign=report.campaign.campaign_id,
        issued=numbers.issued_count,
        redemptions=numbers.redemption_count,
        redeemed=numbers.redeemed_count,
        rollbacks=numbers.rollback_count,
        touched=numbers.touched_count,
        voided=numbers.voided_count,
        discounts=[MoneyBody(total.currency, total.amount_minor) for total in numbers.discounts],
        spaces=[CodeSpaceBody(space.pattern, space.live_count, space.expected_guesses) for space in report.spaces],
    )
