"""The OpenAPI 3.1 document, written from the table of operations and the types of their bodies."""

from collections.abc import Sequence
from typing import Any, Final

from couponry.domain.tenants import SCOPES
from couponry.http.openapi_schemas import REF, Schema, schemas_of
from couponry.http.operations import Operation
from couponry.http.problem_codes import PROBLEM_KINDS
from couponry.http.problems import ProblemDetails
from couponry.http.queries import Parameter

_PROBLEM: Final = "application/problem+json"
_EVERYWHERE: Final = (
    "not_authenticated", "scope_missing", "uri_too_long", "parameter_invalid", "headers_too_large", "internal_error",
    "overloaded", "shutting_down", "storage_unavailable",
)  # fmt: skip
_ANY_BODY: Final = ("body_malformed", "body_too_large", "unsupported_media_type", "body_invalid", "field_unknown")
_WITH_BODY: Final = ("field_missing", "text_not_storable")
_KEYED: Final = ("idempotency_key_invalid", "idempotency_key_reused")
_REPLAYED: Final[Schema] = {
    "schema": {"type": "string", "enum": ["true"]},
    "description": "Sent when the same request was answered before under its Idempotency-Key.",
}
_ETAG: Final = r'(W/)?"[!#-~]*"'
_SCOPE_OF_TAGS: Final = {
    "campaigns": "The offer: benefit, validity, limits.",
    "batches": "Codes minted together or imported.",
    "coupons": "One code each, and its life.",
    "redemptions": "Asking, using, undoing.",
    "keys": "Who may do what.",
    "events": "What happened.",
}
_DESCRIPTION: Final = """\
Amounts are whole minor units of an ISO 4217 currency; times are RFC 3339. Every error is
`application/problem+json` (RFC 9457) with a stable `code`, explained at `/problems/<code>`.

Where an operation takes an `Idempotency-Key`, a request with one is carried out once: repeating it gives the same
answer, marked `Idempotent-Replayed: true`. Operations without a body accept an empty object. Lists take `limit` and
`cursor`. Single resources carry an `ETag` for `If-None-Match`, and those with a `version` take `If-Match`. Every answer
carries `X-Request-Id`, the caller's own where one was sent.
"""


def openapi_document(operations: Sequence[Operation], version: str) -> Schema:
    """Write the document of a table of operations."""
    types = [ProblemDetails]
    for operation in operations:
        types.extend(_bodies(operation))
    by_type, components = schemas_of(types)
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Couponry",
            "version": version,
            "summary": "Issue, distribute, validate and redeem coupons.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": text} for name, text in _SCOPE_OF_TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"An API key: ck_live_…, ck_test_… or pk_…. Scopes: {', '.join(SCOPES)}.",
                }
            },
        },
    }


def _bodies(operation: Operation) -> list[Any]:
    bodies = (operation.request, operation.response, operation.public_response)
    return [kind for kind in bodies if kind is not None]


def _response_schema(operation: Operation, by_type: dict[str, Schema]) -> Schema:
    schema = by_type[repr(operation.response)]
    if operation.public_response is None:
        return schema
    return {"anyOf": [schema, by_type[repr(operation.public_response)]]}


def _operation(operation: Operation, by_type: dict[str, Schema]) -> Schema:
    answers = {str(operation.status): _success(operation, by_type)}
    if operation.method == "GET" and operation.is_versioned:
        answers["304"] = {"description": "The reader has it already.", "headers": _headers(operation)}
    answers.update(_problems(operation))
    described: Schema = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"Needs the scope `{operation.scope}`.",
        "parameters": _parameters(operation),
        "responses": answers,
    }
    if operation.request is not None:
        described["requestBody"] = _request(operation, by_type)
    return described


def _request(operation: Operation, by_type: dict[str, Schema]) -> Schema:
    media: Schema = {"schema": by_type[repr(operation.request)]}
    if operation.request_example is not None:
        media["example"] = operation.request_example
    content = {"application/json": media}
    if operation.csv_request:
        content["text/csv"] = {
            "schema": {"type": "string", "description": "A header line `code` or `codes`, then a code a line."},
            "example": "code\nWELCOME-10\nold-code-7\n",
        }
    return {"required": not operation.is_body_optional, "content": content}


