"""Guess resistance: how many guesses a first hit costs on average."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from math import prod
from typing import Final

from couponry.domain.errors import InvalidValue

DEFAULT_GUESS_FLOOR: Final = 10**6
"""The fewest expected guesses a campaign accepts unless it says otherwise."""

_DIGIT_COUNT: Final = 10
_LETTER_COUNT: Final = 23
"""Letters that survive the look-alike fold: A-Z without O, I and L."""
_CHUNK: Final = 65_536


def expected_guesses(space: int, live_count: int) -> int:
    """Return the guesses a first hit is expected to take.

    Args:
        space: texts a guesser chooses from, 1 or more.
        live_count: codes that would be accepted, 0 or more.

    Returns:
        floor(space / live_count); the whole space while nothing is live.

    Raises:
        InvalidValue: `guess_space_invalid` for arguments out of range.
    """
    if space < 1 or live_count < 0:
        raise InvalidValue("guess_space_invalid", "a space has at least one text and no negative count of codes")
    return space // max(live_count, 1)


@dataclass(frozen=True)
class EstimatedSpace:
    """What an imported list's weakest group of equally long codes offers a guesser.

    Attributes:
        length: characters of the group's canonical codes.
        space: texts of the group's shape, judged from its characters.
        code_count: codes in the group.
    """

    length: int
    space: int
    code_count: int

    @property
    def expected_guesses(self) -> int:
        """Return the guesses a first hit in this group is expected to take, at least 1."""
        return max(expected_guesses(self.space, self.code_count), 1)


@dataclass
class _Group:
    """The codes of one length, seen so far: their number, and the characters at each position."""

    code_count: int = 0
    seen: list[set[str]] = field(default_factory=list)

    def add(self, length: int, codes: list[str]) -> None:
        if not self.seen:
            self.seen = [set() for _ in range(length)]
        text = "".join(codes)
        for position, characters in enumerate(self.seen):
            characters.update(text[position::length])
        self.code_count += len(codes)


def estimated_space(canonical_codes: Iterable[str]) -> EstimatedSpace | None:
    """Estimate the code space of an imported list, whose making nobody knows.

    Codes are grouped by length. A position where all codes of a group agree is a literal; one that
    shows digits counts 10, letters 23 (those that survive the fold), both 33, and each other
    character seen counts 1. A group of one code has no literals: its characters count by kind.

    Args:
        canonical_codes: distinct codes in canonical form (see `codes.canonical`); read once, at constant
            memory.

    Returns:
        the group that is easiest to guess, or None for an empty list.
    """
    groups: dict[int, _Group] = {}
    stream = iter(canonical_codes)
    while chunk := list(islice(stream, _CHUNK)):
        by_length: dict[int, list[str]] = {}
        for code in chunk:
            by_length.setdefault(len(code), []).append(code)
        for length, codes in by_length.items():
            groups.setdefault(length, _Group()).add(length, codes)
    estimates = [
        EstimatedSpace(length, prod(_choices(seen, group.code_count) for seen in group.seen), group.code_count)
        for length, group in groups.items()
    ]
    return min(estimates, key=lambda estimate: estimate.expected_guesses, default=None)


def _choices(seen: set[str], code_count: int) -> int:
    """Return how many characters one position seems to choose from."""
    if len(seen) == 1 and code_count > 1:
        return 1
    digits = {character for character in seen if character.isdecimal()}
    letters = {character for character in seen if character.isalpha()}
    return _DIGIT_COUNT * bool(digits) + _LETTER_COUNT * bool(letters) + len(seen - digits - letters)
