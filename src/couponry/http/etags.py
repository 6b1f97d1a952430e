"""Entity tags: one for each single resource, so that readers can skip what they have and writers notice a change."""

import re
from collections.abc import Mapping
from typing import Final

from couponry.domain.errors import Conflict, InvalidValue
from couponry.http.answers import Answer

_VERSION: Final = re.compile(r'(W/)?"v([0-9]{1,18})(?:-[a-z]+)?"')
_ANY: Final = re.compile(r'(W/)?"[\x21\x23-\x7e]*"')


def tagged(answer: Answer, etag: str, headers: Mapping[bytes, bytes]) -> Answer:
    """Put an entity tag on an answer; 304 without a body where the reader has it already."""
    tag = (b"etag", etag.encode())
    if is_match(headers.get(b"if-none-match"), etag):
        return Answer(304, b"", [tag])
    answer.headers.append(tag)
    return answer


def is_match(header: bytes | None, etag: str) -> bool:
    """Tell whether an `If-None-Match` names a tag (RFC 9110, 13.1.2: weak comparison)."""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.decode("latin-1").split(",")]
    return "*" in tags or etag in tags


def expected_version(headers: Mapping[bytes, bytes]) -> int | None:
    """Read the version that `If-Match` asks for; None for any.

    A tag this server never gives, or a weak one, matches nothing: 412, as RFC 9110, 13.1.1 has it.
    """
    header = headers.get(b"if-match", b"*").decode("latin-1").strip()
    if header == "*":
        return None
    found = _VERSION.fullmatch(header)
    if found is not None and found[1] is None:
        return int(found[2])
    if _ANY.fullmatch(header):
        raise Conflict("version_mismatch", "If-Match names no version of this resource; read it again.")
    raise InvalidValue("if_match_invalid", 'If-Match must be one ETag such as "v3", or *.', field="If-Match")
