"""Batches: room for codes, and ranges that step over taken indices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.domain.batches import end_of_range, require_count, require_room
from couponry.domain.campaigns import MAX_COUNT, Limits
from couponry.domain.errors import Conflict, InvalidValue
from tests.properties.samples import campaign_of, counters_of


@pytest.mark.parametrize("count", [0, -1, MAX_COUNT + 1])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    """No codes, fewer, and more than fit a counter are refused."""
    with pytest.raises(InvalidValue) as refusal:
        require_count(count)
    assert refusal.value.code == "count_out_of_range"


def refused(
    count: int, *, space: int = 10**12, capacity: int = 10**12, live: int = 0, limits: Limits | None = None
) -> Conflict:
    with pytest.raises(Conflict) as refusal:
        require_room(
            campaign_of(limits=limits),
            counters_of(issued=3),
            count,
            space=space,
            capacity=capacity,
            live_count=live,
            guess_floor=10**6,
        )
    return refusal.value


def test_an_issue_past_the_limit_is_refused_with_the_numbers() -> None:
    """Two more than three pass a limit of four."""
    conflict = refused(2, limits=Limits(max_issued=4))
    assert (conflict.code, conflict.values) == ("limit_reached", {"limit": "max_issued", "max": 4, "used": 3})


def test_an_issue_past_the_space_is_refused_with_the_numbers() -> None:
    """A pattern has only so many codes."""
    conflict = refused(6, space=10**7, capacity=10, live=5)
    assert (conflict.code, conflict.values) == ("code_space_exhausted", {"capacity": 10, "taken": 5, "available": 5})


def test_an_issue_below_the_guess_floor_is_refused_with_the_numbers() -> None:
    """The conflict says how hard guessing would be, the floor, and how many codes keep it."""
    conflict = refused(11, space=20 * 10**6, live=10)
    assert conflict.code == "guess_resistance_too_low"
    assert conflict.values == {"expected_guesses": 952_380, "guess_floor": 10**6, "max_count": 10}


@given(st.integers(10**6, 10**13), st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_most_codes_named_by_a_conflict_is_exact(space: int, live: int, count: int) -> None:
    """As many as the conflict says can be issued, and not one more."""
    room = {"space": space, "capacity": space, "live_count": live, "guess_floor": 10**6}
    try:
        require_room(campaign_of(), counters_of(), count, **room)
    except Conflict as conflict:
        if conflict.code != "guess_resistance_too_low":
            return
        most = conflict.values["max_count"]
        assert isinstance(most, int)
        assert most < count
        if most:
            require_room(campaign_of(), counters_of(), most, **room)
        with pytest.raises(Conflict):
            require_room(campaign_of(), counters_of(), most + 1, **room)


@pytest.mark.parametrize(
    ("first", "count", "taken", "end"),
    [
        (0, 5, [], 5),
        (0, 5, [5], 5),
        (0, 5, [4], 6),
        (0, 5, [4, 5], 7),
        (0, 1, [0, 1, 2], 4),
        (10, 3, [11, 14], 14),
        (10, 3, [12, 13, 14, 15], 17),
        (0, 3, [100], 3),
    ],
)
def test_a_range_ends_where_its_count_is_full(first: int, count: int, taken: list[int], end: int) -> None:
    """Taken indices make a range longer, those past its end do not."""
    assert end_of_range(first, count, taken) == end


@given(st.integers(0, 50), st.integers(1, 100), st.sets(st.integers(0, 200)))
def test_a_range_holds_exactly_its_count_of_free_indices(first: int, count: int, taken: set[int]) -> None:
    """Between first and end lie as many free indices as asked for, and the last one is free."""
    ahead = sorted(index for index in taken if index >= first)
    end = end_of_range(first, count, ahead)
    free = [index for index in range(first, end) if index not in taken]
    assert len(free) == count
    assert free[-1] == end - 1
