"""Answers to come: for threads, for coroutines, and for those who went away."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from couponry.engine.lane import Lane
from couponry.engine.pending import Pending, settle
from tests.engine.house import WAIT_SECONDS


def test_an_answer_that_is_there_is_given_at_once() -> None:
    """Nothing is waited for where the answer is known."""
    assert Pending.done(5).result(0) == 5


def test_a_thread_gets_the_answer_that_comes_later() -> None:
    """A thread sleeps until the lane has answered."""
    pending: Pending[int] = Pending()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(pending.result, WAIT_SECONDS)
        settle([(pending, 7, None)])
        assert waiting.result(WAIT_SECONDS) == 7


def test_a_thread_that_waits_too_long_is_told() -> None:
    """The time a thread waits is bounded where it says so, and the answer can be fetched later."""
    pending: Pending[int] = Pending()
    with pytest.raises(TimeoutError):
        pending.result(0)
    settle([(pending, 7, None)])
    assert pending.result(0) == 7


def test_an_error_is_raised_where_the_answer_is_fetched() -> None:
    """Whatever the command raised reaches its caller."""
    pending: Pending[int] = Pending()
    settle([(pending, None, KeyError("x"))])
    with pytest.raises(KeyError):
        pending.result(0)


def test_many_coroutines_get_their_own_answers() -> None:
    """Each of a thousand coroutines gets the answer to its own question."""
    lane: Lane[int, int] = Lane("test", lambda asked: [number * 2 for number in asked])

    async def ask(number: int) -> int:
        return await lane.submit(number)

    async def ask_all() -> list[int]:
        return await asyncio.gather(*(ask(number) for number in range(1000)))

    assert asyncio.run(ask_all()) == [number * 2 for number in range(1000)]
    lane.close()


def test_an_awaited_error_is_raised_in_the_coroutine() -> None:
    """A coroutine gets the error of its command."""

    async def fetch() -> None:
        pending: Pending[int] = Pending()
        asyncio.get_running_loop().call_soon(settle, [(pending, None, KeyError("x"))])
        await pending

    with pytest.raises(KeyError):
        asyncio.run(fetch())


def test_a_cancelled_coroutine_leaves_the_others_their_answers() -> None:
    """A caller who hangs up disturbs neither the lane nor those of the same batch."""
    gate = threading.Event()

    def carry(asked: object) -> list[int | BaseException]:
        assert gate.wait(WAIT_SECONDS)
        assert isinstance(asked, list)
        return list(asked)

    lane: Lane[int, int] = Lane("test", carry)

    async def ask(number: int) -> int:
        return await lane.submit(number)

    async def run() -> list[int]:
        tasks = [asyncio.create_task(ask(number)) for number in range(10)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        gate.set()
        rest = await asyncio.gather(*tasks[1::2])
        assert all(task.cancelled() for task in tasks[::2])
        return [*rest, await lane.submit(99)]

    assert asyncio.run(run()) == [1, 3, 5, 7, 9, 99]
    lane.close()


class LoopThatIsClosing(asyncio.SelectorEventLoop):
    """A loop that another thread closes at the moment when it is called."""

    def call_soon_threadsafe(self, callback: object, *args: object, context: object = None) -> asyncio.Handle:
        self.close()
        return super().call_soon_threadsafe(callback, *args, context=context)  # type: ignore[arg-type]


def test_a_loop_that_closes_meanwhile_does_not_stop_the_lane() -> None:
    """Answers for a loop that has gone are dropped; the lane and other loops go on."""
    gate = threading.Event()

    def carry(asked: object) -> list[int | BaseException]:
        assert gate.wait(WAIT_SECONDS)
        assert isinstance(asked, list)
        return list(asked)

    lane: Lane[int, int] = Lane("test", carry)
    loop = LoopThatIsClosing()

    async def ask() -> int:
        return await lane.submit(1)

    task = loop.create_task(ask())
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    gate.set()
    assert lane.submit(2).result(WAIT_SECONDS) == 2
    lane.close()
