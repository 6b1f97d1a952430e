"""Amounts of money as people write them: `12.50 EUR`; inside there are only minor units."""

import re
from typing import Final

from couponry.domain.errors import InvalidValue
from couponry.domain.money import require_amount, require_currency

_WITHOUT_DECIMALS: Final = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905  # reads better than a list
)
_WITH_THREE_DECIMALS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_AMOUNT: Final = re.compile(r"\s*([0-9]{1,18})(?:\.([0-9]{1,18}))?\s*([A-Za-z]{3})\s*")


def decimals_of(currency: str) -> int:
    """Tell how many decimals a currency is written with (ISO 4217, minor unit)."""
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _WITH_THREE_DECIMALS else 2


def amount_text(amount_minor: int, currency: str) -> str:
    """Write an amount, such as `12.50 EUR`, `1250 JPY` or `-1.250 KWD`."""
    decimals = decimals_of(currency)
    sign = "-" if amount_minor < 0 else ""
    whole, rest = divmod(abs(amount_minor), 10**decimals)
    return f"{sign}{whole}.{rest:0{decimals}} {currency}" if decimals else f"{sign}{whole} {currency}"


def parse_amount(text: str, option: str) -> tuple[int, str]:
    """Read an amount; returns minor units and currency, or raises InvalidValue naming the option."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise InvalidValue("amount_invalid", f"{option} is '{text}'; write it like '12.50 EUR'.", field=option)
    whole, rest, currency = found[1], found[2] or "", found[3].upper()
    require_currency(currency, option)
    decimals = decimals_of(currency)
    if len(rest) > decimals:
        raise InvalidValue(
            "amount_invalid", f"{option} is '{text}'; {currency} is written with {decimals} decimals.", field=option
        )
    amount_minor = int(whole + rest.ljust(decimals, "0"))
    require_amount(amount_minor, option)
    return amount_minor, currency
