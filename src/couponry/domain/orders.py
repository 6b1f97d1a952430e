"""Orders: what the caller wants discounted."""

from msgspec import Struct, field

from couponry.domain.errors import InvalidValue
from couponry.domain.money import MAX_AMOUNT_MINOR, require_amount, require_currency
from couponry.domain.texts import require_text

MAX_LINES = 1_000
MAX_QUANTITY = 1_000_000
MAX_TEXT_LENGTH = 200
MAX_ATTRIBUTES = 50
MAX_ATTRIBUTE_NAME_LENGTH = 40
MAX_ATTRIBUTE_TEXT_LENGTH = 500
_INT64_END = 2**63


class OrderLine(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of one product at one price.

    Attributes:
        quantity: 1 to MAX_QUANTITY.
        unit_amount_minor: price of one, in minor units of the order's currency, 0 or more.
        product: the caller's own name for the product, 1 to MAX_TEXT_LENGTH characters.
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
        _require_text(self.product, "product")

    @property
    def total_minor(self) -> int:
        """The line's total, in minor units."""
        return self.quantity * self.unit_amount_minor


class Order(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is bought, in one currency.

    Attributes:
        currency: ISO 4217.
        lines: 1 to MAX_LINES; their sum is at most MAX_AMOUNT_MINOR.
        id: the caller's own number for it, 1 to MAX_TEXT_LENGTH characters.
        channel: where it comes from, such as `web` or `till-4`, 1 to MAX_TEXT_LENGTH characters.
        attributes: anything rules may look at: at most MAX_ATTRIBUTES, names of 1 to MAX_ATTRIBUTE_NAME_LENGTH
            characters, texts of at most MAX_ATTRIBUTE_TEXT_LENGTH, numbers of 64 bits.
    """

    currency: str
    lines: tuple[OrderLine, ...]
    id: str | None = None
    channel: str | None = None
    attributes: dict[str, str | int | bool | None] = {}

    def __post_init__(self) -> None:
        """Check currency, number of lines, the sum, and the caller's own words."""
        require_currency(self.currency, "currency")
        _require_text(self.id, "id")
        _require_text(self.channel, "channel")
        _require_attributes(self.attributes)
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


def _require_text(text: str | None, field_name: str) -> None:
    if text is None:
        return
    if not 1 <= len(text) <= MAX_TEXT_LENGTH:
        raise InvalidValue(
            "order_field_out_of_range",
            f"{field_name} has {len(text)} characters; it must have 1 to {MAX_TEXT_LENGTH}.",
            field=field_name,
        )
    require_text(text, field_name)


def _require_attributes(attributes: dict[str, str | int | bool | None]) -> None:
    if len(attributes) > MAX_ATTRIBUTES:
        raise InvalidValue(
            "attributes_out_of_range",
            f"The order has {len(attributes)} attributes; at most {MAX_ATTRIBUTES} are allowed.",
            field="attributes",
        )
    for name, value in attributes.items():
        is_fine = 1 <= len(name) <= MAX_ATTRIBUTE_NAME_LENGTH
        if isinstance(value, str):
            is_fine = is_fine and len(value) <= MAX_ATTRIBUTE_TEXT_LENGTH
            require_text(value, "attributes")
        elif isinstance(value, int):
            is_fine = is_fine and -_INT64_END <= value < _INT64_END
        require_text(name, "attributes")
        if not is_fine:
            raise InvalidValue(
                "attributes_out_of_range",
                f"The attribute '{name[:MAX_ATTRIBUTE_NAME_LENGTH]}' is out of range: names have 1 to "
                f"{MAX_ATTRIBUTE_NAME_LENGTH} characters, texts at most {MAX_ATTRIBUTE_TEXT_LENGTH}, numbers 64 bits.",
                field="attributes",
            )
