"""Codes as typed, and the forms in which they are compared."""

from __future__ import annotations

import unicodedata
from typing import Final

from couponry.domain.errors import InvalidValue

MAX_CODE_LENGTH: Final = 128
"""The longest code, in characters as typed."""

# Unicode White_Space (PropList.txt): str.isspace() would add U+001C to U+001F, which are controls.
BLANKS: Final = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
MINUS_SIGN: Final = "\u2212"
ASCII_SKIPPED: Final = "".join(sorted(blank for blank in BLANKS if blank.isascii())).encode() + b"-"
"""The ASCII bytes among blanks and dashes."""

_LOOK_ALIKE_FOLD: Final = {ord("O"): "0", ord("I"): "1", ord("L"): "1"}
_ASCII_SQUASH: Final = bytes(range(256)).upper()
ASCII_CANONICAL: Final = _ASCII_SQUASH.translate(bytes.maketrans(b"OIL", b"011"))
"""A table for `bytes.translate`: the upper-case form of each ASCII byte, look-alikes folded."""
_MAX_STEPS: Final = 8


def canonical(text: str) -> str:
    """Return the form under which a tenant's stored codes are unique.

    Compatibility forms become plain (NFKC), case folds to upper, blanks (Unicode White_Space, so
    tab and line end too), dashes (Unicode Pd and the minus sign) and invisible format characters
    (Cf) go away, O reads 0, I and L read 1. Applying it again changes nothing.

    Args:
        text: a code as typed or imported, 1 to 128 characters.

    Returns:
        1 to 128 characters.

    Raises:
        InvalidValue: `code_invalid` for text that is too long, is empty after this, holds a
        control character or half of a surrogate pair.

    Source: Unicode Standard Annex 15 (NFKC), Annex 44 (White_Space, categories).
    """
    if text.isascii() and text.isprintable() and len(text) <= MAX_CODE_LENGTH:
        form = text.encode().translate(ASCII_CANONICAL, ASCII_SKIPPED).decode()
        if form:
            return form
    return _settled(text, fold_look_alikes_too=True)


def squash(text: str) -> str:
    """Return the canonical form short of look-alikes: O, 0, I, L and 1 stay what they are.

    Patterns and series match on this one, since an alphabet may hold both O and 0.

    Args:
        text: a code as typed, 1 to 128 characters.

    Returns:
        1 to 128 characters.

    Raises:
        InvalidValue: `code_invalid` as `canonical` does.
    """
    if text.isascii() and text.isprintable() and len(text) <= MAX_CODE_LENGTH:
        form = text.encode().translate(_ASCII_SQUASH, ASCII_SKIPPED).decode()
        if form:
            return form
    return _settled(text, fold_look_alikes_too=False)


def fold_look_alikes(squashed: str) -> str:
    """Read O as 0, and I and L as 1.

    Args:
        squashed: text that `squash` returned, or a part of it.

    Returns:
        as many characters as were given.
    """
    return squashed.translate(_LOOK_ALIKE_FOLD)


def one_line(text: str) -> str:
    """Write a code of one's own as it is shown: blanks around it go, those inside become one space each.

    A line feed inside would make two lines of it in every list of codes.

    Args:
        text: a code as imported.

    Returns:
        the text without line ends and tabs; its canonical form is the same.
    """
    return " ".join(text.split())


def is_dash(character: str) -> bool:
    """Tell whether one character counts as a dash: Unicode Pd, or the minus sign."""
    return character == MINUS_SIGN or unicodedata.category(character) == "Pd"


def _settled(text: str, *, fold_look_alikes_too: bool) -> str:
    """Repeat the step until it changes nothing: upper-casing and removing can undo NFKC."""
    _refuse_unreadable(text)
    for _ in range(_MAX_STEPS):
        form = _step(text)
        if fold_look_alikes_too:
            form = fold_look_alikes(form)
        if form == text:
            break
        text = form
    else:
        raise _invalid("the code mixes characters that have no stable upper-case form")
    if not text:
        raise _invalid("a code needs at least one character besides blanks and dashes")
    if len(text) > MAX_CODE_LENGTH:
        raise _invalid(f"a code has at most {MAX_CODE_LENGTH} characters once its ligatures are spelt out")
    return text


def _step(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(character for character in plain if not _is_skipped(character))
    return unicodedata.normalize("NFKC", kept.casefold().upper())


def _is_skipped(character: str) -> bool:
    return character in BLANKS or unicodedata.category(character) == "Cf" or is_dash(character)


def _refuse_unreadable(text: str) -> None:
    if len(text) > MAX_CODE_LENGTH:
        raise _invalid(f"a code has at most {MAX_CODE_LENGTH} characters", length=len(text), max=MAX_CODE_LENGTH)
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            raise _invalid("a code may not hold half of a surrogate pair; send well-formed Unicode")
        if category == "Cc" and character not in BLANKS:
            raise _invalid(f"a code may not hold control characters; found U+{ord(character):04X}")


def _invalid(message: str, **values: object) -> InvalidValue:
    return InvalidValue("code_invalid", message, field="code", **values)
