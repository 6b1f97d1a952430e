"""Series: a code space whose codes are a keyed permutation of a counter, so that none is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from couponry.domain.alphabets import Alphabet
from couponry.domain.codes import ASCII_CANONICAL, ASCII_SKIPPED, MAX_CODE_LENGTH, fold_look_alikes, squash
from couponry.domain.errors import InvalidValue
from couponry.domain.ff1 import (
    BLOCK_BYTES,
    MAX_HALF,
    MIN_DOMAIN,
    BlockCipher,
    HalvesCipher,
    Numbers,
    memory_order,
)
from couponry.domain.patterns import RANDOM, Pattern

MIN_SERIES_SPACE: Final = MIN_DOMAIN
MAX_CAPACITY: Final = 2**62
KEY_BYTES: Final = 32
CHUNK: Final = 32_768
"""Codes per vectorised step: its arrays stay in the processor's cache."""

Rows = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.uint64] | npt.NDArray[np.int64]
Found = npt.NDArray[np.int64]

_ABSENT: Final = -1
_NO_DIGIT: Final = 255
_SEPARATOR: Final = "\0"
_PYTHON_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_FF1_LABEL: Final = b"couponry series v1 ff1"
_TAIL_LABEL: Final = b"couponry series v1 tail"
_TAIL_BLOCK_LABEL: Final = int.from_bytes(b"tail", "big")


def fits_series(pattern: Pattern, alphabet: Alphabet) -> bool:
    """Tell whether a code space is large enough for a series: at least 1,000,000 codes.

    Source: NIST SP 800-38G Rev. 1, the smallest domain of FF1.
    """
    return pattern.space(alphabet) >= MIN_SERIES_SPACE


@dataclass(frozen=True, slots=True)
class Reading:
    """What a series makes of a text of its shape.

    Attributes:
        index: of the code that reads so, 0 to capacity - 1; None where no code does.
        code: the text in display form.
    """

    index: int | None
    code: str


