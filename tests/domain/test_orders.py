"""Orders: ranges of lines, quantities and sums."""

import msgspec
import pytest

from couponry.domain.errors import InvalidValue
from couponry.domain.money import MAX_AMOUNT_MINOR
from couponry.domain.orders import MAX_LINES, MAX_QUANTITY, Order, OrderLine


@pytest.mark.parametrize("count", [1, MAX_LINES])
def test_an_order_has_up_to_a_thousand_lines(count: int) -> None:
    """One line and a thousand are accepted."""
    assert Order("EUR", (OrderLine(1, 1),) * count).total_minor == count


@pytest.mark.parametrize("count", [0, MAX_LINES + 1])
def test_an_order_without_lines_or_with_more_is_refused(count: int) -> None:
    """No line and one past a thousand are refused."""
    with pytest.raises(InvalidValue) as refusal:
        Order("EUR", (OrderLine(1, 1),) * count)
    assert (refusal.value.code, refusal.value.field) == ("order_lines_out_of_range", "lines")


@pytest.mark.parametrize("quantity", [0, -1, MAX_QUANTITY + 1])
def test_a_quantity_out_of_range_is_refused(quantity: int) -> None:
    """Nothing, less than nothing and more than a million pieces are refused."""
    with pytest.raises(InvalidValue) as refusal:
        OrderLine(quantity, 1)
    assert refusal.value.code == "quantity_out_of_range"


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT_MINOR + 1])
def test_a_unit_amount_out_of_range_is_refused(amount: int) -> None:
    """A negative price and one that would overflow are refused."""
    with pytest.raises(InvalidValue) as refusal:
        OrderLine(1, amount)
    assert (refusal.value.code, refusal.value.field) == ("amount_out_of_range", "unit_amount")


def test_the_sum_may_reach_the_limit() -> None:
    """An order of exactly the largest amount is accepted."""
    assert Order("EUR", (OrderLine(1, MAX_AMOUNT_MINOR - 1), OrderLine(1, 1))).total_minor == MAX_AMOUNT_MINOR


@pytest.mark.parametrize(
    "lines",
    [
        (OrderLine(1, MAX_AMOUNT_MINOR), OrderLine(1, 1)),
        (OrderLine(MAX_QUANTITY, MAX_AMOUNT_MINOR),),
    ],
)
def test_a_sum_past_the_limit_is_refused(lines: tuple[OrderLine, ...]) -> None:
    """Lines that are fine one by one are refused when they sum to more than the largest amount."""
    with pytest.raises(InvalidValue) as refusal:
        Order("EUR", lines)
    assert (refusal.value.code, refusal.value.field) == ("amount_out_of_range", "lines")


def test_an_unknown_currency_is_refused() -> None:
    """An order needs a currency of the list."""
    with pytest.raises(InvalidValue) as refusal:
        Order("XYZ", (OrderLine(1, 1),))
    assert refusal.value.code == "currency_unknown"


def test_a_line_sums_quantity_times_price() -> None:
    """The total of a line is its quantity times the price of one."""
    assert OrderLine(3, 1250).total_minor == 3750


def test_an_order_survives_json() -> None:
    """What is stored of an order reads back as it was."""
    order = Order("EUR", (OrderLine(2, 5, "sku"),), "A-1", "web", {"vip": True, "n": 2**62, "x": None})
    assert msgspec.json.decode(msgspec.json.encode(order), type=Order) == order


def test_an_unknown_field_is_refused() -> None:
    """A misspelt field is not ignored silently."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(
            b'{"currency": "EUR", "lines": [{"quantity": 1, "unit_amount": 1, "sku": "x"}]}', type=Order
        )
