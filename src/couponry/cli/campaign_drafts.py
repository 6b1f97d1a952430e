"""Campaigns made and changed on the command line: options become the body of the API, and are checked as such."""

from typing import Annotated, Any, Final

import msgspec
import typer

from couponry.cli.amounts import parse_amount
from couponry.cli.campaign_facts import print_campaign
from couponry.cli.complaints import UsageRefused
from couponry.cli.documents import converted, read_document
from couponry.cli.opening import for_tenant, key_of
from couponry.cli.options import DataOption, JsonOption, KeyOption, TenantOption
from couponry.http.api.campaigns import change_of, draft_of
from couponry.http.api.shapes_in import ChangedCampaign, NewCampaign

_NONE: Final = "none"
_LIMITS: Final = ("max_issued", "max_redemptions", "max_redemptions_per_coupon")

PercentOption = Annotated[
    str | None, typer.Option("--percent-off", metavar="PERCENT", help="Benefit: a share of the order, such as 12.5.")
]
MaxAmountOption = Annotated[
    str | None, typer.Option("--max-amount", metavar="AMOUNT", help="With --percent-off: at most '20.00 EUR'.")
]
AmountOption = Annotated[
    str | None, typer.Option("--amount-off", metavar="AMOUNT", help="Benefit: a fixed amount, such as '5.00 EUR'.")
]
CreditOption = Annotated[
    str | None,
    typer.Option("--credit", metavar="AMOUNT", help="Benefit: a balance spent over several uses, such as '50.00 EUR'."),
]
AccessOption = Annotated[bool, typer.Option("--access", help="Benefit: the full value of whatever is bought.")]
StartsOption = Annotated[
    str | None, typer.Option("--starts-at", metavar="TIME", help="First instant, such as 2026-06-01T00:00:00Z.")
]
EndsOption = Annotated[str | None, typer.Option("--ends-at", metavar="TIME", help="First instant it is over.")]
IssuedOption = Annotated[str | None, typer.Option("--max-issued", metavar="N|none", help="Most coupons.")]
RedemptionsOption = Annotated[
    str | None, typer.Option("--max-redemptions", metavar="N|none", help="Most uses over all coupons.")
]
PerCouponOption = Annotated[
    str | None,
    typer.Option(
        "--max-redemptions-per-coupon",
        metavar="N|none",
        help="Most uses of one coupon; 1 unless said, none for a static code or a credit.",
    ),
]
FloorOption = Annotated[
    str | None, typer.Option("--guess-floor", metavar="N", help="Fewest tries to a first hit; a million unless said.")
]
MetadataOption = Annotated[
    list[str] | None, typer.Option("--metadata", metavar="NAME=TEXT", help="A value of your own, repeatable.")
]
FileOption = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE|-", help="Read the body that the API takes, in JSON; options come on top."),
]


