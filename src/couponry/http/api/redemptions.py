"""Redemptions and rollbacks over HTTP."""

from typing import Final

import msgspec

from couponry.domain.errors import InvalidValue
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Refused
from couponry.engine.ports import RedemptionFilter
from couponry.http.answers import Answer, json_answer
from couponry.http.api.shapes_in import NewRedemption, NewRollback, NewValidation
from couponry.http.api.shapes_out import Listing, RedemptionBody, RedemptionWithRollbacks, RollbackBody
from couponry.http.calls import Call, replayed
from couponry.http.etags import tagged
from couponry.http.paging import PAGE_PARAMETERS, next_cursor
from couponry.http.problems import refused_answer
from couponry.http.queries import Parameter

LIST_PARAMETERS: Final = (
    *PAGE_PARAMETERS,
    Parameter("campaign", "Only those of this campaign, by its id."),
    Parameter("coupon", "Only those of this coupon, by its id."),
    Parameter("customer", "Only those of this customer."),
)
_new: Final = msgspec.json.Decoder(NewRedemption)
_new_rollback: Final = msgspec.json.Decoder(NewRollback)


async def create(call: Call) -> Answer:
    """Use a code."""
    body = call.decoded(_new)
    typed = codes_of(body)[0]
    outcome = await call.engine.redemptions.redeem(
        call.tenant_id,
        typed,
        customer=body.customer,
        order=body.order,
        key=call.idempotency("redemptions.redeem", typed, body.customer, body.order),
    )
    headers = replayed(is_replay=outcome.is_replay)
    answer = outcome.answer
    if isinstance(answer, Refused):
        return refused_answer(answer, *headers)
    assert isinstance(answer, Redemption)
    return json_answer(redemption_body(answer), 201, *headers)


def index(call: Call) -> Answer:
    """List redemptions, newest first."""
    page = call.page
    chosen = RedemptionFilter(call.text("campaign"), call.text("coupon"), call.text("customer"))
    redemptions = call.engine.redemptions.list(call.tenant_id, chosen, page)
    cursor = next_cursor(page, [redemption.redemption_id for redemption in redemptions])
    return json_answer(Listing([redemption_body(redemption) for redemption in redemptions], cursor))


def show(call: Call) -> Answer:
    """Find a redemption, with its rollbacks."""
    redemption = call.engine.redemptions.get(call.tenant_id, call.arguments["redemption_id"])
    rollbacks = call.engine.redemptions.rollbacks(call.tenant_id, redemption.redemption_id)
    fields = msgspec.structs.asdict(redemption_body(redemption))
    body = RedemptionWithRollbacks(**fields, rollbacks=[rollback_body(rollback) for rollback in rollbacks])
    return tagged(json_answer(body), f'"r{len(rollbacks)}"', call.headers)


async def roll_back(call: Call) -> Answer:
    """Undo a redemption, whole or in part."""
    body = call.decoded(_new_rollback) if call.body.strip() else NewRollback()
    redemption_id = call.arguments["redemption_id"]
    outcome = await call.engine.redemptions.roll_back(
        call.tenant_id,
        redemption_id,
        amount_minor=body.amount,
        reason=body.reason,
        key=call.idempotency("redemptions.roll_back", redemption_id, body.amount, body.reason),
    )
    headers = replayed(is_replay=outcome.is_replay)
    answer = outcome.answer
    if isinstance(answer, Refused):
        return refused_answer(answer, *headers)
    assert isinstance(answer, Rollback)
    return json_answer(rollback_body(answer), 201, *headers)


def codes_of(body: NewRedemption | NewValidation) -> list[str]:
    """Give the codes a body names, or raise where it names none or says it twice."""
    if body.code is not None and body.codes is not None:
        raise InvalidValue("body_invalid", "Send code or codes, not both.", field="codes")
    if body.code is not None:
        return [body.code]
    if body.codes is None:
        raise InvalidValue("field_missing", "The field 'code' (or 'codes') is required.", field="code")
    return body.codes


def redemption_body(redemption: Redemption) -> RedemptionBody:
    """Write a redemption."""
    return RedemptionBody(
        redemption.redemption_id,
        redemption.status.value,
        redemption.coupon_id,
        redemption.campaign_id,
        redemption.batch_id,
        redemption.customer,
        redemption.order,
        redemption.discount,
        redemption.balance_after_minor,
        redemption.rolled_back_minor,
        redemption.created_at,
        redemption.updated_at,
    )


def rollback_body(rollback: Rollback) -> RollbackBody:
    """Write a rollback."""
    return RollbackBody(
        id=rollback.rollback_id,
        redemption=rollback.redemption_id,
        coupon=rollback.coupon_id,
        campaign=rollback.campaign_id,
        amount=rollback.amount_minor,
        currency=rollback.currency,
        lines=rollback.lines,
        is_full=rollback.is_full,
        balance_after=rollback.balance_after_minor,
        reason=rollback.reason,
        created_at=rollback.created_at,
    )
