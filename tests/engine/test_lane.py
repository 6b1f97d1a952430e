"""The lane: exact under load, bounded, and fair to everybody in a batch."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from couponry.domain.campaigns import Limits
from couponry.domain.commands import Redeem, StoredRef, Validate
from couponry.domain.errors import DomainError, InvalidValue, NotFound
from couponry.domain.redemptions import Redemption
from couponry.domain.refusals import Reason, Refused
from couponry.domain.validations import Validation
from couponry.domain.world import Outcome
from couponry.engine.identifiers import Identifiers
from couponry.engine.lane import Lane, LaneClosed, LaneFull, carry_commands, carry_questions
from couponry.engine.ports import Page, RedemptionFilter, StorageUnavailable
from tests.engine.house import WAIT_SECONDS, House, TestClock, house_at

Carry = Callable[[Sequence[str]], list[str | BaseException]]


class Gate:
    """A carry function that waits to be let go, so that a test decides what is queued meanwhile."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.batches: list[list[str]] = []

    def carry(self, asked: Sequence[str]) -> list[str | BaseException]:
        self.began.release()
        assert self.go.acquire(timeout=WAIT_SECONDS)
        self.batches.append(list(asked))
        return [text.upper() for text in asked]


@contextmanager
def lane_of(carry: Carry, *, max_batch: int = 256, max_queue: int = 4096) -> Iterator[Lane[str, str]]:
    lane: Lane[str, str] = Lane("test", carry, max_batch=max_batch, max_queue=max_queue)
    try:
        yield lane
    finally:
        lane.close()


def test_a_cap_of_ten_under_sixty_four_threads_lets_exactly_ten_through(house: House) -> None:
    """Ten of 640 buyers succeed, and nobody is refused before the tenth place is taken."""
    house.campaign(limits=Limits(max_redemptions=10), code="FLASH")
    start = threading.Barrier(64)
    order, answered = count(), []

    def buy(_: int) -> None:
        start.wait(WAIT_SECONDS)
        for _ in range(10):
            answer = house.redeem("flash")
            answered.append((next(order), answer))

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(buy, range(64)))
    answers = [answer for _, answer in answered]
    assert sum(isinstance(answer, Redemption) for answer in answers) == 10
    assert all(isinstance(answer, Redemption) or answer == [Reason.LIMIT_REACHED] for answer in answers)
    assert house.doctor() == {}


def test_nobody_is_refused_while_places_remain(house: House) -> None:
    """Every refusal tells that all ten places were taken when it was decided."""
    house.campaign(limits=Limits(max_redemptions=10), code="FLASH")
    pending = [house.engine.redemptions.redeem(house.tenant, "FLASH") for _ in range(300)]
    answers = [one.result(WAIT_SECONDS).answer for one in pending]
    assert [isinstance(answer, Redemption) for answer in answers] == [True] * 10 + [False] * 290
    refusals = [refusal for answer in answers if isinstance(answer, Refused) for refusal in answer.refusals]
    assert all(refusal.values == {"limit": "max_redemptions", "max": 10, "used": 10} for refusal in refusals)


def test_two_engines_on_one_file_share_a_cap(tmp_path: Path) -> None:
    """A cap is exact over processes, too."""
    path = tmp_path / "house.db"
    with house_at(path) as one, house_at(path) as other, ThreadPoolExecutor(16) as pool:
        one.campaign(limits=Limits(max_redemptions=10), code="FLASH")
        answers = list(pool.map(lambda number: (one, other)[number % 2].redeem("FLASH"), range(100)))
        assert sum(isinstance(answer, Redemption) for answer in answers) == 10
        assert one.doctor() == {}


def test_what_waits_travels_in_one_transaction(house: House) -> None:
    """Commands that are queued together share a commit."""
    house.campaign(code="HELLO")
    with house.store.write():  # the lane has to wait for its turn
        pending = [house.engine.redemptions.redeem(house.tenant, "HELLO") for _ in range(50)]
    for one in pending:
        one.result(WAIT_SECONDS)
    assert house.engine.lane.statistics.commands == 50
    assert house.engine.lane.statistics.batches <= 2


def test_a_batch_has_its_bound() -> None:
    """No more than the largest batch is carried at once, in the order of asking."""
    gate = Gate()
    with lane_of(gate.carry, max_batch=3) as lane:
        first = lane.submit("a")
        assert gate.began.acquire(timeout=WAIT_SECONDS)
        rest = [lane.submit(text) for text in "bcdefgh"]
        gate.go.release(10)
        assert [one.result(WAIT_SECONDS) for one in (first, *rest)] == list("ABCDEFGH")
    assert gate.batches == [["a"], ["b", "c", "d"], ["e", "f", "g"], ["h"]]
    assert lane.statistics.largest_batch == 3


def test_the_queue_has_its_bound() -> None:
    """Past the bound a caller is told to come again, and those who wait are answered."""
    gate = Gate()
    with lane_of(gate.carry, max_queue=2) as lane:
        first = lane.submit("a")
        assert gate.began.acquire(timeout=WAIT_SECONDS)
        rest = [lane.submit("b"), lane.submit("c")]
        assert lane.queue_length == 2
        with pytest.raises(LaneFull) as refusal:
            lane.submit("d")
        assert refusal.value.code == "overloaded"
        gate.go.release(10)
        assert [one.result(WAIT_SECONDS) for one in (first, *rest)] == ["A", "B", "C"]
        assert lane.submit("e").result(WAIT_SECONDS) == "E"


