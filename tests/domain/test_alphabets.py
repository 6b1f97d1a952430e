"""Alphabets: presets, text form, and how typed symbols are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.alphabets import CROCKFORD32, DEFAULT_ALPHABET, PRESETS, Alphabet, alphabet_from_text
from couponry.domain.errors import InvalidValue


@pytest.mark.parametrize(
    ("name", "radix"),
    [("digits", 10), ("crockford32", 32), ("upper_alphanumeric", 36), ("lower_alphanumeric", 36)],
)
def test_preset_has_its_symbols(name: str, radix: int) -> None:
    """A preset is found by its name, has its number of symbols, and gives the name back."""
    alphabet = alphabet_from_text(name)
    assert (alphabet.radix, alphabet.text, alphabet) == (radix, name, PRESETS[name])


def test_crockford_is_the_default() -> None:
    """Who names no alphabet gets Crockford's base 32."""
    assert DEFAULT_ALPHABET is CROCKFORD32
    assert CROCKFORD32.symbols == "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(st.permutations("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), st.integers(2, 36), st.booleans())
def test_custom_text_form_comes_back(symbols: list[str], count: int, is_lower: bool) -> None:  # noqa: FBT001
    """A custom alphabet in display order reads from its text form and gives it back."""
    shown = "".join(symbols[:count])
    text = "custom:" + (shown.lower() if is_lower else shown)
    assert alphabet_from_text(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "Digits", "hex", "custom", "custom:", "custom:A", "custom:AA", "custom:aA", "custom:" + "AB" * 18),
        *("custom:A-B", "custom:A B", "custom:AB\n", "custom:\u00c4B", "custom:\u0131B", "custom:\u0661\u0662"),
    ],
    ids=ascii,
)
def test_what_is_no_alphabet_is_refused(text: str) -> None:
    """An unknown name, or symbols that are too few, repeated or foreign, are refused with a code."""
    with pytest.raises(InvalidValue) as refusal:
        alphabet_from_text(text)
    assert refusal.value.code == "alphabet_invalid"


def test_a_preset_name_does_not_take_other_symbols() -> None:
    """An alphabet made by hand cannot borrow a preset's name, so its text form stays true."""
    with pytest.raises(InvalidValue):
        Alphabet("digits", "01")


@pytest.mark.parametrize("alphabet", PRESETS.values(), ids=PRESETS)
def test_digits_are_read_in_either_case(alphabet: Alphabet) -> None:
    """Every symbol reads as its own place, upper-case or lower-case."""
    for place, symbol in enumerate(alphabet.symbols):
        assert alphabet.digit(symbol.upper()) == alphabet.digit(symbol.lower()) == place


@pytest.mark.parametrize(
    ("text", "typed", "read_as"),
    [
        ("digits", "OoIiLl", "001111"),
        ("crockford32", "OoIiLl", "001111"),
        ("custom:ABO", "0o", "OO"),
        ("custom:ABL", "1iI", "LLL"),
        ("custom:01O", "0OIL", "0O11"),
        ("custom:ab1i", "1I", "1i"),
    ],
)
def test_look_alikes_read_as_the_only_member(text: str, typed: str, read_as: str) -> None:
    """Where one of a look-alike class is in the alphabet all read as it; of several, each as itself."""
    alphabet = alphabet_from_text(text)
    assert [alphabet.digit(symbol) for symbol in typed] == [alphabet.symbols.index(symbol) for symbol in read_as]


@pytest.mark.parametrize(
    ("text", "typed"), [("custom:ABIL", "1"), ("custom:AB1L", "I"), ("crockford32", "U"), ("digits", "A")]
)
def test_absent_symbols_are_not_accepted(text: str, typed: str) -> None:
    """An absent member of a class with several present is no symbol, nor is any other absent letter."""
    assert alphabet_from_text(text).digit(typed) is None


@pytest.mark.parametrize("typed", ["\u0131", "\u017f", "٣", "", "AB", "!"])
def test_foreign_characters_are_not_accepted(typed: str) -> None:
    """A character whose upper-case form happens to be ASCII is still no symbol."""
    assert PRESETS["upper_alphanumeric"].digit(typed) is None
