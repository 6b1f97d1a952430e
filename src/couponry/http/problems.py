"""Problem details (RFC 9457): every error and refusal in one shape, with a stable code."""

import json
import logging
import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from couponry.domain.errors import DomainError
from couponry.domain.refusals import EXPLANATIONS, Refusal, Refused
from couponry.http.answers import Answer, Header
from couponry.http.problem_codes import PROBLEM_KINDS

PROBLEM_JSON: Final = b"application/problem+json"
_VALUE_NAME: Final = re.compile(r"`(\w+)`")
_RETRY_STATUS: Final = 503
_log = logging.getLogger("couponry.http")


class RequestProblem(Exception):  # named after what RFC 9457 calls it
    """A request that does not reach the engine; `headers` go out with the answer."""

    def __init__(
        self, code: str, detail: str, *, field: str | None = None, headers: Sequence[Header] = (), **values: object
    ) -> None:
        """Keep the code, which must be in the table, and what failed."""
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.headers = headers
        self.values = values


class ProblemDetails(Struct, frozen=True, omit_defaults=True):
    """The body of an error, as RFC 9457 has it; what is not needed is left out.

    Attributes:
        type: path of the page that explains the code.
        code: stable name of what went wrong.
        field: path of the value that was wrong.
        values: the values that failed, by name.
        refusals: every reason against a coupon, each with the values that failed.
        bad_lines: every line of an import that was refused.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    values: dict[str, str | int | bool | None] | None = None
    refusals: list[dict[str, str | int | None]] | None = None
    bad_lines: list[dict[str, str | int]] | None = None


def problem_answer(
    code: str, detail: str, *, field: str | None = None, headers: Sequence[Header] = (), **members: object
) -> Answer:
    """Answer a problem; `members` are those of `ProblemDetails` that are not None."""
    kind = PROBLEM_KINDS[code]
    body: dict[str, object] = {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "code": code,
    }
    if field is not None:
        body["field"] = field
    body.update((name, value) for name, value in members.items() if value)
    return Answer(kind.status, _written(body), [(b"content-type", PROBLEM_JSON), *headers])


def _written(body: dict[str, object]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:  # half of a surrogate pair that a caller sent and a message quotes
        return json.dumps(msgspec.to_builtins(body)).encode()


def refusals_to_wire(refusals: Sequence[Refusal]) -> list[dict[str, str | int | None]]:
    """Write refusals with their values beside the reason."""
    return [{"reason": refusal.reason.value, **refusal.values} for refusal in refusals]


def refused_answer(refused: Refused, *headers: Header) -> Answer:
    """Answer a refusal: 404 for an unknown code, 409 for everything else; the first reason gives the code."""
    first = refused.refusals[0]
    return problem_answer(
        first.reason.value,
        explained(first),
        headers=headers,
        refusals=refusals_to_wire(refused.refusals),
    )


def explained(refusal: Refusal) -> str:
    """Explain a refusal in a sentence, with its values where the explanation names them."""
    text = _VALUE_NAME.sub(lambda found: str(refusal.values.get(found[1], found[0])), EXPLANATIONS[refusal.reason])
    return f"{text}." if EXPLANATIONS[refusal.reason].startswith("`") else f"{text[0].upper()}{text[1:]}."


def error_answer(error: Exception) -> Answer:
    """Answer an error; what nobody foresaw is logged and says nothing about the inside."""
    if isinstance(error, RequestProblem):
        return problem_answer(error.code, error.detail, field=error.field, headers=error.headers, values=error.values)
    if isinstance(error, DomainError):
        return _domain_answer(error)
    _log.error("unforeseen error", exc_info=error)
    return problem_answer("internal_error", PROBLEM_KINDS["internal_error"].explanation)


def _domain_answer(error: DomainError) -> Answer:
    is_safe_to_repeat = PROBLEM_KINDS[error.code].status == _RETRY_STATUS
    return problem_answer(
        error.code,
        error.message,
        field=error.field,
        headers=((b"retry-after", b"1"),) if is_safe_to_repeat else (),
        values=error.values,
        bad_lines=getattr(error, "bad_lines", None),
    )
