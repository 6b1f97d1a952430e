"""Money: integers in minor units of an ISO 4217 currency, and the split of an amount whose parts sum to the whole."""

from collections.abc import Sequence

from couponry.domain.errors import InvalidValue

MAX_AMOUNT_MINOR = 10**15
"""Largest amount of an order, a benefit or a balance, in minor units; far below 2**63, so that sums cannot overflow."""

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
    TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905  # a table reads better than a list of 150 strings
)
"""Active national currencies, by their ISO 4217 code (list of 2025)."""


def require_currency(code: str, field: str) -> None:
    """Accept an ISO 4217 code in capitals.

    Args:
        code: three letters.
        field: path of the input, for the message.

    Raises:
        InvalidValue: `currency_unknown`.
    """
    if code not in CURRENCIES:
        raise InvalidValue(
            "currency_unknown",
            f"'{code[:16]}' is no active ISO 4217 currency; write three capitals such as EUR.",
            field=field,
        )


def require_amount(amount_minor: int, field: str, *, minimum: int = 0) -> None:
    """Accept an amount that cannot overflow.

    Args:
        amount_minor: in minor units.
        field: path of the input, for the message.
        minimum: smallest amount allowed.

    Raises:
        InvalidValue: `amount_out_of_range`.
    """
    if not minimum <= amount_minor <= MAX_AMOUNT_MINOR:
        raise InvalidValue(
            "amount_out_of_range",
            f"{field} is {amount_minor}; it must be {minimum} to {MAX_AMOUNT_MINOR} minor units.",
            field=field,
        )


def share_of(amount_minor: int, parts_per_million: int) -> int:
    """Take a share of an amount, rounded half up to the minor unit.

    Args:
        amount_minor: 0 to MAX_AMOUNT_MINOR.
        parts_per_million: 0 to 1,000,000.

    Returns:
        the share in minor units, 0 to `amount_minor`.
    """
    return (amount_minor * parts_per_million * 2 + 1_000_000) // 2_000_000


def allocate(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights by largest remainder; on equal remainders the earlier part gets more.

    Args:
        amount_minor: 0 or more, in minor units.
        weights: 0 or more each; where their sum is at least the amount, no part exceeds its weight.

    Returns:
        one part for each weight; the parts sum to the amount (all 0 when the weights are).

    Raises:
        InvalidValue: `nothing_to_allocate_to` when there is an amount and no weight.
    """
    total = sum(weights)
    if total == 0:
        if amount_minor:
            raise InvalidValue("nothing_to_allocate_to", "An amount needs at least one part with a weight.")
        return (0,) * len(weights)
    parts = [amount_minor * weight // total for weight in weights]
    rest = amount_minor - sum(parts)
    if rest:
        by_remainder = sorted(range(len(weights)), key=lambda i: -(amount_minor * weights[i] % total))
        for i in by_remainder[:rest]:
            parts[i] += 1
    return tuple(parts)
