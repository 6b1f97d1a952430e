"""Complaints: what goes wrong, as one line for people or one JSON object for programs, and the exit code."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from typer._click.exceptions import ClickException, NoArgsIsHelpError  # Typer has no public name for its base

from couponry.cli.printing import say, shown
from couponry.config import ConfigError
from couponry.domain.errors import DomainError, InvalidValue
from couponry.domain.refusals import Refusal, Refused
from couponry.engine.imports import BadLine, ImportRejected
from couponry.engine.ports import StorageUnusable

EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2


class CommandRefused(Exception):  # named for what happened
    """The engine said no, with its reasons."""

    def __init__(self, refused: Refused) -> None:
        """Keep the reasons."""
        super().__init__(refused.refusals[0].reason.value)
        self.refusals = refused.refusals


class CommandFailed(Exception):  # named for what happened
    """Something outside the engine does not allow the command; a code for programs and what to do about it."""

    def __init__(self, code: str, message: str, **values: object) -> None:
        """Keep what is to be said."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.values = values


class UsageRefused(CommandFailed):
    """The command was called in a way that makes no sense; the message says what would."""


class _Complaint(Struct, omit_defaults=True):
    """What a program is told on standard error."""

    code: str
    message: str
    field: str | None = None
    values: dict[str, Any] | None = None
    refusals: list[dict[str, Any]] | None = None
    bad_lines: Sequence[BadLine] | None = None


def complain(error: Exception, *, as_json: bool) -> int | None:
    """Say what went wrong on standard error; returns the exit code, or None for what nobody foresaw."""
    found = _complaint_of(error)
    if found is None:
        return None
    complaint, exit_code = found
    if as_json:
        say(msgspec.json.encode(complaint, enc_hook=str).decode())
    elif isinstance(error, CommandRefused):
        say(*(f"refused: {refusal_text(refusal)}" for refusal in error.refusals))
    else:
        say(*_lines(error, complaint, exit_code))
    return exit_code


def refusal_text(refusal: Refusal) -> str:
    """Write a refusal, such as `limit_reached (max_redemptions 10, used 10)`."""
    values = dict(refusal.values)
    if "limit" in values and "max" in values:
        values = {str(values.pop("limit")): values.pop("max"), **values}
    listed = ", ".join(f"{name} {shown(value)}" for name, value in values.items())
    return f"{refusal.reason.value} ({listed})" if listed else refusal.reason.value


def _explained(refusal: Refusal) -> str:
    """Explain a refusal in the sentence that the API gives as well."""
    from couponry.http.problems import explained  # here, since few commands are refused and all shall start fast

    return explained(refusal)


def _complaint_of(error: Exception) -> tuple[_Complaint, int] | None:
    match error:
        case CommandRefused():
            refusals = [{"reason": refusal.reason.value, **refusal.values} for refusal in error.refusals]
            sentences = " ".join(_explained(refusal) for refusal in error.refusals)
            return _Complaint(error.refusals[0].reason.value, sentences, refusals=refusals), EXIT_REFUSED
        case CommandFailed():
            exit_code = EXIT_USAGE if isinstance(error, UsageRefused) else EXIT_REFUSED
            return _Complaint(error.code, error.message, values=error.values or None), exit_code
        case DomainError():
            exit_code = EXIT_USAGE if isinstance(error, InvalidValue) else EXIT_REFUSED
            bad_lines = error.bad_lines if isinstance(error, ImportRejected) else None
            values = error.values or None
            return _Complaint(error.code, error.message, error.field, values, bad_lines=bad_lines), exit_code
    return _complaint_from_outside(error)


def _complaint_from_outside(error: Exception) -> tuple[_Complaint, int] | None:
    match error:
        case StorageUnusable():
            return _Complaint("storage_unusable", str(error)), EXIT_REFUSED
        case ConfigError():
            return _Complaint("setting_invalid", str(error)), EXIT_USAGE
        case ClickException():
            return _Complaint("usage", error.format_message()), EXIT_USAGE
        case TimeoutError():
            return _Complaint(
                "timeout", "The database did not answer in time; look before you try again."
            ), EXIT_REFUSED
        case OSError():
            return _Complaint("file_unusable", _system_text(error)), EXIT_REFUSED
    return None


def _lines(error: Exception, complaint: _Complaint, exit_code: int) -> list[str]:
    if isinstance(error, NoArgsIsHelpError):
        return [complaint.message]
    if isinstance(error, ClickException):
        context = getattr(error, "ctx", None)
        path = "couponry" if context is None else context.command_path
        return [f"error: {complaint.message}", f"Try '{path} --help'."]
    if exit_code == EXIT_USAGE or isinstance(error, StorageUnusable | OSError):
        return [f"error: {shown(complaint.message)}"]
    lines = [f"refused: {complaint.code}: {shown(complaint.message)}"]
    lines += [f"  {bad_line_text(bad_line)}" for bad_line in complaint.bad_lines or ()]
    return lines


def bad_line_text(bad_line: BadLine) -> str:
    """Write a line that cannot be imported."""
    return f"line {bad_line.line}: '{shown(bad_line.code)}' {bad_line.reason}: {bad_line.message}"


def _system_text(error: OSError) -> str:
    name = f"'{error.filename}': " if error.filename is not None else ""
    return f"{name}{error.strerror or error}."