def create(  # noqa: PLR0913, PLR0917  # each option is a parameter
    name: Annotated[str | None, typer.Argument(help="1 to 200 characters; may stand in --from.")] = None,
    percent_off: PercentOption = None,
    max_amount: MaxAmountOption = None,
    amount_off: AmountOption = None,
    credit: CreditOption = None,
    access: AccessOption = False,
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="Shape of the codes to mint, such as 'SUMMER-####-####-####'.")
    ] = None,
    alphabet: Annotated[
        str | None,
        typer.Option(
            "--alphabet", help="crockford32, digits, upper_alphanumeric, lower_alphanumeric or custom:SYMBOLS."
        ),
    ] = None,
    code: Annotated[str | None, typer.Option("--code", help="One static code for everybody.")] = None,
    starts_at: StartsOption = None,
    ends_at: EndsOption = None,
    max_issued: IssuedOption = None,
    max_redemptions: RedemptionsOption = None,
    max_redemptions_per_coupon: PerCouponOption = None,
    guess_floor: FloorOption = None,
    metadata: MetadataOption = None,
    file: FileOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a campaign: with a --pattern to mint from, one static --code, or neither to import codes."""
    limits = _limits(max_issued, max_redemptions, max_redemptions_per_coupon)
    given = {
        "name": name,
        "benefit": _benefit(percent_off, max_amount, amount_off, credit, access=access),
        "pattern": pattern,
        "alphabet": alphabet,
        "code": code,
        **_instants(starts_at, ends_at),
        "guess_floor": _number(guess_floor, "--guess-floor"),
        "metadata": _metadata(metadata),
    }
    body = {} if file is None else read_document(file, "--from")
    body.update((field, value) for field, value in given.items() if value is not None)
    if limits:
        body["limits"] = {**_object(body.get("limits")), **limits}
    if "benefit" not in body:
        raise UsageRefused("benefit_missing", "Say --percent-off, --amount-off, --credit or --access.")
    wanted = converted(body, NewCampaign)
    draft = draft_of(wanted)
    with for_tenant(data, tenant) as (engine, tenant_id):
        done = engine.campaigns.create(tenant_id, draft, key_of(key, "campaign create", wanted))
    print_campaign(done.value, as_json=as_json)


def change(  # noqa: PLR0913, PLR0917  # each option is a parameter
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id, cmp_...")],
    name: Annotated[str | None, typer.Option("--name", help="1 to 200 characters.")] = None,
    percent_off: PercentOption = None,
    max_amount: MaxAmountOption = None,
    amount_off: AmountOption = None,
    credit: CreditOption = None,
    access: AccessOption = False,
    starts_at: StartsOption = None,
    ends_at: EndsOption = None,
    max_issued: IssuedOption = None,
    max_redemptions: RedemptionsOption = None,
    max_redemptions_per_coupon: PerCouponOption = None,
    guess_floor: FloorOption = None,
    metadata: MetadataOption = None,
    if_version: Annotated[
        int | None, typer.Option("--if-version", metavar="N", help="Only while the campaign still has this version.")
    ] = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a campaign; what is left out stays, and 'none' takes a time or limit away. Metadata is replaced whole."""
    limits = _limits(max_issued, max_redemptions, max_redemptions_per_coupon)
    given = {
        "name": name,
        "benefit": _benefit(percent_off, max_amount, amount_off, credit, access=access),
        "guess_floor": _number(guess_floor, "--guess-floor"),
        "metadata": _metadata(metadata),
    }
    body = {field: value for field, value in given.items() if value is not None} | _instants(starts_at, ends_at)
    if not body and not limits:
        raise UsageRefused("nothing_to_change", "Say what shall change; 'couponry campaign change --help' lists it.")
    idempotency = key_of(key, "campaign change", campaign, body, limits, if_version)
    with for_tenant(data, tenant) as (engine, tenant_id):
        if limits:
            body["limits"] = msgspec.structs.asdict(engine.campaigns.get(tenant_id, campaign).limits) | limits
        wanted = change_of(converted(body, ChangedCampaign))
        done = engine.campaigns.change(tenant_id, campaign, wanted, expected_version=if_version, key=idempotency)
    print_campaign(done.value, as_json=as_json)


def _benefit(
    percent_off: str | None, max_amount: str | None, amount_off: str | None, credit: str | None, *, access: bool
) -> dict[str, Any] | None:
    """Read the benefit; None when no option names one."""
    named = [percent_off is not None, amount_off is not None, credit is not None, access]
    if sum(named) > 1:
        raise UsageRefused(
            "benefit_ambiguous", "Say one of --percent-off, --amount-off, --credit and --access, not several."
        )
    if max_amount is not None and percent_off is None:
        raise UsageRefused("benefit_incomplete", "--max-amount needs --percent-off.")
    if percent_off is not None:
        benefit: dict[str, Any] = {"type": "percent", "percent_off": percent_off.strip().removesuffix("%")}
        if max_amount is not None:
            benefit["max_amount"], benefit["currency"] = parse_amount(max_amount, "--max-amount")
        return benefit
    if amount_off is not None:
        amount_minor, currency = parse_amount(amount_off, "--amount-off")
        return {"type": "amount", "amount_off": amount_minor, "currency": currency}
    if credit is not None:
        amount_minor, currency = parse_amount(credit, "--credit")
        return {"type": "credit", "amount": amount_minor, "currency": currency}
    return {"type": "access"} if access else None


def _limits(*texts: str | None) -> dict[str, int | None]:
    """Read the limits that options name."""
    named = zip(_LIMITS, texts, strict=True)
    return {
        field: None if text.lower() == _NONE else _number(text, f"--{field.replace('_', '-')}")
        for field, text in named
        if text is not None
    }


def _instants(starts_at: str | None, ends_at: str | None) -> dict[str, Any]:
    given = {"starts_at": starts_at, "ends_at": ends_at}
    return {field: None if text.lower() == _NONE else text for field, text in given.items() if text is not None}


def _number(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    digits = text.replace("_", "").replace(",", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 30:  # noqa: PLR2004  # far beyond every range
        raise UsageRefused("number_invalid", f"{option} is '{text}'; it must be a whole number.")
    return int(digits)


def _metadata(pairs: list[str] | None) -> dict[str, str] | None:
    if not pairs:
        return None
    for pair in pairs:
        if "=" not in pair:
            raise UsageRefused("metadata_invalid", f"--metadata is '{pair}'; write NAME=TEXT.")
    return {name: text for name, _, text in (pair.partition("=") for pair in pairs)}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
