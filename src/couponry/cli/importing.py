"""Imports on the command line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, TextIO

import typer

from couponry.cli.complaints import UsageRefused, bad_line_text
from couponry.cli.opening import for_tenant, key_of
from couponry.cli.options import DataOption, JsonOption, KeyOption, TenantOption
from couponry.cli.printing import counted, print_facts, print_json, say
from couponry.cli.progress import waiting
from couponry.engine.import_files import read_lines
from couponry.engine.imports import ImportedLine
from couponry.http.api.imports import import_body

app = typer.Typer(rich_markup_mode=None)


@app.command("import")
def import_codes(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id, cmp_...")],
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="CSV with a column 'code', or one code a line; UTF-8.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave bad lines out, instead of storing nothing where there are any.")
    ] = False,
    inactive: Annotated[bool, typer.Option("--inactive", help="The coupons wait for their activation.")] = False,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take over existing codes; bad lines are all listed, with their numbers."""
    lines = _lines_of(file)
    with for_tenant(data, tenant) as (engine, tenant_id):
        idempotency = key_of(key, "import", campaign, lines, partial, inactive)
        with waiting(f"importing {counted(len(lines), 'code')}", is_quiet=as_json):
            done = engine.imports.run(
                tenant_id, campaign, lines, is_active=not inactive, partial=partial, key=idempotency
            )
    if as_json:
        print_json(import_body(done.value))
        return
    report = done.value
    say(*(f"left out: {bad_line_text(bad_line)}" for bad_line in report.bad_lines))
    print_facts(
        [
            ("batch", report.batch.batch_id),
            ("campaign", report.batch.campaign_id),
            ("imported", f"{report.imported_count:,}"),
            ("left out", f"{len(report.bad_lines):,}"),
            ("state", "active" if report.batch.is_active else "waits for activation"),
        ]
    )


def _lines_of(file: str) -> list[ImportedLine]:
    try:
        with _opened(file) as stream:
            return read_lines(stream)
    except UnicodeDecodeError as error:
        raise UsageRefused(
            "file_not_utf8", f"'{file}' is not UTF-8 (byte {error.start} of what was read); save it as UTF-8."
        ) from error


@contextmanager
def _opened(file: str) -> Iterator[TextIO]:
    if file == "-":
        yield TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        return
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        yield stream
