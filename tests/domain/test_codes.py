"""Codes as typed: the canonical form and the squashed form."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.codes import MAX_CODE_LENGTH, canonical, fold_look_alikes, squash
from couponry.domain.errors import InvalidValue

FORMS = pytest.mark.parametrize("form", [canonical, squash])


def form_or_none(form: Callable[[str], str], text: str) -> str | None:
    try:
        return form(text)
    except InvalidValue:
        return None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("summer-oil", "SUMMER011"),
        (" a b\tc\n", "ABC"),
        ("\uff21\uff22\uff11\uff10", "AB10"),
        ("a\u2010b\u2013c\u2014d\u2212e\uff0df\ufe63g", "ABCDEFG"),
        ("a\u200bb\u00adc\u2060d\ufeffe", "ABCDE"),
        ("a\u3000b\u00a0c\u2003d", "ABCD"),
        ("straße", "STRASSE"),
        ("STRA\u1e9eE", "STRASSE"),
        ("\ufb01x", "F1X"),
        ("e\u0301t\u00e9", "\u00c9T\u00c9"),
        ("\uff4f\uff29\uff4c", "011"),
        ("a_b.c/d", "A_B.C/D"),
    ],
)
def test_canonical_form(typed: str, expected: str) -> None:
    """Case, blanks, dashes, invisible and compatibility characters and look-alikes make no difference."""
    assert canonical(typed) == expected


def test_squash_keeps_look_alikes_apart() -> None:
    """The squashed form differs from the canonical one by the look-alike fold alone."""
    assert squash("o0-i l1") == "O0IL1"
    assert fold_look_alikes(squash("o0-i l1")) == canonical("o0-i l1") == "00111"


@FORMS
@given(text=st.text(max_size=30))
def test_forms_are_idempotent(form: Callable[[str], str], text: str) -> None:
    """A form of a form is that form, for any Unicode text."""
    once = form_or_none(form, text)
    if once is not None:
        assert form(once) == once


def is_restless(character: str) -> bool:
    """Tell whether normalising, folding or joining could change a character or its neighbours."""
    folded = unicodedata.normalize("NFKC", character.casefold().upper())
    return folded != character or unicodedata.combining(character) != 0


@FORMS
def test_forms_are_idempotent_on_every_character(form: Callable[[str], str]) -> None:
    """No single character, alone or between others, has a form that changes again; every letter has one."""
    for character in filter(is_restless, map(chr, range(0x110000))):
        for text in (character, f"i{character}\u0301"):
            once = form_or_none(form, text)
            assert once is None or form(once) == once
            assert once is not None or unicodedata.category(character)[0] != "L"


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=40))
def test_ascii_path_equals_the_general_one(text: str) -> None:
    """The quick way for ASCII gives what full-width spelling of the same text gives."""
    wide = "".join(chr(ord(character) + 0xFEE0) if character != " " else "\u3000" for character in text)
    for form in (canonical, squash):
        assert form_or_none(form, wide) == form_or_none(form, text)


@given(st.text(max_size=30))
def test_canonical_follows_from_squash(text: str) -> None:
    """Two texts with one squashed form have one canonical form."""
    squashed = form_or_none(squash, text)
    if squashed is not None:
        assert form_or_none(canonical, squashed) == form_or_none(canonical, text)


@FORMS
@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "- -", "\u200b", "\u2212", "A" * 129, " " * 129, "\ufdfa" * 100),
        *("A\x00B", "A\x1fB", "\x7f", "\u0080A", "A\ud800"),
    ],
    ids=ascii,
)
def test_unreadable_codes_are_refused(form: Callable[[str], str], text: str) -> None:
    """Empty, over-long, control characters and broken Unicode are refused with one code."""
    with pytest.raises(InvalidValue) as refusal:
        form(text)
    assert (refusal.value.code, refusal.value.field) == ("code_invalid", "code")


@FORMS
def test_longest_code(form: Callable[[str], str]) -> None:
    """A code of exactly the longest length is accepted."""
    assert form("a" * MAX_CODE_LENGTH) == "A" * MAX_CODE_LENGTH
