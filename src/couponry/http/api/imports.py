"""Imports over HTTP: existing codes as JSON or CSV."""

import hashlib
import io
from typing import Final

import msgspec

from couponry.engine.import_files import read_lines
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
)
_new: Final = msgspec.json.Decoder(NewImport)


def run(call: Call) -> Answer:
    """Import a list of codes."""
    if require_media_type(call.headers, "application/json", "text/csv") == "text/csv":
        lines, partial, is_active = csv_lines(call.body), False, True
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


def csv_lines(body: bytes) -> list[ImportedLine]:
    """Read a CSV or a plain list of codes, as `engine.import_files` does."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise RequestProblem("body_malformed", f"Line {line} of the CSV is not UTF-8.", line=line) from error
    if not text.strip():
        raise RequestProblem("body_empty", "The CSV has no lines.")
    return read_lines(io.StringIO(text, newline=""))


def import_body(report: ImportReport) -> ImportBody:
    """Write what an import stored."""
    return ImportBody(
        batch=batch_body(report.batch),
        imported=report.imported_count,
        bad_lines=[BadLineBody(bad.line, bad.code, bad.reason, bad.message) for bad in report.bad_lines],
    )
