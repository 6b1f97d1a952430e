"""Imports over HTTP: existing codes as JSON or CSV."""

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Final

import msgspec

from couponry.domain.errors import InvalidValue
from couponry.engine.imports import ImportedLine, ImportReport
from couponry.http.answers import Answer, json_answer
from couponry.http.api.batches import batch_body
from couponry.http.api.shapes_in import NewImport
from couponry.http.api.shapes_out import BadLineBody, ImportBody
from couponry.http.bodies import require_media_type
from couponry.http.calls import Call, replayed
from couponry.http.problems import RequestProblem
from couponry.http.queries import Parameter

IMPORT_PARAMETERS: Final = (
    Parameter("partial", "Store the good codes where some are bad.", kind="boolean"),
    Parameter("is_active", "Whether the coupons can be used at once; true where left out.", kind="boolean"),
    Parameter("header", "Whether a CSV begins with a header line.", kind="boolean", default=True),
)
HEADERS: Final = ("code", "codes")
_new: Final = msgspec.json.Decoder(NewImport)


def run(call: Call) -> Answer:
    """Import a list of codes."""
    if require_media_type(call.headers, "application/json", "text/csv") == "text/csv":
        lines, partial, is_active = list(csv_lines(call.body, has_header=call.flag("header"))), False, True
    else:
        body = call.decoded(_new)
        lines = [ImportedLine(number, code) for number, code in enumerate(body.codes, 1)]
        partial, is_active = body.partial, body.is_active
    partial = partial or call.flag("partial")
    is_active = is_active and call.query["is_active"] is not False
    campaign_id = call.arguments["campaign_id"]
    digest = hashlib.sha256(call.body).hexdigest()
    done = call.engine.imports.run(
        call.tenant_id,
        campaign_id,
        lines,
        is_active=is_active,
        partial=partial,
        key=call.idempotency("imports.run", campaign_id, digest, partial, is_active),
    )
    return json_answer(import_body(done.value), 201, *replayed(is_replay=done.is_replay))


def csv_lines(body: bytes, *, has_header: bool) -> Iterator[ImportedLine]:
    """Read the first column of a CSV; blank lines are skipped, and a line's number is that of its last row of text."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise RequestProblem("body_malformed", f"Line {line} of the CSV is not UTF-8.", line=line) from error
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    is_first = True
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if is_first and has_header:
                _require_header(row[0])
            else:
                yield ImportedLine(rows.line_num, row[0])
            is_first = False
    except csv.Error as error:
        raise InvalidValue(
            "csv_malformed", f"Line {rows.line_num} of the CSV cannot be read: {error}.", line=rows.line_num
        ) from error
    if is_first:
        raise RequestProblem("body_empty", "The CSV has no lines.")


def _require_header(cell: str) -> None:
    if cell.strip().lower() not in HEADERS:
        raise InvalidValue(
            "csv_header_missing",
            f"The CSV begins with '{cell[:64]}'; its first line must begin with the header 'code' or 'codes', or say "
            "?header=false.",
            line=1,
        )


def import_body(report: ImportReport) -> ImportBody:
    """Write what an import stored."""
    return ImportBody(
        batch=batch_body(report.batch),
        imported=report.imported_count,
        bad_lines=[BadLineBody(bad.line, bad.code, bad.reason, bad.message) for bad in report.bad_lines],
    )
