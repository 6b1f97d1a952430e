"""What people read of a campaign."""

from couponry.cli.amounts import amount_text
from couponry.cli.printing import counted, print_facts, print_json
from couponry.domain.benefits import Access, Amount, Benefit, Credit, Percent
from couponry.domain.campaigns import Campaign, Limits
from couponry.http.api.campaigns import campaign_body


def print_campaign(campaign: Campaign, *, as_json: bool) -> None:
    """Print a campaign."""
    if as_json:
        print_json(campaign_body(campaign))
        return
    is_minting = campaign.pattern is not None
    print_facts(
        [
            ("campaign", campaign.campaign_id),
            ("name", campaign.name),
            ("status", campaign.status.value),
            ("benefit", benefit_text(campaign.benefit)),
            ("pattern", f"{campaign.pattern} ({campaign.alphabet})" if is_minting else None),
            ("code", campaign.static_code),
            ("valid", validity_text(campaign)),
            ("limits", limits_text(campaign.limits)),
            ("guess floor", f"{campaign.guess_floor:,}"),
            *[(f"metadata {name}", str(value)) for name, value in campaign.metadata.items()],
            ("version", campaign.version),
        ]
    )


def benefit_text(benefit: Benefit) -> str:
    """Write a benefit in a few words."""
    match benefit:
        case Percent(max_amount_minor=int(maximum), currency=str(currency)):
            return f"{benefit.percent_off}% off, at most {amount_text(maximum, currency)}"
        case Percent(currency=str(currency)):
            return f"{benefit.percent_off}% off in {currency}"
        case Percent():
            return f"{benefit.percent_off}% off"
        case Amount():
            return f"{amount_text(benefit.amount_off_minor, benefit.currency)} off"
        case Credit():
            return f"credit of {amount_text(benefit.amount_minor, benefit.currency)}"
        case Access():
            return "full access"


def validity_text(campaign: Campaign) -> str:
    """Write from when until when."""
    parts = []
    if campaign.starts_at is not None:
        parts.append(f"from {campaign.starts_at:%Y-%m-%d %H:%M}Z")
    if campaign.ends_at is not None:
        parts.append(f"until {campaign.ends_at:%Y-%m-%d %H:%M}Z")
    return " ".join(parts) or "always"


def limits_text(limits: Limits) -> str:
    """Write the limits that are set."""
    parts = []
    if limits.max_issued is not None:
        parts.append(f"{limits.max_issued:,} issued")
    if limits.max_redemptions is not None:
        parts.append(counted(limits.max_redemptions, "redemption"))
    if limits.max_redemptions_per_coupon is not None:
        parts.append(f"{counted(limits.max_redemptions_per_coupon, 'redemption')} per coupon")
    return ", ".join(parts) or "none"
