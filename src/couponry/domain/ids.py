"""Identifiers: a prefix that names the kind, then 26 symbols of lower-case Crockford base 32.

Most are time-ordered (made by `engine.identifiers`); a series has 13 random symbols, and the identifier of a coupon
of a series is arithmetic: the series' 13 symbols, then the index in 13, so that a code nobody touched needs no row.
"""

from couponry.domain.errors import InvalidValue

SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {symbol: value for value, symbol in enumerate(SYMBOLS)}
_PAIRS = tuple(first + second for first in SYMBOLS for second in SYMBOLS)
_HALF = 13
COUPON_PREFIX = "cpn_"


def to_base32(number: int, length: int) -> str:
    """Write a number in base 32.

    Args:
        number: 0 to 32**length - 1.
        length: how many symbols, most significant first.

    Returns:
        the text.
    """
    even = length & ~1
    text = "".join([_PAIRS[(number >> shift) & 1023] for shift in range(5 * (even - 2), -1, -10)])
    return text if even == length else SYMBOLS[number >> 5 * even] + text


def series_coupon_id(series_id: str, index: int) -> str:
    """Name the coupon at one index of a series.

    Args:
        series_id: `ser_` and 13 symbols.
        index: 0 to 2**62 - 1.

    Returns:
        `cpn_` and 26 symbols.
    """
    return f"{COUPON_PREFIX}{series_id[4:]}{to_base32(index, _HALF)}"


def require_unreserved(text: str, field: str) -> None:
    """Accept a code or pattern that cannot be taken for the identifier of a coupon.

    Args:
        text: as written.
        field: path of the input, for the message.

    Raises:
        InvalidValue: `code_reserved`.
    """
    if text.strip().lower().startswith(COUPON_PREFIX):
        raise InvalidValue(
            "code_reserved",
            f"{field} begins with {COUPON_PREFIX}, as the identifiers of coupons do; begin it with something else.",
            field=field,
        )


def split_coupon_id(coupon_id: str) -> tuple[str, int] | None:
    """Read series and index out of a coupon's identifier.

    Args:
        coupon_id: any text.

    Returns:
        the series' identifier and the index (whether such a series exists is another question), or None when the text
        is no coupon identifier.
    """
    body = coupon_id[4:]
    if not coupon_id.startswith(COUPON_PREFIX) or len(body) != 2 * _HALF or not _VALUES.keys() >= set(body):
        return None
    index = 0
    for symbol in body[_HALF:]:
        index = index << 5 | _VALUES[symbol]
    return f"ser_{body[:_HALF]}", index
