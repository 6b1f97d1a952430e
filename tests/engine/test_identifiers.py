"""Identifiers: time-ordered, distinct, and ascending whatever the clock does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from couponry.engine.identifiers import Identifiers
from tests.engine.house import TestClock


def test_identifiers_ascend_in_the_order_of_making() -> None:
    """Within a millisecond, over milliseconds, and when the clock goes back."""
    clock = TestClock()
    identifiers = Identifiers(clock)
    made = []
    for step in (0, 0, 1, 0, -3600, 0, 7200):
        clock.move(timedelta(seconds=step))
        made += [identifiers.new("rdm") for _ in range(100)]
    assert made == sorted(set(made))


def test_an_identifier_names_its_kind() -> None:
    """A prefix, an underscore, and 26 symbols; a series has 13."""
    identifiers = Identifiers(TestClock())
    assert identifiers.new("rdm")[:4] == "rdm_"
    assert len(identifiers.new("rdm")) == 30
    assert len(identifiers.new_series()) == 17


def test_threads_never_get_the_same_identifier() -> None:
    """Eight threads make eight thousand identifiers."""
    identifiers = Identifiers(TestClock())
    with ThreadPoolExecutor(8) as pool:
        parts = pool.map(lambda _: [identifiers.new("x") for _ in range(1000)], range(8))
        made = [one for part in parts for one in part]
    assert len(set(made)) == 8000


def test_identifiers_are_as_random_as_their_source() -> None:
    """What the source of randomness gives decides the identifier."""
    low, high = Identifiers(TestClock(), bytes), Identifiers(TestClock(), lambda count: b"\xff" * count)
    assert low.new("x") < high.new("x")
    assert low.new_series() == "ser_0000000000000"
    assert high.new_series() == "ser_zzzzzzzzzzzzz"
