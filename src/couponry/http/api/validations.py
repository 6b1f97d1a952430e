"""Validations over HTTP: asking, for the tenant's own servers and for the public."""

from typing import Final

import msgspec

from couponry.domain.refusals import Reason, Refusal, Refused
from couponry.domain.tenants import KeyKind
from couponry.domain.validations import Validation
from couponry.http.answers import Answer, json_answer
from couponry.http.api.redemptions import codes_of
from couponry.http.api.shapes_in import NewValidation
from couponry.http.api.shapes_out import PublicValidationBody, PublicVerdictBody, ValidationBody, VerdictBody
from couponry.http.calls import Call
from couponry.http.problems import refusals_to_wire

_new: Final = msgspec.json.Decoder(NewValidation)
_PUBLIC_REFUSALS: Final = refusals_to_wire([Refusal(Reason.NOT_VALID)])


async def create(call: Call) -> Answer:
    """Judge codes."""
    body = call.decoded(_new)
    codes = codes_of(body)
    is_public = call.key.kind is KeyKind.PUBLISHABLE
    pending = [
        call.engine.redemptions.validate(
            call.tenant_id, code, customer=body.customer, order=body.order, is_public=is_public
        )
        for code in codes
    ]
    verdicts = [await answer for answer in pending]
    is_valid = all(isinstance(verdict, Validation) and verdict.is_valid for verdict in verdicts)
    judged = zip(codes, verdicts, strict=True)
    if is_public:
        return json_answer(
            PublicValidationBody(is_valid, [public_verdict_body(code, verdict) for code, verdict in judged])
        )
    return json_answer(ValidationBody(is_valid, [verdict_body(code, verdict) for code, verdict in judged]))


def verdict_body(code: str, verdict: Validation | Refused) -> VerdictBody:
    """Write a verdict for the tenant."""
    refusals = refusals_to_wire(verdict.refusals)
    if isinstance(verdict, Refused):
        return VerdictBody(code, False, None, None, None, None, refusals)  # noqa: FBT003  # in the order of the shape
    return VerdictBody(
        code,
        verdict.is_valid,
        verdict.coupon.coupon_id,
        verdict.campaign.campaign_id,
        verdict.status.value,
        verdict.discount,
        refusals,
    )


def public_verdict_body(code: str, verdict: Validation | Refused) -> PublicVerdictBody:
    """Write a verdict for the public: one shape for every no, so that answers are no oracle."""
    if isinstance(verdict, Validation) and verdict.is_valid:
        return PublicVerdictBody(code, valid=True, discount=verdict.discount)
    return PublicVerdictBody(code, valid=False, refusals=_PUBLIC_REFUSALS)
