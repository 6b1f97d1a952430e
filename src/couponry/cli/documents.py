"""Documents: JSON that the command line reads, from an argument, a file or standard input."""

import sys
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from couponry.cli.complaints import UsageRefused
from couponry.http.bodies import invalid_body

T = TypeVar("T")


def read_document(given: str, option: str) -> dict[str, Any]:
    """Read a JSON object: the argument itself, the file it names, or standard input for `-`."""
    if given.lstrip().startswith("{"):
        content = given.encode()
    elif given == "-":
        content = sys.stdin.buffer.read()
    else:
        content = Path(given).read_bytes()
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageRefused("document_invalid", f"{option} must be a JSON object in UTF-8: {error}.") from error


def converted(document: dict[str, Any], kind: type[T]) -> T:
    """Check a document against a shape of the API, or raise InvalidValue with the path of what is wrong."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise invalid_body(error) from error
