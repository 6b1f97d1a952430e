"""Guess resistance as a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.errors import InvalidValue
from couponry.domain.guessing import DEFAULT_GUESS_FLOOR, EstimatedSpace, estimated_space, expected_guesses


@pytest.mark.parametrize(
    ("space", "live_count", "expected"),
    [(10, 3, 3), (10, 0, 10), (1, 1, 1), (2, 3, 0), (32**12, 10**9, 1152921504)],
)
def test_expected_guesses_is_space_over_live_codes(space: int, live_count: int, expected: int) -> None:
    """A first hit takes the space over the live codes, rounded down; all of it while none is live."""
    assert expected_guesses(space, live_count) == expected


def test_a_billion_codes_of_twelve_positions_stay_above_the_floor() -> None:
    """The default pattern of twelve positions carries a billion codes."""
    assert expected_guesses(32**12, 10**9) > DEFAULT_GUESS_FLOOR


@pytest.mark.parametrize(("space", "live_count"), [(0, 1), (-1, 1), (1, -1)])
def test_impossible_spaces_are_refused(space: int, live_count: int) -> None:
    """No space, or fewer than no codes, is refused."""
    with pytest.raises(InvalidValue) as refusal:
        expected_guesses(space, live_count)
    assert refusal.value.code == "guess_space_invalid"


@pytest.mark.parametrize(
    ("codes", "length", "space", "code_count", "guesses"),
    [
        (["SA1E01", "SA1E02", "SA1E13"], 6, 100, 3, 33),
        (["A1", "B1"], 2, 23, 2, 11),
        (["A1", "1A"], 2, 33 * 33, 2, 544),
        (["WE1C0ME"], 7, 23**5 * 10**2, 1, 23**5 * 10**2),
        (["1"], 1, 10, 1, 10),
        (["ABCDEFGH", "12", "13"], 2, 10, 2, 5),
        (["A_B", "A.B"], 3, 2, 2, 1),
        (["_"], 1, 1, 1, 1),
        ([f"X{number}" for number in range(10)], 2, 10, 10, 1),
        (["É1", "Ü1"], 2, 23, 2, 11),
    ],
)
def test_estimate_of_an_imported_list(codes: list[str], length: int, space: int, code_count: int, guesses: int) -> None:
    """The weakest group of equally long codes decides, judged by the characters its codes show."""
    estimate = estimated_space(codes)
    assert estimate == EstimatedSpace(length, space, code_count)
    assert estimate.expected_guesses == guesses


def test_nothing_to_estimate() -> None:
    """An empty list has no estimate."""
    assert estimated_space(iter([])) is None


@given(st.lists(st.text("01AB_", min_size=1, max_size=4), min_size=1, max_size=30, unique=True))
def test_estimate_does_not_depend_on_order(codes: list[str]) -> None:
    """Sorting a list changes neither the number nor the group that it is about."""
    one, other = estimated_space(codes), estimated_space(sorted(codes))
    assert one is not None
    assert other is not None
    assert one.expected_guesses == other.expected_guesses >= 1