def _success(operation: Operation, by_type: dict[str, Schema]) -> Schema:
    content: Schema = {kind: {"schema": {"type": "string"}} for kind in operation.files}
    if operation.response is not None:
        content["application/json"] = {"schema": _response_schema(operation, by_type)}
        if operation.response_example is not None:
            content["application/json"]["example"] = operation.response_example
    return {"description": operation.summary, "headers": _headers(operation), "content": content}


def _headers(operation: Operation) -> Schema:
    headers: Schema = {"X-Request-Id": {"schema": {"type": "string"}}}
    if operation.is_versioned or operation.is_tagged:
        headers["ETag"] = {"schema": {"type": "string"}, "description": "Version of the resource."}
    if operation.is_keyed:
        headers["Idempotent-Replayed"] = _REPLAYED
    return headers


def _problems(operation: Operation) -> dict[str, Schema]:
    codes = {*_EVERYWHERE, *operation.problems}
    if operation.method != "GET":
        codes |= {*_ANY_BODY}
    if operation.request is not None:
        codes |= {*_WITH_BODY}
        if not operation.is_body_optional:
            codes.add("body_empty")
    if operation.is_keyed:
        codes |= {*_KEYED}
    if operation.is_writing:
        codes.add("storage_full")
    if operation.is_versioned and operation.method != "GET":
        codes.add("if_match_invalid")
    by_status: dict[str, list[str]] = {}
    for code in PROBLEM_KINDS:  # in the order of the table
        if code in codes:
            by_status.setdefault(str(PROBLEM_KINDS[code].status), []).append(code)
    answers: dict[str, Schema] = {
        status: {
            "description": " · ".join(f"`{code}`: {PROBLEM_KINDS[code].title}" for code in found),
            "content": {
                _PROBLEM: {"schema": {"$ref": REF.format(name="ProblemDetails")}, "example": _example(found[0])}
            },
        }
        for status, found in sorted(by_status.items())
    }
    if operation.is_keyed:
        answers["409"]["headers"] = {"Idempotent-Replayed": _REPLAYED}
    return answers


def _example(code: str) -> Schema:
    kind = PROBLEM_KINDS[code]
    return {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.explanation,
        "code": code,
    }


def _parameters(operation: Operation) -> list[Schema]:
    found: list[Schema] = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for part in operation.path.split("/")
        if part.startswith("{")
    ]
    found.extend(
        {
            "name": parameter.name,
            "in": "query",
            "required": False,
            "description": parameter.explanation,
            "schema": _parameter_schema(parameter),
        }
        for parameter in operation.parameters
    )
    if operation.is_keyed:
        found.append(_header("Idempotency-Key", "Makes repeating the request safe.", r"^[ -~]{1,255}$"))
    if operation.is_versioned and operation.method == "GET":
        found.append(_header("If-None-Match", "ETags that the reader has, or *.", rf"^(\*|{_ETAG}(, ?{_ETAG})*)$"))
    elif operation.is_versioned:
        explanation = "The ETag of the version to change, or *."
        found.append(_header("If-Match", explanation, r'^(\*|"v[0-9]{1,9}(-[a-z]+)?")$'))
    return found


def _header(name: str, explanation: str, pattern: str) -> Schema:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": False, "description": explanation, "schema": schema}


def _parameter_schema(parameter: Parameter) -> Schema:
    schema: Schema = {"type": {"text": "string"}.get(parameter.kind, parameter.kind)}
    if parameter.kind == "integer":
        schema |= {"minimum": parameter.minimum, "maximum": parameter.maximum}
    elif parameter.choices:
        schema["enum"] = list(parameter.choices)
    elif parameter.kind == "text":
        schema |= {"minLength": 1, "maxLength": parameter.maximum}
    if parameter.default is not None:
        schema["default"] = parameter.default
    return schema