class Series:
    """The cipher of one code space: index to code and back, one by one or vectorised.

    The first c random positions are FF1 of the index; c is the largest number of positions whose longer
    half has at most 2 ** 32 values. The others are a keyed tail: a pseudo-random function of the
    index, checked on decoding. Threads may share an object: it never changes but for values computed
    once, and AES encryptors are kept per thread.

    Attributes:
        capacity: number of indices, min(radix ** c, 2 ** 62); indices run from 0 to capacity - 1.
        space: radix ** n, the number of texts a guesser has to choose from.
        display_bytes: bytes of one code in UTF-8.
    """

    def __init__(self, pattern: Pattern, alphabet: Alphabet, key: bytes) -> None:
        """Describe the space; the cipher's keys are derived when first needed.

        Args:
            pattern: the shape of the codes.
            alphabet: the symbols of its random positions.
            key: the series key, 32 secret bytes; FF1 and tail each get a key derived from it.

        Raises:
            InvalidValue: `space_too_small` below 1,000,000 codes, or `key_invalid` for another length of key.
        """
        if len(key) != KEY_BYTES:
            raise InvalidValue("key_invalid", f"a series key has {KEY_BYTES} bytes", length=len(key))
        self.pattern, self.alphabet, self._key = pattern, alphabet, key
        self.space = pattern.space(alphabet)
        if not fits_series(pattern, alphabet):
            raise InvalidValue(
                "space_too_small",
                f"a series needs a space of at least {MIN_SERIES_SPACE} codes; this one has {self.space}",
                field="pattern",
                space=self.space,
                min=MIN_SERIES_SPACE,
            )
        radix = self._radix = alphabet.radix
        self._half = _longest_half(radix)
        self._cipher_length = min(pattern.position_count, 2 * self._half)
        self._left_length = self._cipher_length // 2
        self.capacity = min(radix**self._cipher_length, MAX_CAPACITY)
        self._tail_lengths = _group_lengths(pattern.position_count - self._cipher_length, self._half)
        self._template = np.frombuffer(pattern.text.encode(), np.uint8)
        self.display_bytes = len(self._template)
        self._prepare_reading()

    def _prepare_reading(self) -> None:
        skeleton, folded = self.pattern.skeleton, self.pattern.folded_skeleton
        self._literal_runs = tuple(
            (start, stop, folded[start:stop]) for start, stop in _runs(skeleton, is_random=False)
        )
        self._random_runs = _runs(skeleton, is_random=True)
        values = bytearray([_NO_DIGIT]) * 256
        for symbol, digit in self.alphabet.digits.items():
            values[ord(symbol)] = values[ord(symbol.lower())] = digit
        self._digit_values = bytes(values)
        self._shown_symbols = bytes.maketrans(
            _PYTHON_DIGITS[: self._radix].encode(), self.alphabet.symbols.encode("ascii")
        )
        self._digit_texts = bytes(ord("!") if value == _NO_DIGIT else ord(_PYTHON_DIGITS[value]) for value in values)

    @cached_property
    def _cipher(self) -> HalvesCipher:
        return HalvesCipher(_derived_key(self._key, _FF1_LABEL), self._radix, self._cipher_length)

    @cached_property
    def _tail_cipher(self) -> BlockCipher:
        return BlockCipher(_derived_key(self._key, _TAIL_LABEL))

    def encode(self, index: int) -> str:
        """Return the code of one index in display form.

        Args:
            index: 0 to capacity - 1.

        Raises:
            InvalidValue: `index_out_of_range`.
        """
        if not 0 <= index < self.capacity:
            raise self._out_of_range(index)
        cipher, symbols, radix = self._cipher, self.alphabet.symbols, self._radix
        left, right = cipher.encrypt(*divmod(index, cipher.right_size))
        groups = [(left, self._left_length), (right, self._cipher_length - self._left_length)]
        groups += zip(self._tail(index), self._tail_lengths, strict=True)
        shown: list[str] = []
        for rest, count in groups:
            digits = []
            for _ in range(count):
                rest, digit = divmod(rest, radix)  # noqa: PLW2901
                digits.append(symbols[digit])
            shown += reversed(digits)
        take = iter(shown).__next__
        return "".join([take() if character == RANDOM else character for character in self.pattern.text])

    def decode(self, typed: str) -> int | None:
        """Return the index of a code as a person typed it.

        Case, blanks and dashes anywhere, full-width forms and, where the alphabet allows it,
        look-alikes make no difference. Never raises: what cannot be read is no code.

        Args:
            typed: any text.

        Returns:
            0 to capacity - 1, or None for anything that is not a code of this space.
        """
        reading = self.read(typed)
        return None if reading is None else reading.index

    def read(self, typed: str) -> Reading | None:
        """Read a text that a person typed, by the same rules as `decode`.

        Args:
            typed: any text.

        Returns:
            the index, where a code reads so, and how that code is shown; None for another shape.
        """
        digits = self._digits(typed)
        return None if digits is None else Reading(self._index(digits), self._shown(digits))

    def _shown(self, digits: bytes) -> str:
        """Write the code of some digits in display form."""
        take = iter(digits.translate(self._shown_symbols).decode("ascii")).__next__
        return "".join([take() if character == RANDOM else character for character in self.pattern.text])

    def _index(self, digits: bytes) -> int | None:
        """Decrypt the digits of a text of this shape, and check their tail."""
        left = int(digits[: self._left_length], self._radix)
        right = int(digits[self._left_length : self._cipher_length], self._radix)
        cipher = self._cipher
        left, right = cipher.decrypt(left, right)
        index = left * cipher.right_size + right
        return index if index < self.capacity and self._has_tail(index, digits) else None

    def _digits(self, typed: str) -> bytes | None:
        """Return the random positions of a typed text as digits that `int` reads; None for another shape."""
        try:
            text = squash(typed)
        except InvalidValue:
            return None
        if len(text) != len(self.pattern.skeleton):
            return None
        for start, stop, literal in self._literal_runs:
            if fold_look_alikes(text[start:stop]) != literal:
                return None
        shown = "".join([text[start:stop] for start, stop in self._random_runs])
        digits = shown.encode("ascii", "replace").translate(self._digit_texts)
        return None if b"!" in digits else digits

    def encode_range(self, first: int, count: int) -> Rows:
        """Return the display forms of consecutive indices as UTF-8 bytes.

        Args:
            first: index of the first code, 0 to capacity - 1.
            count: codes, 0 to capacity - first; the answer takes count * display_bytes bytes.

        Returns:
            shape (count, display_bytes).

        Raises:
            InvalidValue: `count_invalid` for a negative count, or `index_out_of_range`.
        """
        return self._range_rows(first, count, self._template)

    def encode_indices(self, indices: Indices) -> Rows:
        """Return the display forms of chosen indices as UTF-8 bytes.

        Args:
            indices: shape (n,), each 0 to capacity - 1, in any order.

        Returns:
            shape (n, display_bytes), in the order given.

        Raises:
            InvalidValue: `index_out_of_range`.
        """
        rows = self._blank_rows(len(indices), self._template)
        if len(indices):
            for extreme in (int(indices.min()), int(indices.max())):
                if not 0 <= extreme < self.capacity:
                    raise self._out_of_range(extreme)
        numbers = indices.astype(np.uint64)
        for start in range(0, len(rows), CHUNK):
            self._write(rows[start : start + CHUNK], numbers[start : start + CHUNK])
        return rows

    def lines(self, first: int, count: int) -> bytes:
        """Return the codes of consecutive indices in UTF-8, each followed by a line feed.

        Arguments and raises are those of `encode_range`. To stream, ask for 65,536 at a time.
        """
        return self._range_rows(first, count, np.append(self._template, np.uint8(ord("\n")))).tobytes()

    def decode_many(self, texts: Sequence[str]) -> Found:
        """Decode many typed codes, each exactly as `decode` does.

        Args:
            texts: n texts. Quick where the pattern's literals are ASCII; others are read one by one.

        Returns:
            shape (n,): an index each, or -1 for a text that is not a code of this space.
        """
        if not self.pattern.skeleton.isascii():
            decoded = (self.decode(text) for text in texts)
            return np.fromiter((_ABSENT if index is None else index for index in decoded), np.int64, len(texts))
        found = np.full(len(texts), _ABSENT, np.int64)
        for start in range(0, len(texts), CHUNK):
            self._read(texts[start : start + CHUNK], found[start : start + CHUNK])
        return found

    # Writing

    def _range_rows(self, first: int, count: int, template: Rows) -> Rows:
        if count < 0:
            raise InvalidValue("count_invalid", "a count of codes is 0 or more", field="count", count=count)
        if count and not 0 <= first <= self.capacity - count:
            raise self._out_of_range(first if first < 0 else first + count - 1)
        rows = self._blank_rows(count, template)
        for start in range(0, count, CHUNK):
            numbers = np.arange(first + start, first + min(start + CHUNK, count), dtype=np.uint64)
            self._write(rows[start : start + CHUNK], numbers)
        return rows

    def _blank_rows(self, count: int, template: Rows) -> Rows:
        rows = np.empty((count, len(template)), np.uint8)
        rows[:] = template
        return rows

    def _write(self, rows: Rows, indices: Numbers) -> None:
        """Write the random symbols of codes into rows that already hold the literals."""
        lefts, rights = self._cipher.encrypt_many(*self._cipher.split(indices))
        columns = iter(np.flatnonzero(self._template == ord(RANDOM)).tolist())
        groups = [(lefts, self._left_length), (rights, self._cipher_length - self._left_length)]
        groups += zip(self._tails(indices), self._tail_lengths, strict=True)
        symbols = np.frombuffer(self.alphabet.symbols.encode(), np.uint8)
        radix = np.uint64(self._radix)
        for numbers, count in groups:
            rest = numbers
            for column in reversed([next(columns) for _ in range(count)]):
                quotient = rest // radix
                digits = rest - quotient * radix
                rows[:, column] = symbols.take(digits.view(np.int64))
                rest = quotient

    # Reading

    def _read(self, texts: Sequence[str], found: Found) -> None:
        """Decode one chunk where the skeleton is ASCII."""
        raw, lengths = _typed_bytes(texts)
        squashed = raw.translate(None, ASCII_SKIPPED)
        ends = np.flatnonzero(np.frombuffer(squashed, np.uint8) == 0)
        starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
        width = len(self.pattern.skeleton)
        places = np.flatnonzero((ends - starts == width) & (lengths <= MAX_CODE_LENGTH))
        if len(places) == len(texts):
            cells = np.arange(len(squashed)).reshape(-1, width + 1)[:, :width].T
        else:
            cells = starts[places] + np.arange(width)[:, None]
        folded = np.frombuffer(squashed.translate(ASCII_CANONICAL), np.uint8)
        fits = np.ones(len(places), np.bool_)
        for start, _, literal in self._literal_runs:
            for place, character in enumerate(literal.encode(), start):
                fits &= folded[cells[place]] == character
        values = np.frombuffer(squashed.translate(self._digit_values), np.uint8)
        positions = [place for run in self._random_runs for place in range(*run)]
        digits = [values[cells[place]] for place in positions]
        for column in digits:
            fits &= column != _NO_DIGIT
        found[places[fits]] = self._decrypt_columns([column[fits] for column in digits])

    def _decrypt_columns(self, digits: list[Rows]) -> Found:
        """Return the indices of codes given as one array of digits per random position, or -1."""
        cut = self._left_length
        numbers = [self._number(digits[:cut]), self._number(digits[cut : self._cipher_length])]
        indices = self._cipher.join(*self._cipher.decrypt_many(*numbers))
        fits = indices < np.uint64(self.capacity)
        start = self._cipher_length
        for expected, count in zip(self._tails(indices), self._tail_lengths, strict=True):
            fits &= self._number(digits[start : start + count]) == expected
            start += count
        return np.where(fits, indices.view(np.int64), np.int64(_ABSENT))

    def _number(self, digits: list[Rows]) -> Numbers:
        total = digits[0].astype(np.uint64)
        for column in digits[1:]:
            total *= np.uint64(self._radix)
            total += column
        return total

    # The keyed tail: group g of an index is AES(index || "tail" || g) as a number, modulo its size

    def _tail(self, index: int) -> Iterator[int]:
        for group, count in enumerate(self._tail_lengths):
            block = index.to_bytes(8, "big") + (_TAIL_BLOCK_LABEL << 32 | group).to_bytes(8, "big")
            yield int.from_bytes(self._tail_cipher.encrypt(block)[:8], "big") % self._radix**count

    def _has_tail(self, index: int, digits: bytes) -> bool:
        """Tell whether the digits after the cipher's are this index's tail."""
        start = self._cipher_length
        for expected, count in zip(self._tail(index), self._tail_lengths, strict=True):
            if int(digits[start : start + count], self._radix) != expected:
                return False
            start += count
        return True

    def _tails(self, indices: Numbers) -> Iterator[Numbers]:
        if not self._tail_lengths:
            return
        blocks = np.empty((len(indices), 2), np.uint64)
        blocks[:, 0] = memory_order(indices)
        answer = np.empty(BLOCK_BYTES * len(indices) + BLOCK_BYTES - 1, np.uint8)
        for group, count in enumerate(self._tail_lengths):
            blocks[:, 1] = memory_order(np.array([_TAIL_BLOCK_LABEL << 32 | group], np.uint64))
            yield self._tail_cipher.leading_numbers(blocks, answer) % np.uint64(self._radix**count)

    def _out_of_range(self, index: int) -> InvalidValue:
        return InvalidValue(
            "index_out_of_range",
            f"this series has the indices 0 to {self.capacity - 1}",
            field="index",
            index=index,
            capacity=self.capacity,
        )