def test_closing_answers_what_is_queued_and_refuses_the_rest() -> None:
    """Nobody who was let in goes without an answer."""
    gate = Gate()
    lane: Lane[str, str] = Lane("test", gate.carry, max_batch=2)
    pending = [lane.submit("a")]
    assert gate.began.acquire(timeout=WAIT_SECONDS)
    pending += [lane.submit(text) for text in "bcde"]
    closing = threading.Thread(target=lane.close)
    closing.start()
    refused = None
    while refused is None:
        try:
            pending.append(lane.submit("x"))
        except LaneClosed as error:
            refused = error
    gate.go.release(1000)
    closing.join(WAIT_SECONDS)
    assert refused.code == "shutting_down"
    assert [one.result(WAIT_SECONDS) for one in pending[:5]] == list("ABCDE")
    assert {one.result(WAIT_SECONDS) for one in pending[5:]} <= {"X"}
    lane.close()


def test_a_transaction_that_fails_fails_all_of_it_and_the_lane_lives_on() -> None:
    """Everybody in the batch gets the error; the next batch is carried."""
    is_broken = True

    def carry(asked: Sequence[str]) -> list[str | BaseException]:
        if is_broken:
            raise StorageUnavailable
        return list(asked)

    with lane_of(carry) as lane:
        for one in [lane.submit("a"), lane.submit("b")]:
            with pytest.raises(StorageUnavailable):
                one.result(WAIT_SECONDS)
        is_broken = False
        assert lane.submit("c").result(WAIT_SECONDS) == "c"


def test_a_command_that_fails_fails_alone(house: House) -> None:
    """A wrong command beside good ones in one transaction is the only one that is told so."""
    house.campaign(code="HELLO")
    redemptions = house.engine.redemptions
    with house.store.write():
        good = [redemptions.redeem(house.tenant, "HELLO") for _ in range(3)]
        no_such = redemptions.roll_back(house.tenant, "rdm_none")
        no_customer = redemptions.redeem(house.tenant, "HELLO", customer="")
        good += [redemptions.redeem(house.tenant, "HELLO") for _ in range(3)]
    assert all(isinstance(one.result(WAIT_SECONDS).answer, Redemption) for one in good)
    with pytest.raises(NotFound):
        no_such.result(WAIT_SECONDS)
    with pytest.raises(InvalidValue):
        no_customer.result(WAIT_SECONDS)


@pytest.mark.parametrize("poison", ["a\0b", "\udcff"])
def test_a_text_that_cannot_be_stored_fails_alone(house: House, poison: str) -> None:
    """One caller's U+0000 or half surrogate does not fail the others in the transaction."""
    house.campaign(code="HELLO")
    redemptions = house.engine.redemptions
    used = house.used("HELLO")
    with house.store.write():
        bad = [
            redemptions.redeem(house.tenant, "HELLO", customer=poison),
            redemptions.roll_back(house.tenant, used.redemption_id, reason=poison),
        ]
        good = [redemptions.redeem(house.tenant, "HELLO", customer=f"c-{number}") for number in range(5)]
    for one in bad:
        with pytest.raises(InvalidValue):
            one.result(WAIT_SECONDS)
    assert all(isinstance(one.result(WAIT_SECONDS).answer, Redemption) for one in good)


def test_a_command_that_breaks_the_transaction_fails_alone(house: House) -> None:
    """What slips through every check and breaks the transaction is found, and the others are carried once each."""
    house.campaign(code="HELLO")
    good = Redeem(house.tenant, StoredRef("HE110"))
    bad = Redeem(house.tenant, StoredRef("HE110\udcff"))
    session = house.store.lane_session()
    outcomes = carry_commands(session, house.clock, Identifiers(house.clock))([good, bad, good, good])
    session.close()
    assert isinstance(outcomes[1], UnicodeEncodeError)
    made = [outcome for outcome in outcomes if isinstance(outcome, Outcome) and isinstance(outcome.answer, Redemption)]
    assert len(made) == 3
    assert len(house.engine.redemptions.list(house.tenant, RedemptionFilter(), Page(100))) == 3


def test_a_question_that_breaks_the_snapshot_fails_alone(house: House) -> None:
    """The lane of questions treats its callers as fairly."""
    house.campaign(code="HELLO")
    good, bad = Validate(house.tenant, StoredRef("HE110")), Validate(house.tenant, StoredRef("HE110\udcff"))
    session = house.store.read_session()
    answers = carry_questions(session, house.clock)([good, bad, good])
    session.close()
    assert [type(answer) for answer in answers] == [Validation, UnicodeEncodeError, Validation]


def test_an_engine_that_closes_answers_what_is_queued_and_refuses_the_rest(tmp_path: Path) -> None:
    """After closing nothing is taken, and what was taken is on the disk."""
    with house_at(tmp_path / "house.db") as house:
        house.campaign(code="HELLO")
        pending = [house.engine.redemptions.redeem(house.tenant, "HELLO") for _ in range(100)]
        house.engine.close()
        assert all(isinstance(one.result(0).answer, Redemption) for one in pending)
        with pytest.raises(DomainError) as refusal:
            house.engine.redemptions.redeem(house.tenant, "HELLO")
        assert refusal.value.code == "shutting_down"
        assert not house.engine.is_ready()
    with house_at(tmp_path / "house.db", TestClock()) as again:
        assert len(again.engine.redemptions.list(again.tenant, RedemptionFilter(), Page(1000))) == 100
