"""Paging: an opaque cursor that stands for the last row of the page before."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Final

from couponry.domain.errors import InvalidValue
from couponry.engine.ports import Page
from couponry.http.queries import Parameter

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 1_000
PAGE_PARAMETERS: Final = (
    Parameter("limit", "Most rows to give.", kind="integer", default=DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT),
    Parameter("cursor", "`next_cursor` of the page before; none for the first page.", maximum=128),
)
_IDENTIFIER: Final = re.compile(r"[a-z]{3}_[0-9a-z]{1,64}")


def page_of(query: Mapping[str, str | int | bool | None]) -> Page:
    """Tell which page a query asks for, or raise `cursor_invalid`."""
    limit, cursor = query["limit"], query["cursor"]
    return Page(int(limit or DEFAULT_LIMIT), None if cursor is None else _read(str(cursor)))


def next_cursor(page: Page, identifiers: Sequence[str]) -> str | None:
    """Write the cursor for the page after this one; None where this one is not full, so nothing follows."""
    if len(identifiers) < page.limit:
        return None
    return urlsafe_b64encode(identifiers[-1].encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:
        text = ""
    if not _IDENTIFIER.fullmatch(text):
        raise InvalidValue(
            "cursor_invalid", "The cursor is not one this server gave; send next_cursor unchanged.", field="cursor"
        )
    return text
