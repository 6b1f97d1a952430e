"""Turns: first come, first served."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from couponry.engine.ports import StorageUnavailable
from couponry.storage.sqlite.turns import Turns

LONG = 30.0


def waiting(turns: Turns) -> int:
    return len(turns._waiting)  # noqa: SLF001  # the test has to know when a thread waits


def queue_up(turns: Turns, action: Callable[[], None]) -> threading.Thread:
    """Start a thread that takes a turn, and return once it waits for it."""

    def take() -> None:
        with turns:
            action()

    before = waiting(turns)
    thread = threading.Thread(target=take)
    thread.start()
    while waiting(turns) == before:
        time.sleep(0.001)
    return thread


def test_turns_come_in_order_of_asking() -> None:
    """Threads that wait get their turns in the order in which they came."""
    turns, order = Turns(LONG), list[int]()
    with turns:
        threads = [queue_up(turns, partial(order.append, number)) for number in range(10)]
    for thread in threads:
        thread.join()
    assert order == list(range(10))


def test_one_at_a_time() -> None:
    """No two threads have a turn at once."""
    turns, state = Turns(LONG), {"inside": 0, "most": 0}

    def work() -> None:
        for _ in range(200):
            with turns:
                state["inside"] += 1
                state["most"] = max(state["most"], state["inside"])
                time.sleep(0)
                state["inside"] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state["most"] == 1


def test_waiting_ends() -> None:
    """A thread that waits too long gives up, and those behind it still get their turn."""
    turns, seen = Turns(0.05), list[str]()
    refused: list[bool] = []

    def try_in_vain() -> None:
        try:
            with turns:
                seen.append("never")
        except StorageUnavailable:
            refused.append(True)

    with turns:
        thread = threading.Thread(target=try_in_vain)
        thread.start()
        thread.join()
    with turns:
        seen.append("next")
    assert refused == [True]
    assert seen == ["next"]


def test_failing_turn_is_passed_on() -> None:
    """A turn that ends with an exception is over."""
    turns = Turns(LONG)
    with pytest.raises(ZeroDivisionError), turns:
        raise ZeroDivisionError
    with turns:
        assert waiting(turns) == 0