def _typed_bytes(texts: Sequence[str]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """Return texts as ASCII, each with a zero byte after it, and the typed length of each.

    A text that could not match an ASCII skeleton, or holds a zero byte, becomes empty.
    """
    joined = _SEPARATOR.join(texts) + _SEPARATOR
    if not joined.isascii() or joined.count(_SEPARATOR) != len(texts):
        joined = _SEPARATOR.join([_ascii_form(text) for text in texts]) + _SEPARATOR
    raw = joined.encode()
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == 0)
    return raw, np.diff(ends, prepend=-1) - 1


def _ascii_form(text: str) -> str:
    if text.isascii():
        return text if _SEPARATOR not in text else ""
    try:
        form = squash(text)
    except InvalidValue:
        return ""
    return form if form.isascii() else ""


def _derived_key(key: bytes, label: bytes) -> bytes:
    """Derive an independent key (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(key)


def _longest_half(radix: int) -> int:
    """Return the most digits whose numbers fit a half of the cipher."""
    half = 1
    while radix ** (half + 1) <= MAX_HALF:
        half += 1
    return half


def _group_lengths(count: int, longest: int) -> tuple[int, ...]:
    return tuple(min(longest, count - start) for start in range(0, count, longest))


def _runs(skeleton: str, *, is_random: bool) -> tuple[tuple[int, int], ...]:
    """Return the (start, stop) of every stretch of random positions, or of literals."""
    places = [place for place, character in enumerate(skeleton) if (character == RANDOM) == is_random]
    starts = [place for place in places if place - 1 not in places]
    stops = [place + 1 for place in places if place + 1 not in places]
    return tuple(zip(starts, stops, strict=True))
