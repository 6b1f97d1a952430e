"""Benefits: what a coupon gives, and the arithmetic that turns one and an order into a discount."""

import re

from msgspec import Struct, field

from couponry.domain.errors import InvalidValue
from couponry.domain.money import allocate, require_amount, require_currency, share_of
from couponry.domain.orders import Order
from couponry.domain.refusals import Reason, Refusal

_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")
FULL_VALUE_PPM = 1_000_000


class Discount(Struct, frozen=True):
    """What comes off an order.

    Attributes:
        amount_minor: in minor units, 0 to the order's total.
        currency: ISO 4217.
        lines: shape (order lines,); sums to the amount, and no part exceeds its line.
    """

    amount_minor: int = field(name="amount")
    currency: str
    lines: tuple[int, ...]


class Percent(Struct, frozen=True, tag_field="type", tag="percent", forbid_unknown_fields=True):
    """A share of the order's total, rounded half up to the minor unit.

    Attributes:
        percent_off: decimal text above 0 and up to 100, at most 4 decimals.
        max_amount_minor: the most it takes off, in minor units of `currency`.
        currency: needed with a maximum; then the order must be in it.
    """

    percent_off: str
    max_amount_minor: int | None = field(default=None, name="max_amount")
    currency: str | None = None

    def __post_init__(self) -> None:
        """Check the ranges and that a maximum has its currency."""
        if not _PERCENT.fullmatch(self.percent_off) or not 0 < self.parts_per_million <= FULL_VALUE_PPM:
            raise InvalidValue(
                "percent_out_of_range",
                f"percent_off is '{self.percent_off[:32]}'; write a decimal above 0 and up to 100, such as \"12.5\".",
                field="percent_off",
            )
        if self.max_amount_minor is not None:
            require_amount(self.max_amount_minor, "max_amount", minimum=1)
            if self.currency is None:
                raise InvalidValue("currency_missing", "max_amount needs a currency.", field="currency")
        if self.currency is not None:
            require_currency(self.currency, "currency")

    @property
    def parts_per_million(self) -> int:
        """The share: 150,000 for 15 percent."""
        whole, _, decimals = self.percent_off.partition(".")
        return int(whole) * 10_000 + int(decimals.ljust(4, "0") or "0")

    def amount_off(self, order: Order) -> int:
        """Compute the discount on an order, in minor units."""
        amount_minor = share_of(order.total_minor, self.parts_per_million)
        return amount_minor if self.max_amount_minor is None else min(amount_minor, self.max_amount_minor)


class Amount(Struct, frozen=True, tag_field="type", tag="amount", forbid_unknown_fields=True):
    """A fixed amount, or the order's total where that is less.

    Attributes:
        amount_off_minor: 1 or more, in minor units of `currency`.
        currency: ISO 4217; the order must be in it.
    """

    amount_off_minor: int = field(name="amount_off")
    currency: str

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_amount(self.amount_off_minor, "amount_off", minimum=1)
        require_currency(self.currency, "currency")


class Credit(Struct, frozen=True, tag_field="type", tag="credit", forbid_unknown_fields=True):
    """A balance of its own on every coupon, spent over as many uses as it takes.

    Attributes:
        amount_minor: what a fresh coupon holds, 1 or more, in minor units of `currency`.
        currency: ISO 4217; the order must be in it.
    """

    amount_minor: int = field(name="amount")
    currency: str

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_amount(self.amount_minor, "amount", minimum=1)
        require_currency(self.currency, "currency")


class Access(Struct, frozen=True, tag_field="type", tag="access", forbid_unknown_fields=True):
    """The full value of whatever is bought, in any currency."""


Benefit = Percent | Amount | Credit | Access


def currency_of(benefit: Benefit) -> str | None:
    """Tell the one currency a benefit can be used in, or None for any."""
    return None if isinstance(benefit, Access) else benefit.currency


def discount_for(benefit: Benefit, order: Order, balance_minor: int | None) -> Discount | Refusal:
    """Compute what a benefit takes off an order.

    Args:
        benefit: what the campaign gives.
        order: what is bought.
        balance_minor: what is left on the coupon, in minor units; read for a credit only.

    Returns:
        the discount, allocated to the lines by largest remainder; or the refusal `currency_mismatch` or
        `balance_empty`.
    """
    currency = currency_of(benefit)
    if currency is not None and currency != order.currency:
        return Refusal(Reason.CURRENCY_MISMATCH, {"expected": currency, "actual": order.currency})
    if isinstance(benefit, Credit) and not balance_minor:
        return Refusal(Reason.BALANCE_EMPTY, {"balance": 0})
    amount_minor = min(_face_value(benefit, order, balance_minor or 0), order.total_minor)
    return Discount(amount_minor, order.currency, allocate(amount_minor, [line.total_minor for line in order.lines]))


def _face_value(benefit: Benefit, order: Order, balance_minor: int) -> int:
    """Tell what a benefit would take off if the order were large enough, in minor units."""
    match benefit:
        case Percent():
            return benefit.amount_off(order)
        case Amount():
            return benefit.amount_off_minor
        case Credit():
            return balance_minor
        case Access():
            return order.total_minor
