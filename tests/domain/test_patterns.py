"""Patterns: parsing, skeleton, and whether two patterns could share a code."""

import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.alphabets import CROCKFORD32, DIGITS, LOWER_ALPHANUMERIC, Alphabet, alphabet_from_text
from couponry.domain.codes import squash
from couponry.domain.errors import InvalidValue
from couponry.domain.patterns import Pattern

TYPED_SYMBOLS = "012OILABX"
TINY_ALPHABETS = [
    alphabet_from_text(f"custom:{symbols}") for symbols in ("01", "OA", "0O", "IL", "1B", "AB", "L1I", "X2")
]


@pytest.mark.parametrize(
    ("text", "skeleton", "count"),
    [
        ("#", "#", 1),
        ("SUMMER-####-####", "SUMMER########", 8),
        ("vip ## / ##", "VIP##/##", 4),
        ("#" * 64, "#" * 64, 64),
        ("Straße-##", "STRASSE##", 2),
        ("\ufb01##", "FI##", 2),
        ("\u00e9#", "\u00c9#", 1),
        ("\uff21#", "A#", 1),
        ("a\u2013_.:+#", "A_.:+#", 1),
        ("夏#", "夏#", 1),
    ],
)
def test_pattern_knows_its_shape(text: str, skeleton: str, count: int) -> None:
    """A pattern keeps its display text and knows its squashed skeleton and random positions."""
    pattern = Pattern.parse(text)
    assert (pattern.text, pattern.skeleton, pattern.position_count) == (text, skeleton, count)


@pytest.mark.parametrize("text", ["", "SUMMER", "- -", "\uff03"])
def test_pattern_without_random_positions_is_refused(text: str) -> None:
    """A pattern without a # has a refusal of its own, unless something else is wrong with it."""
    with pytest.raises(InvalidValue) as refusal:
        Pattern.parse(text)
    assert refusal.value.code == ("pattern_invalid" if text == "\uff03" else "pattern_without_random_positions")


@pytest.mark.parametrize(
    "text",
    [
        *("#" * 65, "A" * 128 + "#", "\ufdfa" * 100 + "#", "#,", '#"', "#=", "#\u20ac"),
        *("#\n", "#\t", "#\x00", "#\u2028", "#\u200b", "#\u0301", "#\ud800"),
    ],
    ids=ascii,
)
def test_bad_patterns_are_refused(text: str) -> None:
    """Too many positions, too long, control, invisible and other foreign characters are refused."""
    with pytest.raises(InvalidValue) as refusal:
        Pattern.parse(text)
    assert (refusal.value.code, refusal.value.field) == ("pattern_invalid", "pattern")


@given(
    st.text(st.characters(categories=["L", "Nd", "Zs", "Pd"]), max_size=20),
    st.sampled_from(LOWER_ALPHANUMERIC.symbols),
)
def test_skeleton_is_the_squashed_code_with_its_symbols_taken_out(literal: str, symbol: str) -> None:
    """Whatever a pattern's literals squash to, a code of it squashes to the filled skeleton."""
    text = f"#{literal}#{literal[::-1]}#"
    try:
        pattern = Pattern.parse(text)
    except InvalidValue:
        return
    assert squash(text.replace("#", symbol)) == pattern.skeleton.replace("#", symbol.upper())


def test_no_literal_melts_into_the_symbol_before_it() -> None:
    """No letter squashes to a combining mark that would join a random symbol before it."""
    letters = [letter for letter in map(chr, range(0x110000)) if unicodedata.category(letter)[0] == "L"]
    marking = [letter for letter in letters if unicodedata.combining(unicodedata.normalize("NFKC", letter).lstrip()[0])]
    assert marking
    for letter, symbol in product(marking, LOWER_ALPHANUMERIC.symbols):
        assert squash(symbol + letter) == Pattern.parse("#" + letter).skeleton.replace("#", symbol.upper())


def accepted_texts(pattern: Pattern, alphabet: Alphabet) -> set[str]:
    """Return every text over a few symbols that reads as a code, by trying all of them."""

    def fits(place: str, typed: str) -> bool:
        if place == "#":
            return alphabet.digit(typed) is not None
        fold = {"O": "0", "I": "1", "L": "1"}
        return fold.get(typed, typed) == fold.get(place, place)

    texts = product(TYPED_SYMBOLS, repeat=len(pattern.skeleton))
    return {"".join(text) for text in texts if all(map(fits, pattern.skeleton, text))}


@given(
    st.text("#0O1ILAx-", min_size=1, max_size=4).filter(lambda text: "#" in text).map(Pattern.parse),
    st.text("#0O1ILAx-", min_size=1, max_size=4).filter(lambda text: "#" in text).map(Pattern.parse),
    st.sampled_from(TINY_ALPHABETS),
    st.sampled_from(TINY_ALPHABETS),
)
def test_collision_is_what_brute_force_finds(
    pattern: Pattern, other: Pattern, alphabet: Alphabet, other_alphabet: Alphabet
) -> None:
    """Two patterns collide iff some text over all symbols concerned reads as a code of both."""
    shared = accepted_texts(pattern, alphabet) & accepted_texts(other, other_alphabet)
    assert pattern.collides_with(alphabet, other, other_alphabet) == bool(shared)
    assert other.collides_with(other_alphabet, pattern, alphabet) == bool(shared)


@pytest.mark.parametrize(
    ("text", "other", "collides"),
    [
        ("SUMMER-####", "summer ## ##", True),
        ("SUMMER-####", "WINTER-####", False),
        ("SUMMER-####", "SUMMER-#####", False),
        ("OIL-##", "011-##", True),
        ("SALE##", "######", True),
        ("USA-##", "#####", False),
    ],
)
def test_collisions_people_meet(text: str, other: str, collides: bool) -> None:  # noqa: FBT001
    """Grouping does not keep patterns apart; a literal outside the other's alphabet does."""
    assert Pattern.parse(text).collides_with(CROCKFORD32, Pattern.parse(other), CROCKFORD32) is collides


def test_collision_depends_on_alphabets() -> None:
    """The same pattern collides with itself in overlapping alphabets only."""
    pattern = Pattern.parse("######")
    assert pattern.collides_with(DIGITS, pattern, CROCKFORD32)
    assert not pattern.collides_with(DIGITS, pattern, alphabet_from_text("custom:ABCDEF"))


def test_space_counts_codes() -> None:
    """The space of a pattern is the radix to the power of its random positions."""
    assert Pattern.parse("A-####").space(DIGITS) == 10_000
