"""Request bodies: read once up to a limit, decoded strictly, with the path of whatever is wrong."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from litestar.types import Receive

from couponry.domain.errors import InvalidValue
from couponry.domain.texts import require_text
from couponry.http.problems import RequestProblem

T = TypeVar("T")

_DRAIN_BYTES: Final = 8 * 1024 * 1024
"""How far a body that is too large is read and thrown away, so that its sender gets to read the answer."""
_PLACE: Final = re.compile(r"(?s)(.*?)(?: - at (`key` in )?`\$(.*?)`)?")
_UNKNOWN: Final = re.compile(r"(?s)Object contains unknown field `(.*)`")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_ESCAPED_NUL: Final = b"\\u0000"
_ESCAPE: Final = re.compile(
    rb"(?s)\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
"""An escape in JSON; the group is half of a surrogate pair without its other half."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], max_bytes: int) -> bytes:
    """Read a body of at most `max_bytes`, or raise 413."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > max(max_bytes, _DRAIN_BYTES):
        raise _too_large(max_bytes)
    message: Any = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return _within(body, len(body), max_bytes)
    parts, size = [body], len(body)
    while message.get("more_body") and size <= max(max_bytes, _DRAIN_BYTES):
        message = await receive()
        size += len(message.get("body", b""))
        if size <= max_bytes:
            parts.append(message.get("body", b""))
    return _within(b"".join(parts), size, max_bytes)


def _within(body: bytes, size: int, max_bytes: int) -> bytes:
    if size > max_bytes:
        raise _too_large(max_bytes)
    return body


def _too_large(max_bytes: int) -> RequestProblem:
    return RequestProblem(
        "body_too_large",
        f"The body is larger than the {max_bytes} bytes this path takes.",
        headers=((b"connection", b"close"),),
        max_bytes=max_bytes,
    )


def require_media_type(headers: Mapping[bytes, bytes], *accepted: str) -> str:
    """Tell the content type of a body, JSON where none is given, or raise 415."""
    header = headers.get(b"content-type")
    if header is None or header == b"application/json":
        return "application/json"
    media_type, _, parameters = header.decode("latin-1").partition(";")
    charset = re.search(r"(?i)\bcharset\s*=\s*\"?([^\s\";]*)", parameters)
    if charset is not None and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise _unsupported(accepted, f"charset '{charset[1][:32]}'")
    if media_type.strip().lower() not in accepted:
        raise _unsupported(accepted, f"'{media_type.strip()[:64]}'")
    return media_type.strip().lower()


def _unsupported(accepted: tuple[str, ...], sent: str) -> RequestProblem:
    return RequestProblem("unsupported_media_type", f"The body must be {' or '.join(accepted)} in UTF-8, not {sent}.")


def decode_json(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Decode a body, or raise 400 for what is no JSON and 422 for what breaks the schema."""
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise invalid_body(error) from error
    except UnicodeDecodeError as error:
        raise RequestProblem("body_malformed", "The body is not UTF-8.") from error
    except RecursionError as error:
        raise RequestProblem("body_malformed", "The body is nested too deeply.") from error
    except msgspec.DecodeError as error:
        if not body.strip():
            raise RequestProblem("body_empty", "The body is empty; send a JSON object.") from error
        raise RequestProblem("body_malformed", _malformed(body, error)) from error
    if _ESCAPED_NUL in body:
        _refuse_nul(msgspec.json.decode(body), "")
    return value


def _malformed(body: bytes, error: msgspec.DecodeError) -> str:
    half = next((found[1].decode() for found in _ESCAPE.finditer(body) if found[1]), None)
    if half is None:
        return f"The body is not JSON: {error}."
    return f"The body holds \\{half}, which is half of a surrogate pair and no character; send both halves or neither."


def invalid_body(error: msgspec.ValidationError) -> InvalidValue:
    """Say which field breaks the schema, in the domain's own words where the domain raised it."""
    found = _PLACE.fullmatch(str(error))
    message, path = (found[1], found[3] or "") if found is not None else (str(error), "")
    path = path.removeprefix(".")
    cause = error.__cause__
    if isinstance(cause, InvalidValue):
        return InvalidValue(cause.code, cause.message, field=_joined(path, cause.field), **cause.values)
    if unknown := _UNKNOWN.fullmatch(message):
        field = _joined(path, unknown[1][:64])
        return InvalidValue("field_unknown", f"There is no field '{field}' here.", field=field)
    if missing := _MISSING.fullmatch(message):
        field = _joined(path, missing[1])
        return InvalidValue("field_missing", f"The field '{field}' is required.", field=field)
    is_key = found is not None and found[2] is not None
    place = f"{path}: " if path else ""
    place = f"a name in {place}" if is_key else place
    return InvalidValue("body_invalid", f"{place}{message}.", field=path or None)


def _joined(path: str, name: str | None) -> str:
    return ".".join(part for part in (path, name) if part)


def _refuse_nul(value: object, path: str) -> None:
    """Refuse U+0000 anywhere: databases do not store it."""
    if isinstance(value, str):
        require_text(value, path)
    if isinstance(value, dict):
        for name, item in value.items():
            _refuse_nul(name, path)
            _refuse_nul(item, _joined(path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _refuse_nul(item, f"{path}[{place}]")
