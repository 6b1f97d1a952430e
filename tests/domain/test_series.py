"""Series: index to code and back, every slip in typing, tails, edges, and no duplicates."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from couponry.domain.alphabets import (
    CROCKFORD32,
    DIGITS,
    PRESETS,
    UPPER_ALPHANUMERIC,
    Alphabet,
    alphabet_from_text,
)
from couponry.domain.codes import squash
from couponry.domain.errors import InvalidValue
from couponry.domain.patterns import Pattern
from couponry.domain.series import CHUNK, Series, fits_series

KEY = bytes(range(32))
LITERALS = st.text("AOIL01xyz-_ ./+:éßﬁ夏\uff21", max_size=4)
ALPHABETS = st.sampled_from(list(PRESETS.values())) | st.builds(
    lambda symbols, count: alphabet_from_text("custom:" + "".join(symbols[:count])),
    st.permutations("0123456789abcdefghijkLMNOPQRSTUVWXYZ"),
    st.integers(2, 36),
)


def series_of(text: str, alphabet: Alphabet = CROCKFORD32, key: bytes = KEY) -> Series:
    return Series(Pattern.parse(text), alphabet, key)


@st.composite
def random_series(draw: st.DrawFn) -> Series:
    alphabet = draw(ALPHABETS)
    shortest = next(count for count in range(1, 21) if alphabet.radix**count >= 10**6)
    count = draw(st.integers(shortest, 64))
    cuts = sorted(draw(st.sets(st.integers(0, count), max_size=4)))
    text = ""
    for start, stop in zip([0, *cuts], [*cuts, count], strict=True):
        text += "#" * (stop - start) + draw(LITERALS)
    return Series(Pattern.parse(text), alphabet, draw(st.binary(min_size=32, max_size=32)))


def some_indices(data: st.DataObject, series: Series) -> list[int]:
    last = series.capacity - 1
    return data.draw(st.lists(st.integers(0, last) | st.sampled_from([0, last]), min_size=1, max_size=8))


def texts_of(rows: npt.NDArray[np.uint8]) -> list[str]:
    return [row.tobytes().decode() for row in rows]


def slip(data: st.DataObject, code: str, alphabet: Alphabet) -> str:
    """Type a code as people and phones do, within what is promised to be read."""
    spellings: list[str] = []
    for symbol in code:
        alike = [other for other, digit in alphabet.digits.items() if digit == alphabet.digit(symbol)]
        forms = [symbol, symbol.lower(), symbol.upper(), *alike, *(other.lower() for other in alike)]
        forms += [chr(ord(form) + 0xFEE0) for form in forms if "!" <= form <= "~"]
        spellings.append(data.draw(st.sampled_from(forms)))
        spellings.append(
            data.draw(st.sampled_from(["", "", "", " ", "-", "\u2013", "\u00a0", "\u2212", "\t", "\u200b"]))
        )
    return "".join(spellings)


@settings(deadline=None)
@given(random_series(), st.data())
def test_round_trip_of_any_series(series: Series, data: st.DataObject) -> None:
    """Encoding and decoding undo each other, one by one and vectorised alike, on any space."""
    indices = some_indices(data, series)
    codes = [series.encode(index) for index in indices]
    assert [series.decode(code) for code in codes] == indices
    assert len(set(codes)) == len(set(indices))
    assert texts_of(series.encode_indices(np.array(indices, np.uint64))) == codes
    assert series.decode_many(codes).tolist() == indices


@settings(deadline=None)
@given(random_series(), st.data())
def test_range_equals_one_by_one(series: Series, data: st.DataObject) -> None:
    """A range of codes, as rows or as lines, holds what each index encodes to."""
    count = data.draw(st.integers(0, 5))
    first = data.draw(st.integers(0, series.capacity - count) | st.just(series.capacity - count))
    codes = [series.encode(index) for index in range(first, first + count)]
    assert texts_of(series.encode_range(first, count)) == codes
    assert series.lines(first, count).decode() == "".join(f"{code}\n" for code in codes)


@pytest.mark.parametrize("alphabet", PRESETS.values(), ids=PRESETS)
@settings(deadline=None, max_examples=50)
@given(data=st.data(), count=st.integers(6, 20))
def test_slips_in_typing_find_the_same_coupon(alphabet: Alphabet, data: st.DataObject, count: int) -> None:
    """Case, blanks, dashes, full-width forms and look-alikes lead to the index meant, never to another."""
    series = series_of("#" * count, alphabet)
    index = data.draw(st.integers(0, series.capacity - 1))
    typed = slip(data, series.encode(index), alphabet)
    assert series.decode(typed) == index
    assert series.decode_many([typed, typed[::-1]])[0] == index


@pytest.mark.parametrize("typed", ["OIL-{}", "oil {}", "011{}", "0 i-1{}", "\uff2fIL\u2013{}", " Oi\u200bl{} "])
def test_slips_in_literals(typed: str) -> None:
    """Look-alikes in a literal are read as each other, whichever the pattern shows."""
    for literal in ("OIL-", "011", "oIl "):
        series = series_of(f"{literal}########")
        shown = series.encode(4711).removeprefix(literal)
        text = typed.format(shown)
        assert series.decode(text) == series.decode_many([text])[0] == 4711


@settings(deadline=None)
@given(st.data())
def test_both_look_alikes_stay_apart(data: st.DataObject) -> None:
    """In an alphabet with both O and 0, swapping them never reads as the coupon meant."""
    series = series_of("########", UPPER_ALPHANUMERIC)
    index = data.draw(st.integers(0, series.capacity - 1))
    code = series.encode(index)
    swapped = code.translate(str.maketrans("0O", "O0"))
    assert (series.decode(swapped) == index) == (swapped == code)


@settings(deadline=None)
@given(st.text(max_size=20) | st.text("0OIL1aAuU- \t\x00\x01\x1c!_+\u0661\uff10é", max_size=24))
def test_any_text_reads_the_same_both_ways(text: str) -> None:
    """Text that is no code is None or -1, never an error, and the vectorised reading agrees."""
    for series in (series_of("A1-####"), series_of("é####"), series_of("_####+##", DIGITS)):
        index = series.decode(text)
        near = "_" + text + "+00"
        found = [-1 if one is None else one for one in (index, series.decode(near))]
        assert series.decode_many([text, near]).tolist() == found
        if index is not None:
            assert squash(series.encode(index)).translate(str.maketrans("OIL", "011")) == squash(text).translate(
                str.maketrans("OIL", "011")
            )


def test_decode_many_keeps_places_across_chunks() -> None:
    """A long list with strangers in it gives each text its own answer at its own place."""
    series = series_of("SALE-####-####")
    codes = series.lines(0, 2 * CHUNK + 10).decode().splitlines()
    expected = np.arange(len(codes), dtype=np.int64)
    assert np.array_equal(series.decode_many(codes), expected)
    strangers = {
        0: "",
        5: "é",
        CHUNK: "x" * 200,
        CHUNK + 1: "A\0B",
        2 * CHUNK: "SALF" + codes[0][4:],
        2 * CHUNK + 9: "\ud800",
    }
    strangers[7] = codes[7] + " " * 200
    for place, stranger in strangers.items():
        codes[place] = stranger
        expected[place] = -1
    codes[6] = codes[6].lower().replace("-", "\u2013")
    assert np.array_equal(series.decode_many(codes), expected)
    assert series.decode_many([]).shape == (0,)


@pytest.mark.parametrize(
    ("text", "alphabet"), [("#" * 16, CROCKFORD32), ("#" * 32, DIGITS), ("AB-" + "#" * 13, CROCKFORD32)]
)
def test_changed_tail_is_no_code(text: str, alphabet: Alphabet) -> None:
    """Any other symbol in the tail makes the text no code of the series."""
    series = series_of(text, alphabet)
    cipher_length = 12 if alphabet.radix == 32 else 18
    for index in (0, 4711, series.capacity - 1):
        code = series.encode(index)
        places = [place for place, character in enumerate(text) if character == "#"][cipher_length:]
        changed = [
            code[:place] + symbol + code[place + 1 :]
            for place in places
            for symbol in alphabet.symbols
            if symbol != code[place]
        ]
        changed += [code[: places[0]] + "!" * len(places)]
        assert {series.decode(one) for one in changed} == {None}
        assert set(series.decode_many(changed).tolist()) == {-1}


def test_guesses_beyond_the_capacity_are_no_codes() -> None:
    """Where the space is larger than the indices, the texts without an index are none, both ways."""
    series = series_of("#" * 64, alphabet_from_text("custom:AB"))
    rows = np.frombuffer(b"AB", np.uint8)[np.random.default_rng(2).integers(0, 2, (400, 64))]
    found = series.decode_many(texts_of(rows)).tolist()
    assert found == [-1 if index is None else index for index in map(series.decode, texts_of(rows))]
    assert 60 < sum(index >= 0 for index in found) < 140
    assert max(found) < series.capacity


def test_random_guesses_do_not_hit_a_tail() -> None:
    """Of 100,000 guesses at a space with six tail symbols, none is a code."""
    series = series_of("#" * 18)
    symbols = np.frombuffer(CROCKFORD32.symbols.encode(), np.uint8)
    rows = symbols[np.random.default_rng(1).integers(0, 32, (100_000, 18))]
    assert (series.decode_many(texts_of(rows)) == -1).all()


@pytest.mark.parametrize("count", [8, 16])
def test_another_key_is_another_series(count: int) -> None:
    """Codes of one key read as other indices, or as none, under another key."""
    ours, theirs = series_of("#" * count), series_of("#" * count, key=bytes(32))
    codes = ours.lines(0, 1000).decode().split()
    assert codes != theirs.lines(0, 1000).decode().split()
    read = theirs.decode_many(codes)
    assert not (read == np.arange(1000)).any()
    if count > 12:
        assert (read == -1).all()


def test_codes_do_not_change_between_releases() -> None:
    """Printed coupons stay valid: the codes of a known key are pinned."""
    assert [series_of("S-####-####").encode(index) for index in (0, 1)] == ["S-5EDZ-HKQK", "S-1R4Q-W280"]
    assert series_of("#" * 20, UPPER_ALPHANUMERIC).encode(10**12) == "1Q2EXT1HDO4AK4GE7PVI"


@pytest.mark.parametrize(
    ("text", "alphabet", "capacity"),
    [
        ("####", CROCKFORD32, 32**4),
        ("######", DIGITS, 10**6),
        ("#" * 7, DIGITS, 10**7),
        ("#" * 12, CROCKFORD32, 2**60),
        ("#" * 13, CROCKFORD32, 2**60),
        ("#" * 18, DIGITS, 10**18),
        ("#" * 64, DIGITS, 10**18),
        ("#" * 12, UPPER_ALPHANUMERIC, 2**62),
        ("#" * 64, UPPER_ALPHANUMERIC, 2**62),
        ("#" * 64, alphabet_from_text("custom:AB"), 2**62),
        ("#" * 62, alphabet_from_text("custom:01"), 2**62),
        ("#" * 20, alphabet_from_text("custom:01"), 2**20),
        ("#" * 64, alphabet_from_text("custom:ABC"), 2**62),
    ],
)
def test_edges_of_the_index(text: str, alphabet: Alphabet, capacity: int) -> None:
    """The first and the last index work in every form; the ones beside them are refused."""
    series = series_of(text, alphabet)
    assert (series.capacity, series.space) == (capacity, alphabet.radix ** len(text))
    for index in (0, capacity - 1):
        code = series.encode(index)
        assert series.decode(code) == series.decode_many([code])[0] == index
        assert texts_of(series.encode_range(index, 1)) == texts_of(series.encode_indices(np.array([index]))) == [code]
    for index in (-1, capacity):
        for refused in (
            lambda index=index: series.encode(index),
            lambda index=index: series.encode_range(index, 1),
            lambda index=index: series.lines(index - 1, 2) if index > 0 else series.lines(index, 2),
            lambda index=index: series.encode_indices(np.array([index, 0], np.int64)),
        ):
            with pytest.raises(InvalidValue) as refusal:
                refused()
            assert (refusal.value.code, refusal.value.values["capacity"]) == ("index_out_of_range", capacity)


def test_empty_and_negative_counts() -> None:
    """No codes are no bytes, even at the end; a negative count is refused."""
    series = series_of("######", DIGITS)
    assert series.lines(10**6, 0) == b""
    assert series.encode_range(0, 0).shape == (0, 6)
    assert series.encode_indices(np.array([], np.int64)).shape == (0, 6)
    with pytest.raises(InvalidValue) as refusal:
        series.lines(0, -1)
    assert refusal.value.code == "count_invalid"


def test_whole_small_space_is_a_bijection() -> None:
    """A space of exactly a million gives every text once, and reads every text back."""
    series = series_of("######", DIGITS)
    codes = series.lines(0, 10**6).decode().split()
    assert sorted(map(int, codes)) == list(range(10**6))
    assert np.array_equal(series.decode_many(codes), np.arange(10**6))


def test_ten_million_codes_without_a_duplicate() -> None:
    """Ten million codes of one series are ten million different codes."""
    series = series_of("#" * 12)
    digit_of = np.zeros(256, np.uint64)
    digit_of[np.frombuffer(CROCKFORD32.symbols.encode(), np.uint8)] = np.arange(32)
    packed = np.zeros(10**7, np.uint64)
    step = 500_000
    for first in range(0, len(packed), step):
        part = packed[first : first + step]
        for column in series.encode_range(first, step).T:
            part <<= np.uint64(5)
            part |= digit_of[column]
    packed.sort()
    assert (packed[1:] != packed[:-1]).all()


@pytest.mark.parametrize(("text", "fits"), [("###", False), ("####", True), ("A###B", False)])
def test_small_spaces_are_no_series(text: str, fits: bool) -> None:  # noqa: FBT001
    """A space below a million is refused, with its size, and known beforehand."""
    assert fits_series(Pattern.parse(text), CROCKFORD32) is fits
    if not fits:
        with pytest.raises(InvalidValue) as refusal:
            series_of(text)
        assert (refusal.value.code, refusal.value.values["space"]) == ("space_too_small", 32**3)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_key_of_another_length_is_refused(length: int) -> None:
    """A series key has exactly 32 bytes, and a refusal does not show it."""
    with pytest.raises(InvalidValue) as refusal:
        series_of("########", key=b"s" * length)
    assert refusal.value.code == "key_invalid"
    assert "sss" not in f"{refusal.value.message}{refusal.value.values}"


def test_literals_outside_ascii_show_as_written() -> None:
    """A pattern with other scripts shows its literals unchanged and counts its bytes."""
    series = series_of("Été-夏-######")
    code = series.encode(5)
    assert code.startswith("Été-夏-")
    assert series.display_bytes == len(code.encode()) == series.encode_range(0, 1).shape[1]
    assert series.decode(code.lower().replace("é", "e\u0301")) == 5
    assert series.decode_many([code, "ete夏000000"]).tolist() == [5, -1]
