"""Texts in a caller's own words, before they reach a database."""

import re

from couponry.domain.errors import InvalidValue

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def require_text(text: str, field: str) -> str:
    """Accept a text that every database can keep as it is.

    Args:
        text: any.
        field: path of the input, for the message.

    Returns:
        the same.

    Raises:
        InvalidValue: `text_not_storable` for the character U+0000, which ends a text in some places, and for half of a
            surrogate pair, which is no Unicode.
    """
    if _NOT_STORABLE.search(text):
        raise InvalidValue(
            "text_not_storable",
            f"{field} holds the character U+0000 or half of a surrogate pair; leave it out.",
            field=field,
        )
    return text
