"""Validation, redemption and rollback on the command line."""

from typing import Annotated

import typer

from couponry.cli.amounts import amount_text, parse_amount
from couponry.cli.complaints import EXIT_REFUSED, CommandRefused, UsageRefused
from couponry.cli.documents import converted, read_document
from couponry.cli.opening import ANSWER_SECONDS, for_tenant, key_of
from couponry.cli.options import (
    CustomerOption,
    DataOption,
    JsonOption,
    KeyOption,
    OrderOption,
    TenantOption,
    TotalOption,
)
from couponry.cli.printing import print_facts, print_json
from couponry.domain.benefits import Discount
from couponry.domain.campaigns import campaign_currency
from couponry.domain.orders import Order
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Refused
from couponry.domain.validations import Validation
from couponry.engine.engine import Engine
from couponry.http.api.redemptions import redemption_body, rollback_body
from couponry.http.api.validations import verdict_body

app = typer.Typer(rich_markup_mode=None)
CodeArgument = Annotated[
    str, typer.Argument(metavar="CODE", help="The code, however typed, or the coupon's id, cpn_...")
]


@app.command("validate")
def validate(
    code: CodeArgument,
    total: TotalOption = None,
    order: OrderOption = None,
    customer: CustomerOption = None,
    tenant: TenantOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask what redeeming a code would do now; changes nothing. Exit code 1 and the reasons when it would be refused.

    With --json the verdict is the one document on standard output, refused or not; standard error stays empty.
    """
    wanted = _order(total, order)
    with for_tenant(data, tenant) as (engine, tenant_id):
        verdict = engine.redemptions.validate(tenant_id, code, customer=customer, order=wanted).result(ANSWER_SECONDS)
    if as_json:
        print_json(verdict_body(code, verdict))
        raise typer.Exit(EXIT_REFUSED if verdict.refusals else 0)
    if isinstance(verdict, Validation):
        print_facts(
            [
                ("valid", "yes" if verdict.is_valid else "no"),
                ("coupon", verdict.coupon.coupon_id),
                ("code", verdict.coupon.code),
                ("campaign", f"{verdict.campaign.campaign_id} ({verdict.campaign.name})"),
                ("status", verdict.status.value),
                ("discount", _discount_text(verdict.discount)),
            ]
        )
    if verdict.refusals:
        raise CommandRefused(Refused(verdict.refusals))


@app.command("redeem")
def redeem(
    code: CodeArgument,
    total: TotalOption = None,
    order: OrderOption = None,
    customer: CustomerOption = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Use a code; without an order the use counts and no discount is computed."""
    wanted = _order(total, order)
    with for_tenant(data, tenant) as (engine, tenant_id):
        pending = engine.redemptions.redeem(
            tenant_id, code, customer=customer, order=wanted, key=key_of(key, "redeem", code, customer, wanted)
        )
        answer = pending.result(ANSWER_SECONDS).answer
        if isinstance(answer, Refused):
            raise CommandRefused(answer)
        assert isinstance(answer, Redemption)
        currency = campaign_currency(engine.campaigns.get(tenant_id, answer.campaign_id))
    if as_json:
        print_json(redemption_body(answer))
        return
    print_facts(
        [
            ("redemption", answer.redemption_id),
            ("status", answer.status.value),
            ("coupon", answer.coupon_id),
            ("campaign", answer.campaign_id),
            ("customer", answer.customer),
            ("order", None if answer.order is None else _order_text(answer.order)),
            ("discount", _discount_text(answer.discount)),
            ("balance", _balance_text(answer.balance_after_minor, currency)),
        ]
    )


@app.command("rollback")
def rollback(
    redemption: Annotated[str, typer.Argument(metavar="REDEMPTION", help="The redemption's id, rdm_...")],
    amount: Annotated[
        str | None,
        typer.Option("--amount", metavar="AMOUNT", help="How much of the discount, such as '3.75 EUR'; else all."),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Up to 500 characters.")] = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Undo a redemption, whole or in part."""
    _require_reason(reason)
    with for_tenant(data, tenant) as (engine, tenant_id):
        amount_minor = None if amount is None else _amount_of(engine, tenant_id, redemption, amount)
        idempotency = key_of(key, "rollback", redemption, amount_minor, reason)
        pending = engine.redemptions.roll_back(
            tenant_id, redemption, amount_minor=amount_minor, reason=reason, key=idempotency
        )
        answer = pending.result(ANSWER_SECONDS).answer
    if isinstance(answer, Refused):
        raise CommandRefused(answer)
    assert isinstance(answer, Rollback)
    if as_json:
        print_json(rollback_body(answer))
        return
    print_facts(
        [
            ("rollback", answer.rollback_id),
            ("redemption", answer.redemption_id),
            ("coupon", answer.coupon_id),
            ("amount", None if answer.currency is None else amount_text(answer.amount_minor, answer.currency)),
            ("what is left", "nothing; the use counts no longer" if answer.is_full else "the rest of the discount"),
            ("balance", _balance_text(answer.balance_after_minor, answer.currency)),
        ]
    )


def _order(total: str | None, order: str | None) -> Order | None:
    if total is not None and order is not None:
        raise UsageRefused("order_ambiguous", "Say --total or --order, not both.")
    if order is not None:
        return converted(read_document(order, "--order"), Order)
    if total is None:
        return None
    amount_minor, currency = parse_amount(total, "--total")
    return converted({"currency": currency, "lines": [{"quantity": 1, "unit_amount": amount_minor}]}, Order)


def _amount_of(engine: Engine, tenant_id: str, redemption_id: str, text: str) -> int:
    """Read the amount of a rollback, which must be in the redemption's currency."""
    amount_minor, currency = parse_amount(text, "--amount")
    discount = engine.redemptions.get(tenant_id, redemption_id).discount
    if discount is not None and discount.currency != currency:
        raise UsageRefused("currency_mismatch", f"--amount is in {currency}; the discount was in {discount.currency}.")
    return amount_minor


def _require_reason(reason: str | None) -> None:
    longest = 500
    if reason is not None and not 1 <= len(reason) <= longest:
        raise UsageRefused("reason_out_of_range", f"--reason must have 1 to {longest} characters.")


def _order_text(order: Order) -> str:
    total = amount_text(order.total_minor, order.currency)
    return total if order.id is None else f"{order.id}, {total}"


def _discount_text(discount: Discount | None) -> str | None:
    return None if discount is None else amount_text(discount.amount_minor, discount.currency)


def _balance_text(balance_minor: int | None, currency: str | None) -> str | None:
    return None if balance_minor is None or currency is None else amount_text(balance_minor, currency)
