"""Single coupons on the command line."""

from typing import Annotated

import typer

from couponry.cli.amounts import amount_text
from couponry.cli.complaints import CommandRefused
from couponry.cli.opening import ANSWER_SECONDS, for_tenant, key_of
from couponry.cli.options import DataOption, JsonOption, KeyOption, TenantOption
from couponry.cli.printing import print_facts, print_json
from couponry.domain.campaigns import Campaign, campaign_currency
from couponry.domain.coupons import Coupon, CouponAction, CouponStatus, status_of
from couponry.domain.refusals import Refused
from couponry.http.api.coupons import coupon_body

app = typer.Typer(rich_markup_mode=None)
group = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Look up, activate, void and assign single coupons."
)
app.add_typer(group, name="coupon")

CodeArgument = Annotated[
    str, typer.Argument(metavar="CODE", help="The code, however typed, or the coupon's id, cpn_...")
]
VersionOption = Annotated[
    int | None, typer.Option("--if-version", metavar="N", help="Only while the coupon still has this version.")
]


@group.command("show")
def show(code: CodeArgument, tenant: TenantOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Look up a coupon by any code as typed."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        found = engine.coupons.find(tenant_id, code).result(ANSWER_SECONDS)
    if isinstance(found, Refused):
        raise CommandRefused(found)
    _print_coupon(found.coupon, found.campaign, found.status, as_json=as_json)


@group.command("activate")
def activate(
    code: CodeArgument,
    if_version: VersionOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Activate a coupon that was issued inactive."""
    _act(code, CouponAction.ACTIVATE, if_version, tenant, key, data, as_json=as_json)


@group.command("void")
def void(
    code: CodeArgument,
    if_version: VersionOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Block a coupon."""
    _act(code, CouponAction.VOID, if_version, tenant, key, data, as_json=as_json)


@group.command("unvoid")
def unvoid(
    code: CodeArgument,
    if_version: VersionOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a block back."""
    _act(code, CouponAction.UNVOID, if_version, tenant, key, data, as_json=as_json)


@group.command("assign")
def assign(
    code: CodeArgument,
    customer: Annotated[str, typer.Argument(help="Whom it belongs to, in your own words; '' takes it back.")],
    if_version: VersionOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assign a coupon to a customer."""
    _act(code, CouponAction.ASSIGN, if_version, tenant, key, data, customer=customer or None, as_json=as_json)


def _act(
    code: str,
    action: CouponAction,
    if_version: int | None,
    tenant: str | None,
    key: str | None,
    data: DataOption,
    *,
    customer: str | None = None,
    as_json: bool,
) -> None:
    with for_tenant(data, tenant) as (engine, tenant_id):
        idempotency = key_of(key, "coupon", code, action, customer, if_version)
        pending = engine.coupons.act(
            tenant_id, code, action, customer=customer, expected_version=if_version, key=idempotency
        )
        answer = pending.result(ANSWER_SECONDS).answer
        if isinstance(answer, Refused):
            raise CommandRefused(answer)
        assert isinstance(answer, Coupon)
        campaign = engine.campaigns.get(tenant_id, answer.campaign_id)
    _print_coupon(answer, campaign, status_of(answer, campaign, answer.updated_at), as_json=as_json)


def _print_coupon(coupon: Coupon, campaign: Campaign, status: CouponStatus, *, as_json: bool) -> None:
    if as_json:
        print_json(coupon_body(coupon, status))
        return
    currency = campaign_currency(campaign)
    balance = coupon.balance_minor
    print_facts(
        [
            ("coupon", coupon.coupon_id),
            ("code", coupon.code),
            ("status", status.value),
            ("campaign", f"{coupon.campaign_id} ({campaign.name})"),
            ("batch", coupon.batch_id),
            ("customer", coupon.customer),
            ("uses", coupon.redeemed_count),
            ("balance", None if balance is None or currency is None else amount_text(balance, currency)),
            *[(f"metadata {name}", str(value)) for name, value in coupon.metadata.items()],
            ("version", coupon.version),
        ]
    )
