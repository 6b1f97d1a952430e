"""Rows of the answers kept under idempotency keys."""

from msgspec import Struct

from couponry.domain.commands import Answer, IdempotencyKey
from couponry.domain.redemptions import Redemption
from couponry.domain.world import KeptAnswer, answer_to_json
from couponry.storage.rows.instants import to_instant, to_microseconds


class AnswerRow(Struct, array_like=True):
    """A kept answer: a redemption by its identifier, everything else by its JSON."""

    tenant_id: str
    key: str
    fingerprint: str
    redemption_id: str | None
    body: str | None
    created_at: int


def answer_to_row(kept: KeptAnswer) -> AnswerRow:
    answer = kept.answer
    is_redemption = isinstance(answer, Redemption)
    return AnswerRow(
        kept.tenant_id,
        kept.idempotency.key,
        kept.idempotency.fingerprint,
        answer.redemption_id if isinstance(answer, Redemption) else None,
        None if is_redemption else _body(answer),
        to_microseconds(kept.created_at),
    )


def _body(answer: Answer | bytes) -> str:
    return (answer if isinstance(answer, bytes) else answer_to_json(answer)).decode()


def answer_from_row(row: AnswerRow, redemption: Redemption | None) -> KeptAnswer:
    """Build the kept answer; `redemption` is the one the row names, if it names one."""
    answer: Answer | bytes
    if row.body is not None:
        answer = row.body.encode()
    else:
        assert redemption is not None, "a kept answer names a redemption that is there"
        answer = redemption
    return KeptAnswer(row.tenant_id, IdempotencyKey(row.key, row.fingerprint), answer, to_instant(row.created_at))
