"""The lane: group commit. One thread carries what is queued in one transaction and answers when it is durable."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from msgspec import Struct

from couponry.domain.commands import Command, QueryAnswer, Validate
from couponry.domain.errors import DomainError
from couponry.domain.world import Outcome, wanted_by
from couponry.engine.clock import Clock
from couponry.engine.identifiers import Identifiers
from couponry.engine.pending import Pending, settle
from couponry.engine.ports import LaneSession, StorageUnavailable, TransactionRaced

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")
Carry = Callable[[Sequence[Asked]], list[Answered | BaseException]]
"""Takes a batch and gives an answer or an error for each, in the same order."""

MAX_BATCH = 256
MAX_QUEUE = 4096
MAX_RETRIES = 10
"""Most times that a batch begins anew. Each time another process has committed, so that two would be rare."""


class LaneFull(DomainError):
    """Too much is queued already."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("overloaded", "Too many requests are waiting; try again in a moment.")


class LaneClosed(DomainError):
    """The process is going down."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("shutting_down", "The server is stopping and takes no more requests; try again in a moment.")


class LaneStatistics(Struct):
    """What a lane has carried since it was opened.

    Attributes:
        batches: transactions.
        commands: commands over all of them.
        largest_batch: most commands in one.
    """

    batches: int = 0
    commands: int = 0
    largest_batch: int = 0


class Lane(Generic[Asked, Answered]):
    """A bounded queue and the thread that empties it, as many as fit into a batch at a time.

    There is no artificial waiting: while one transaction commits, the next batch fills. What a batch does is the
    `carry` function's business; the lane sees to it that everybody is answered, whatever happens.
    """

    def __init__(
        self,
        name: str,
        carry: Carry[Asked, Answered],
        *,
        max_batch: int = MAX_BATCH,
        max_queue: int = MAX_QUEUE,
    ) -> None:
        """Start the thread.

        Args:
            name: of the thread.
            carry: does what is asked; when it raises, every one of the batch gets that error.
            max_batch: most commands in one transaction, 1 or more.
            max_queue: most commands waiting, 1 or more.
        """
        self._carry = carry
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._queue: deque[tuple[Asked, Pending[Answered]]] = deque()
        self._filled = threading.Condition(threading.Lock())
        self._is_closing = False
        self.statistics = LaneStatistics()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, asked: Asked) -> Pending[Answered]:
        """Queue a command.

        Args:
            asked: what to do.

        Returns:
            the answer to come.

        Raises:
            LaneFull: the queue is at its bound.
            LaneClosed: the lane takes no more.
        """
        pending: Pending[Answered] = Pending()
        with self._filled:
            if self._is_closing:
                raise LaneClosed
            if len(self._queue) >= self._max_queue:
                raise LaneFull
            self._queue.append((asked, pending))
            self._filled.notify()
        return pending

    @property
    def queue_length(self) -> int:
        """How many commands wait now."""
        return len(self._queue)

    def close(self) -> None:
        """Take no more, answer what is queued, and end the thread."""
        with self._filled:
            self._is_closing = True
            self._filled.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next_batch():
            asked = [item for item, _ in batch]
            try:
                answers: Sequence[Answered | BaseException] = self._carry(asked)
            except Exception as error:  # noqa: BLE001  # whoever waits must be told, whatever it was
                answers = [error] * len(batch)
            self.statistics.batches += 1
            self.statistics.commands += len(batch)
            self.statistics.largest_batch = max(self.statistics.largest_batch, len(batch))
            settle(
                (pending, None, answer) if isinstance(answer, BaseException) else (pending, answer, None)
                for (_, pending), answer in zip(batch, answers, strict=True)
            )

    def _next_batch(self) -> list[tuple[Asked, Pending[Answered]]]:
        with self._filled:
            while not self._queue and not self._is_closing:
                self._filled.wait()
            return [self._queue.popleft() for _ in range(min(len(self._queue), self._max_batch))]


def carry_commands(session: LaneSession, clock: Clock, identifiers: Identifiers) -> Carry[Command, Outcome]:
    """Make the function that carries a batch of commands in one transaction.

    Args:
        session: the lane's connection.
        clock: the instant of each transaction.
        identifiers: names for what is made.

    Returns:
        a `carry` function: a command that fails in `decide`, or whose doing breaks the transaction, fails alone; a
        database that does not take the transaction fails all.
    """

    def carry(commands: Sequence[Command]) -> list[Outcome | BaseException]:
        outcomes: list[Outcome | BaseException] = []
        with session.transaction() as transaction:
            world = transaction.load(wanted_by(commands))
            now = clock.now()
            for command in commands:
                try:
                    outcomes.append(world.decide(command, now, identifiers.new))
                except DomainError as error:
                    outcomes.append(error)
            if world.is_changed:
                transaction.save(world)
        return outcomes

    return _Fair[Command, Outcome](carry)


def carry_questions(session: LaneSession, clock: Clock) -> Carry[Validate, QueryAnswer]:
    """Make the function that answers a batch of questions from one snapshot.

    Args:
        session: a read session.
        clock: the instant of each snapshot.

    Returns:
        a `carry` function.
    """

    def carry(questions: Sequence[Validate]) -> list[QueryAnswer | BaseException]:
        with session.transaction() as transaction:
            world = transaction.load(wanted_by(questions))
            now = clock.now()
            return [world.validation(question, now) for question in questions]

    return _Fair[Validate, QueryAnswer](carry)


class _Fair(Generic[Asked, Answered]):
    """Carries each on its own where one of them breaks the transaction, so that it does not fail the others."""

    def __init__(self, carry: Callable[[Sequence[Asked]], list[Answered | BaseException]]) -> None:
        self._carry = carry

    def __call__(self, asked: Sequence[Asked]) -> list[Answered | BaseException]:
        try:
            return self._persisting(asked)
        except StorageUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whoever brought it is told
            if len(asked) == 1:
                return [error]
        return [answer for one in asked for answer in self._alone(one)]

    def _persisting(self, asked: Sequence[Asked]) -> list[Answered | BaseException]:
        """Carry a batch, anew from its load where another process was first."""
        for _ in range(MAX_RETRIES):
            with suppress(TransactionRaced):
                return self._carry(asked)
        return self._carry(asked)

    def _alone(self, one: Asked) -> list[Answered | BaseException]:
        try:
            return self([one])
        except StorageUnavailable as error:
            return [error]
