"""Batches over HTTP: minting, and codes that stream."""

import json
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from couponry.domain.batches import Batch
from couponry.engine.batches import CodeStream
from couponry.http.answers import Answer, StreamedAnswer, json_answer
from couponry.http.api.shapes_in import NewBatch
from couponry.http.api.shapes_out import BatchBody, Listing, ManifestBody
from couponry.http.calls import Call, replayed
from couponry.http.etags import tagged
from couponry.http.paging import next_cursor
from couponry.http.queries import Parameter

MAX_OFFSET: Final = 2**62
RANGE_PARAMETERS: Final = (
    Parameter("offset", "First code wanted, from 0.", kind="integer", default=0, maximum=MAX_OFFSET),
    Parameter(
        "limit", "Most codes wanted; all that follow where left out.", kind="integer", minimum=1, maximum=MAX_OFFSET
    ),
)
CODES_PARAMETERS: Final = (
    Parameter("format", "How the codes are written.", default="csv", choices=("csv", "ndjson", "json")),
    *RANGE_PARAMETERS,
)
_new: Final = msgspec.json.Decoder(NewBatch)


def mint(call: Call) -> Answer:
    """Mint a batch of codes."""
    body = call.decoded(_new)
    campaign_id = call.arguments["campaign_id"]
    done = call.engine.batches.mint(
        call.tenant_id,
        campaign_id,
        body.count,
        is_active=body.is_active,
        key=call.idempotency("batches.mint", campaign_id, body),
    )
    return json_answer(batch_body(done.value), 201, *replayed(is_replay=done.is_replay))


def index(call: Call) -> Answer:
    """List a campaign's batches, newest first."""
    page = call.page
    batches = call.engine.batches.list(call.tenant_id, call.arguments["campaign_id"], page)
    cursor = next_cursor(page, [batch.batch_id for batch in batches])
    return json_answer(Listing([batch_body(batch) for batch in batches], cursor))


def show(call: Call) -> Answer:
    """Find a batch."""
    batch = call.engine.batches.get(call.tenant_id, call.arguments["batch_id"])
    return tagged(json_answer(batch_body(batch)), f'"{batch.status.value}-{batch.count}"', call.headers)


def manifest(call: Call) -> Answer:
    """Compute what an export can be checked against."""
    found = call.engine.batches.manifest(
        call.tenant_id, call.arguments["batch_id"], offset=call.number("offset") or 0, limit=call.number("limit")
    )
    return json_answer(ManifestBody(found.batch_id, found.offset, found.count, found.sha256))


def codes(call: Call) -> Answer:
    """Stream a batch's codes."""
    batch_id, form = call.arguments["batch_id"], str(call.query["format"])
    stream = call.engine.batches.read_codes(
        call.tenant_id, batch_id, offset=call.number("offset") or 0, limit=call.number("limit")
    )
    content_type, write = _FORMATS[form]
    return StreamedAnswer(
        lambda: write(stream),
        [
            (b"content-type", content_type),
            (b"content-disposition", f'attachment; filename="{batch_id}.{form}"'.encode()),
        ],
    )


def batch_body(batch: Batch) -> BatchBody:
    """Write a batch."""
    return BatchBody(
        id=batch.batch_id,
        campaign=batch.campaign_id,
        kind=batch.kind.value,
        status=batch.status.value,
        count=batch.count,
        is_active=batch.is_active,
        created_at=batch.created_at,
    )


def csv_pieces(stream: CodeStream) -> Iterator[bytes]:
    """Write codes as CSV (RFC 4180 but for line feeds), so that what follows the header is what a manifest covers."""
    yield b"code\n"
    for chunk in stream.chunks():
        if b'"' not in chunk and b"," not in chunk:
            yield chunk
        else:
            yield b"\n".join(_quoted(code) for code in chunk[:-1].split(b"\n")) + b"\n"


def ndjson_pieces(stream: CodeStream) -> Iterator[bytes]:
    """Write codes as one JSON object a line."""
    for chunk in stream.chunks():
        yield _objects(chunk, b"\n") + b"\n"


def json_pieces(stream: CodeStream) -> Iterator[bytes]:
    """Write codes as one JSON list."""
    separator = b'{"data":['
    for chunk in stream.chunks():
        yield separator + _objects(chunk, b",")
        separator = b","
    yield (separator if separator != b"," else b"") + b'],"next_cursor":null}'


def _quoted(code: bytes) -> bytes:
    return b'"' + code.replace(b'"', b'""') + b'"' if b'"' in code or b"," in code else code


def _objects(chunk: bytes, separator: bytes) -> bytes:
    codes = chunk[:-1]
    if b'"' in codes or b"\\" in codes:
        return separator.join(json.dumps({"code": code}).encode() for code in codes.decode().split("\n"))
    return b'{"code":"' + codes.replace(b"\n", b'"}' + separator + b'{"code":"') + b'"}'


_FORMATS: Final[dict[str, tuple[bytes, Callable[[CodeStream], Iterator[bytes]]]]] = {
    "csv": (b"text/csv; charset=utf-8; header=present", csv_pieces),
    "ndjson": (b"application/x-ndjson", ndjson_pieces),
    "json": (b"application/json", json_pieces),
}
