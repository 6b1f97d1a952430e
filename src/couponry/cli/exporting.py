"""Exports on the command line: a batch's codes at constant memory, whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from couponry.cli.complaints import CommandFailed, UsageRefused
from couponry.cli.opening import for_tenant
from couponry.cli.options import DataOption, JsonOption, TenantOption
from couponry.cli.printing import flush, print_facts, print_json, say, write
from couponry.cli.progress import Advance, progress
from couponry.cli.verifying import difference
from couponry.engine.batches import CodeStream
from couponry.http.api.batches import csv_pieces, json_pieces, ndjson_pieces
from couponry.http.api.shapes_out import ManifestBody

app = typer.Typer(rich_markup_mode=None)
Write = Callable[[bytes], None]


class Format(StrEnum):
    """How codes are written."""

    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"


_PIECES: Final[dict[Format, Callable[[CodeStream], Iterator[bytes]]]] = {
    Format.CSV: csv_pieces,
    Format.NDJSON: ndjson_pieces,
    Format.JSON: json_pieces,
}
_STANDARD_OUTPUT: Final = "-"
_FILE_MODE: Final = 0o600
"""Codes are worth money: a file of them is its owner's alone, as the key file is."""


@app.command("export")
def export(  # noqa: PLR0913, PLR0917  # each option is a parameter
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="The batch's id, bat_...")],
    form: Annotated[Format | None, typer.Option("--format", help="csv unless said; csv has the header 'code'.")] = None,
    output: Annotated[
        str, typer.Option("--output", metavar="FILE|-", help="Where to; replaced only once it is complete.")
    ] = _STANDARD_OUTPUT,
    offset: Annotated[int, typer.Option("--offset", metavar="N", help="First code wanted, from 0.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", help="Most codes wanted.")] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", metavar="FILE", help="Write nothing; check a CSV export instead.")
    ] = None,
    tenant: TenantOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the codes of a batch, with a manifest: their count, and the SHA-256 over the codes, a line feed after each.

    The manifest goes to standard error, or with --json to standard output (inside the one JSON object when the codes
    go there as well).
    """
    is_on_stdout = output == _STANDARD_OUTPUT
    if as_json and verify is None and is_on_stdout and form not in (None, Format.JSON):
        raise UsageRefused(
            "format_not_json", "--json with codes on standard output needs --format json, or --output FILE."
        )
    with for_tenant(data, tenant) as (engine, tenant_id):
        stream = engine.batches.read_codes(tenant_id, batch, offset=offset, limit=limit)
        with progress("verifying" if verify else "exporting", stream.count, is_quiet=as_json) as advance:
            tally = _Tally(stream, advance)
            if verify is not None:
                _verify(verify, tally)
            elif is_on_stdout:
                _print_codes(tally, form or (Format.JSON if as_json else Format.CSV), batch, offset, as_json=as_json)
            else:
                _write_file(tally, Path(output), form or Format.CSV)
    manifest = ManifestBody(batch, offset, stream.count, tally.sha256)
    if as_json and (verify is not None or not is_on_stdout):
        print_json(manifest)
    elif not as_json and verify is not None:
        print_facts([("file", f"{verify} holds exactly these codes"), *_facts(manifest)])
    elif not as_json:
        say(*(f"{name:<6}  {value}" for name, value in _facts(manifest)))


class _Tally:
    """A stream of codes that is counted and digested as it passes."""

    def __init__(self, stream: CodeStream, advance: Advance) -> None:
        self._digest = hashlib.sha256()
        self._advance = advance
        self._chunks = stream.chunks()
        self.stream = CodeStream(stream.count, self._passed())

    @property
    def sha256(self) -> str:
        """The digest of what has passed."""
        return self._digest.hexdigest()

    def _passed(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            yield chunk
            self._advance(chunk.count(b"\n"))


def _print_codes(tally: _Tally, form: Format, batch: str, offset: int, *, as_json: bool) -> None:
    pending = b""
    for piece in _PIECES[form](tally.stream):
        write(pending)
        pending = piece
    if as_json:
        manifest = ManifestBody(batch, offset, tally.stream.count, tally.sha256)
        pending = pending.removesuffix(b"}") + b',"manifest":' + msgspec.json.encode(manifest) + b"}"
    write(pending if pending.endswith(b"\n") else pending + b"\n")
    flush()


def _write_file(tally: _Tally, path: Path, form: Format) -> None:
    if path.is_dir():
        raise UsageRefused("output_is_folder", f"--output '{path}' is a folder; name a file in it.")
    with _replaced(path) as write_piece:
        for piece in _PIECES[form](tally.stream):
            write_piece(piece)


@contextmanager
def _replaced(path: Path) -> Iterator[Write]:
    """Write a file beside the wanted one and put it in its place once it is complete and on the disk."""
    if path.exists() and not path.is_file():  # a pipe or device, such as /dev/null, has nothing to keep whole
        with path.open("wb") as file:
            yield lambda piece: _write_all(file.write, piece)
        return
    target = path.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else _FILE_MODE
    descriptor, draft = _drafted(target)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield lambda piece: _write_all(file.write, piece)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _drafted(target: Path) -> tuple[int, str]:
    """Make the file beside the wanted one; nobody knows its name, so a complaint is about the folder."""
    folder = target.parent
    if not folder.is_dir():
        raise CommandFailed(
            "output_folder_missing",
            f"There is no folder '{folder}'; make it first, or name a file in another one with --output.",
        )
    try:
        return tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=folder)
    except OSError as error:
        raise CommandFailed(
            "output_folder_unusable",
            f"No file can be made in the folder '{folder}' ({error.strerror}); name a file in another one.",
        ) from error


def _write_all(write_to: Callable[[bytes], int], piece: bytes) -> None:
    write_to(piece)


def _verify(path: Path, tally: _Tally) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = difference(file, tally.stream)
    except UnicodeDecodeError as error:
        raise CommandFailed("verification_failed", f"'{path}' is not UTF-8 (byte {error.start}).") from error
    if found is not None:
        raise CommandFailed("verification_failed", f"'{path}' does not hold these codes: {found}")


def _facts(manifest: ManifestBody) -> list[tuple[str, str]]:
    return [("batch", manifest.batch), ("count", f"{manifest.count:,}"), ("sha256", manifest.sha256)]
