"""Money: ranges, rounding, and the split whose parts sum to the whole."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.errors import InvalidValue
from couponry.domain.money import MAX_AMOUNT_MINOR, allocate, require_amount, require_currency, share_of

amounts = st.one_of(st.integers(0, 200), st.integers(0, MAX_AMOUNT_MINOR))
weight_lists = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 10**12)), min_size=1, max_size=40)


@given(amounts, weight_lists)
def test_parts_sum_to_the_whole(amount: int, weights: list[int]) -> None:
    """An amount is split without a unit lost or found."""
    if sum(weights) == 0:
        amount = 0
    assert sum(allocate(amount, weights)) == amount


@given(st.data(), weight_lists)
def test_no_part_exceeds_its_weight_where_the_weights_cover_the_amount(data: st.DataObject, weights: list[int]) -> None:
    """A line is never discounted below zero."""
    amount = data.draw(st.integers(0, sum(weights)))
    assert all(0 <= part <= weight for part, weight in zip(allocate(amount, weights), weights, strict=True))


@given(amounts, weight_lists)
def test_a_part_is_within_one_unit_of_its_exact_share(amount: int, weights: list[int]) -> None:
    """Largest remainder moves each part by less than one unit."""
    total = sum(weights)
    if total == 0:
        return
    for part, weight in zip(allocate(amount, weights), weights, strict=True):
        assert abs(part * total - amount * weight) < total


@given(amounts, weight_lists)
def test_a_weight_of_nothing_gets_nothing(amount: int, weights: list[int]) -> None:
    """A free line takes no part of a discount."""
    if sum(weights) == 0:
        return
    assert all(part == 0 for part, weight in zip(allocate(amount, weights), weights, strict=True) if weight == 0)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (10, [1, 1, 1], (4, 3, 3)),
        (1, [1, 1], (1, 0)),
        (5, [2, 3], (2, 3)),
        (100, [1, 2, 3], (17, 33, 50)),
        (7, [0, 7, 0], (0, 7, 0)),
        (0, [3, 4], (0, 0)),
        (0, [0, 0], (0, 0)),
        (0, [], ()),
    ],
)
def test_the_largest_remainder_and_then_the_earlier_part_gets_more(
    amount: int, weights: list[int], parts: tuple[int, ...]
) -> None:
    """The units left over go by remainder, equal ones from the front."""
    assert allocate(amount, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0]])
def test_an_amount_needs_a_weight(weights: list[int]) -> None:
    """An amount without anything to be split over is refused."""
    with pytest.raises(InvalidValue) as refusal:
        allocate(1, weights)
    assert refusal.value.code == "nothing_to_allocate_to"


@pytest.mark.parametrize(
    ("amount", "parts_per_million", "share"),
    [
        (1, 500_000, 1),  # 0.5 up
        (3, 500_000, 2),  # 1.5 up
        (1, 499_999, 0),
        (10, 150_000, 2),  # 1.5 up
        (10, 149_999, 1),
        (2, 250_000, 1),  # 0.5 up
        (100, 0, 0),
        (100, 1_000_000, 100),
        (MAX_AMOUNT_MINOR, 1_000_000, MAX_AMOUNT_MINOR),
        (MAX_AMOUNT_MINOR, 1, 10**9),
    ],
)
def test_a_share_is_rounded_half_up(amount: int, parts_per_million: int, share: int) -> None:
    """Half a unit counts as a whole one, less than that as none."""
    assert share_of(amount, parts_per_million) == share


@given(amounts, st.integers(0, 1_000_000))
def test_a_share_is_at_most_the_amount_and_within_half_a_unit(amount: int, parts_per_million: int) -> None:
    """A share is neither negative nor more than the whole, and off by half a unit at most."""
    share = share_of(amount, parts_per_million)
    assert 0 <= share <= amount
    assert -500_000 < share * 1_000_000 - amount * parts_per_million <= 500_000


@pytest.mark.parametrize("code", ["EUR", "JPY", "KWD"])
def test_a_currency_of_the_list_is_accepted(code: str) -> None:
    """An ISO 4217 code in capitals passes."""
    assert require_currency(code, "currency") is None  # type: ignore[func-returns-value]  # passing is the point


@pytest.mark.parametrize("code", ["", "eur", "EU", "EURO", "XXX", "DEM", "ÉUR", "E\0R", "EUR "])
def test_another_text_is_no_currency(code: str) -> None:
    """Lower case, unknown and former currencies are refused."""
    with pytest.raises(InvalidValue) as refusal:
        require_currency(code, "benefit.currency")
    assert (refusal.value.code, refusal.value.field) == ("currency_unknown", "benefit.currency")


@pytest.mark.parametrize("limit", [0, MAX_AMOUNT_MINOR])
def test_an_amount_at_the_limit_is_accepted(limit: int) -> None:
    """Both ends of the range belong to it."""
    assert require_amount(limit, "amount") is None  # type: ignore[func-returns-value]  # passing is the point


def _past(minimum: int) -> Callable[[int], None]:
    return lambda amount: require_amount(amount, "amount", minimum=minimum)


@pytest.mark.parametrize(
    ("check", "amount"), [(_past(0), -1), (_past(0), MAX_AMOUNT_MINOR + 1), (_past(1), 0), (_past(0), 2**64)]
)
def test_an_amount_past_the_limit_is_refused(check: Callable[[int], None], amount: int) -> None:
    """One past either end is refused, and so is what would overflow."""
    with pytest.raises(InvalidValue) as refusal:
        check(amount)
    assert refusal.value.code == "amount_out_of_range"
