"""Campaigns on the command line: look at them, and change where they are in their life."""

from typing import Annotated

import typer

from couponry.cli.amounts import amount_text
from couponry.cli.campaign_drafts import change, create
from couponry.cli.campaign_facts import benefit_text, print_campaign, validity_text
from couponry.cli.opening import for_tenant, key_of
from couponry.cli.options import AfterOption, DataOption, JsonOption, KeyOption, LimitOption, TenantOption
from couponry.cli.printing import print_facts, print_json, print_table
from couponry.domain.campaigns import CampaignStatus
from couponry.engine.ports import Page
from couponry.http.api.campaigns import campaign_body, statistics_body

app = typer.Typer(rich_markup_mode=None)
group = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Make, change, pause, archive and sum up campaigns."
)
app.add_typer(group, name="campaign")
group.command("create")(create)
group.command("change")(change)

CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id, cmp_...")]
VersionOption = Annotated[
    int | None, typer.Option("--if-version", metavar="N", help="Only while the campaign still has this version.")
]


@group.command("list")
def index(
    limit: LimitOption = 100,
    after: AfterOption = None,
    tenant: TenantOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a tenant's campaigns, newest first, without the archived ones."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        campaigns = engine.campaigns.list(tenant_id, Page(limit, after))
    if as_json:
        print_json([campaign_body(campaign) for campaign in campaigns])
        return
    rows = [
        [
            campaign.campaign_id,
            campaign.name,
            campaign.status.value,
            benefit_text(campaign.benefit),
            campaign.pattern or campaign.static_code or "imported codes",
            validity_text(campaign),
        ]
        for campaign in campaigns
    ]
    print_table(
        ["campaign", "name", "status", "benefit", "codes", "valid"], rows, empty="The tenant has no campaign yet."
    )


@group.command("show")
def show(
    campaign: CampaignArgument,
    tenant: TenantOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a campaign, archived or not."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        found = engine.campaigns.get(tenant_id, campaign)
    print_campaign(found, as_json=as_json)


@group.command("pause")
def pause(
    campaign: CampaignArgument,
    if_version: VersionOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pause a campaign: its coupons are refused until it is resumed."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        idempotency = key_of(key, "campaign pause", campaign, if_version)
        done = engine.campaigns.set_status(
            tenant_id, campaign, CampaignStatus.PAUSED, expected_version=if_version, key=idempotency
        )
    print_campaign(done.value, as_json=as_json)


@group.command("resume")
def resume(
    campaign: CampaignArgument,
    if_version: VersionOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Resume a paused campaign."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        idempotency = key_of(key, "campaign resume", campaign, if_version)
        done = engine.campaigns.set_status(
            tenant_id, campaign, CampaignStatus.ACTIVE, expected_version=if_version, key=idempotency
        )
    print_campaign(done.value, as_json=as_json)


@group.command("archive")
def archive(
    campaign: CampaignArgument,
    if_version: VersionOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Archive a campaign for good: its coupons are refused, and it no longer changes."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        idempotency = key_of(key, "campaign archive", campaign, if_version)
        done = engine.campaigns.set_status(
            tenant_id, campaign, CampaignStatus.ARCHIVED, expected_version=if_version, key=idempotency
        )
    print_campaign(done.value, as_json=as_json)


@group.command("statistics")
def statistics(
    campaign: CampaignArgument,
    tenant: TenantOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sum up what became of a campaign, and how hard its codes are to guess."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        report = engine.campaigns.statistics(tenant_id, campaign)
    body = statistics_body(report)
    if as_json:
        print_json(body)
        return
    print_facts(
        [
            ("campaign", body.campaign),
            ("name", report.campaign.name),
            ("issued", body.issued),
            (
                "redemptions",
                f"{body.redemptions}, of which {body.redeemed} {'holds' if body.redeemed == 1 else 'hold'}",
            ),
            ("rollbacks", body.rollbacks),
            ("touched", body.touched),
            ("voided", body.voided),
            *[("discounts", amount_text(total.amount, total.currency)) for total in body.discounts],
            *[(f"guesses to hit {space.pattern}", f"{space.expected_guesses:,}") for space in body.spaces],
        ]
    )
