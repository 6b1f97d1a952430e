"""Patterns: the shape of a code, literal text with `#` for each random position."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from couponry.domain.alphabets import Alphabet
from couponry.domain.codes import MAX_CODE_LENGTH, fold_look_alikes, is_dash, squash
from couponry.domain.errors import InvalidValue

RANDOM: Final = "#"
MAX_RANDOM_POSITIONS: Final = 64
LITERAL_MARKS: Final = "_./+:"


@dataclass(frozen=True)
class Pattern:
    """The shape of a code, made by `Pattern.parse`.

    Attributes:
        text: the pattern as written; a code of it displays every literal as here.
        skeleton: the squashed text (see `codes.squash`): `#` for a random position, everything else is a
            literal. Blanks and dashes are gone, so one character here is one character to compare.
    """

    text: str
    skeleton: str

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a pattern.

        Args:
            text: 1 to 128 characters with 1 to 64 `#`, each a random position. Literals may hold
                letters and decimal digits of any script, blanks (Unicode Zs), dashes, and `_ . / + :`.

        Returns:
            the pattern.

        Raises:
            InvalidValue: `pattern_without_random_positions` where no `#` is in it, and
            `pattern_invalid` for any other broken rule.
        """
        if len(text) > MAX_CODE_LENGTH:
            raise _invalid(f"a pattern has at most {MAX_CODE_LENGTH} characters", length=len(text), max=MAX_CODE_LENGTH)
        for character in text:
            if character != RANDOM and not _may_be_literal(character):
                raise _invalid(
                    f"a pattern may hold #, letters, digits, blanks, dashes and {' '.join(LITERAL_MARKS)}; "
                    f"found U+{ord(character):04X}"
                )
        count = text.count(RANDOM)
        if count == 0:
            raise InvalidValue(
                "pattern_without_random_positions",
                "a pattern needs at least one #, the place of a random symbol",
                field="pattern",
            )
        if count > MAX_RANDOM_POSITIONS:
            raise _invalid(f"a pattern has at most {MAX_RANDOM_POSITIONS} #", count=count, max=MAX_RANDOM_POSITIONS)
        return cls(text, _skeleton(text))

    @cached_property
    def position_count(self) -> int:
        """Return the number of random positions, 1 to 64."""
        return self.skeleton.count(RANDOM)

    @cached_property
    def folded_skeleton(self) -> str:
        """Return the skeleton with its literals read as look-alikes: a literal O accepts a typed 0."""
        return fold_look_alikes(self.skeleton)

    def space(self, alphabet: Alphabet) -> int:
        """Return how many codes this pattern can show in an alphabet: radix to the power of positions."""
        space: int = alphabet.radix**self.position_count
        return space

    def collides_with(self, alphabet: Alphabet, other: Pattern, other_alphabet: Alphabet) -> bool:
        """Tell whether some typed text could be read as a code of both patterns.

        Args:
            alphabet: the alphabet of this pattern's random positions.
            other: the other pattern.
            other_alphabet: the alphabet of the other pattern's random positions.

        Returns:
            True iff the skeletons are equally long and at every position the sets of accepted
            symbols, look-alikes included, have a member in common.
        """
        ours, theirs = frozenset(alphabet.digits), frozenset(other_alphabet.digits)
        if len(self.skeleton) != len(other.skeleton):
            return False
        kinds = set(zip(self.folded_skeleton, other.folded_skeleton, strict=True))
        return all(_meet(mine, ours, yours, theirs) for mine, yours in kinds)


def _meet(mine: str, ours: frozenset[str], yours: str, theirs: frozenset[str]) -> bool:
    """Tell whether one position of two folded skeletons has an accepted character in common."""
    if mine == RANDOM and yours == RANDOM:
        return not ours.isdisjoint(theirs)
    if mine == RANDOM:
        return any(fold_look_alikes(symbol) == yours for symbol in ours)
    if yours == RANDOM:
        return any(fold_look_alikes(symbol) == mine for symbol in theirs)
    return mine == yours


def _may_be_literal(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category in {"Nd", "Zs"} or character in LITERAL_MARKS or is_dash(character)


def _skeleton(text: str) -> str:
    """Squash a pattern, in which a ligature or a sharp s may become longer, as it does in typed text.

    A random symbol never melts into the literal after it: no letter of Unicode squashes to a combining
    mark that joins an ASCII symbol (tested on all).
    """
    try:
        return squash(text)
    except InvalidValue as error:
        raise _invalid(f"this pattern cannot be typed as a code: {error.message}") from error


def _invalid(message: str, **values: object) -> InvalidValue:
    return InvalidValue("pattern_invalid", message, field="pattern", **values)
