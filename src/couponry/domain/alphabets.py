"""Alphabets: the symbols a random position of a code may show, and how typed symbols are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from couponry.domain.errors import InvalidValue

MIN_SYMBOLS: Final = 2
MAX_SYMBOLS: Final = 36
CUSTOM: Final = "custom"
LOOK_ALIKES: Final = (frozenset("0O"), frozenset("1IL"))

_PRESET_SYMBOLS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "digits": "0123456789",
        "crockford32": "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
        "upper_alphanumeric": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "lower_alphanumeric": "0123456789abcdefghijklmnopqrstuvwxyz",
    }
)


@dataclass(frozen=True)
class Alphabet:
    """The symbols of a random position.

    Attributes:
        name: a preset's name, or "custom".
        symbols: 2 to 36 symbols in display order, out of 0-9, A-Z and a-z, distinct when compared
            upper-case; the place of a symbol is its digit.

    Raises:
        InvalidValue: `alphabet_invalid` for anything else.
    """

    name: str
    symbols: str

    def __post_init__(self) -> None:
        """Refuse what is no alphabet."""
        if self.name != CUSTOM and _PRESET_SYMBOLS.get(self.name) != self.symbols:
            raise _invalid(f"the name of an alphabet of one's own is {CUSTOM!r}")
        if not (self.symbols.isascii() and self.symbols.isalnum()):
            raise _invalid("symbols must be digits 0-9 and letters A-Z")
        if not MIN_SYMBOLS <= len(self.symbols) <= MAX_SYMBOLS:
            raise _invalid(f"an alphabet has {MIN_SYMBOLS} to {MAX_SYMBOLS} symbols")
        if len(set(self.symbols.upper())) != len(self.symbols):
            raise _invalid("each symbol may occur once, whatever its case")

    @property
    def text(self) -> str:
        """Return the text form that `alphabet_from_text` reads."""
        return f"{CUSTOM}:{self.symbols}" if self.name == CUSTOM else self.name

    @cached_property
    def has_look_alikes(self) -> bool:
        """Tell whether two of its symbols look alike, so that neither is read as the other."""
        symbols = frozenset(self.symbols.upper())
        return any(len(look_alikes & symbols) > 1 for look_alikes in LOOK_ALIKES)

    @property
    def radix(self) -> int:
        """Return the number of symbols, 2 to 36."""
        return len(self.symbols)

    @cached_property
    def digits(self) -> Mapping[str, int]:
        """Return the digit of every accepted symbol, by its upper-case form, look-alikes included.

        Where exactly one member of a look-alike class (0 O; 1 I L) is in the alphabet, every member
        reads as that one. Where several are, each reads as itself and an absent one is not accepted.
        """
        digits = {symbol: digit for digit, symbol in enumerate(self.symbols.upper())}
        for look_alikes in LOOK_ALIKES:
            present = look_alikes & digits.keys()
            if len(present) == 1:
                digits.update(dict.fromkeys(look_alikes, digits[next(iter(present))]))
        return MappingProxyType(digits)

    def digit(self, symbol: str) -> int | None:
        """Read one typed symbol.

        Args:
            symbol: one character in either case.

        Returns:
            its digit, 0 to radix - 1, or None where the alphabet does not accept it.
        """
        return self.digits.get(symbol.upper()) if symbol.isascii() else None


DIGITS: Final = Alphabet("digits", _PRESET_SYMBOLS["digits"])
CROCKFORD32: Final = Alphabet("crockford32", _PRESET_SYMBOLS["crockford32"])
UPPER_ALPHANUMERIC: Final = Alphabet("upper_alphanumeric", _PRESET_SYMBOLS["upper_alphanumeric"])
LOWER_ALPHANUMERIC: Final = Alphabet("lower_alphanumeric", _PRESET_SYMBOLS["lower_alphanumeric"])
DEFAULT_ALPHABET: Final = CROCKFORD32
PRESETS: Final[Mapping[str, Alphabet]] = MappingProxyType(
    {preset.name: preset for preset in (DIGITS, CROCKFORD32, UPPER_ALPHANUMERIC, LOWER_ALPHANUMERIC)}
)


def alphabet_from_text(text: str) -> Alphabet:
    """Read the text form of an alphabet.

    Args:
        text: a preset's name (`digits`, `crockford32`, `upper_alphanumeric`, `lower_alphanumeric`) or
            `custom:` followed by the symbols in display order, e.g. `custom:ACDEFGHJK`.

    Returns:
        the alphabet; its `.text` is the given text.

    Raises:
        InvalidValue: `alphabet_invalid` where the text is neither.
    """
    if text in PRESETS:
        return PRESETS[text]
    kind, colon, symbols = text.partition(":")
    if kind == CUSTOM and colon:
        return Alphabet(CUSTOM, symbols)
    raise _invalid(f"an alphabet is one of {', '.join(PRESETS)}, or {CUSTOM}:<symbols>")


def _invalid(message: str) -> InvalidValue:
    return InvalidValue("alphabet_invalid", message, field="alphabet")
