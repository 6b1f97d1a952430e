"""Orders: what the caller wants discounted."""

from msgspec import Struct, field

from couponry.domain.errors import InvalidValue
from couponry.domain.money import MAX_AMOUNT_MINOR, require_amount, require_currency

MAX_LINES = 1_000
MAX_QUANTITY = 1_000_000


class OrderLine(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of one product at one price.

    Attributes:
        quantity: 1 to MAX_QUANTITY.
        unit_amount_minor: price of one, in minor units of the order's currency, 0 or more.
        product: the caller's own name for the product.
    """

    quantity: int
    unit_amount_minor: int = field(name="unit_amount")
    product: str | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1 <= self.quantity <= MAX_QUANTITY:
            raise InvalidValue(
                "quantity_out_of_range",
                f"quantity is {self.quantity}; it must be 1 to {MAX_QUANTITY}.",
                field="quantity",
            )
        require_amount(self.unit_amount_minor, "unit_amount")

    @property
    def total_minor(self) -> int:
        """The line's total, in minor units."""
        return self.quantity * self.unit_amount_minor


class Order(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is bought, in one currency.

    Attributes:
        currency: ISO 4217.
        lines: 1 to MAX_LINES; their sum is at most MAX_AMOUNT_MINOR.
        id: the caller's own number for it.
        channel: where it comes from, such as `web` or `till-4`.
        attributes: anything rules may look at.
    """

    currency: str
    lines: tuple[OrderLine, ...]
    id: str | None = None
    channel: str | None = None
    attributes: dict[str, str | int | bool | None] = {}

    def __post_init__(self) -> None:
        """Check currency, number of lines and the sum."""
        require_currency(self.currency, "currency")
        if not 1 <= len(self.lines) <= MAX_LINES:
            raise InvalidValue(
                "order_lines_out_of_range",
                f"The order has {len(self.lines)} lines; it must have 1 to {MAX_LINES}.",
                field="lines",
            )
        if self.total_minor > MAX_AMOUNT_MINOR:
            raise InvalidValue(
                "amount_out_of_range",
                f"The order sums to {self.total_minor}; at most {MAX_AMOUNT_MINOR} minor units are allowed.",
                field="lines",
            )

    @property
    def total_minor(self) -> int:
        """The sum of all lines, in minor units."""
        return sum(line.total_minor for line in self.lines)
