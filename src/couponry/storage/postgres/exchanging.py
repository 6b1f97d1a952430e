"""Round trips: many prepared statements sent at once, their results taken at once.

The driver's own pipeline sends each statement by itself and looks for results after each, and every look gives up the
interpreter's lock, which in a process with a busy event loop takes long to come back.
"""

import select
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from couponry.storage.postgres.connecting import DurableConnection
from couponry.storage.postgres.statements import ROLLBACK, Prepared

ANSWER_TIMEOUT_SECONDS: Final = 30
"""How long a server may take over one round trip, waiting for locks included, before it is taken for dead."""

_REPLANNED_AFTER: Final = frozenset({10, 100, 1000})
_REPLANNED_EVERY: Final = 10_000

Call = tuple[Prepared, tuple[str, ...]]
"""A statement and its values."""


class Exchange:
    """A connection, which it takes over, and statements that are prepared on it."""

    def __init__(self, connection: DurableConnection, prepared: Sequence[Prepared]) -> None:
        self.connection = connection
        self._pgconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._loads = 0
        try:
            self._prepare(prepared)
        except BaseException:
            connection.close()
            raise

    def plans_are_old(self) -> bool:
        """Tell, asked once for each load, whether the tables may have outgrown the plans that were made for them."""
        self._loads += 1
        return self._loads % _REPLANNED_EVERY == 0 or self._loads in _REPLANNED_AFTER

    def carry(self, *calls: Call) -> list[PGresult]:
        """Carry out statements in order; an error of one leaves out all that follow."""
        self._pgconn.enter_pipeline_mode()
        for statement, values in calls:
            texts = [value.encode() for value in values]
            self._pgconn.send_query_prepared(statement.name, texts, result_format=Format.BINARY)
        return self._results(len(calls))

    def roll_back(self) -> None:
        """Take the transaction back, if there is one."""
        if self._pgconn.transaction_status != TransactionStatus.IDLE:
            self.carry((ROLLBACK, ()))

    def rows(self, result: PGresult) -> list[TupleRow]:
        """Read the rows of a result."""
        if not result.ntuples:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _prepare(self, prepared: Sequence[Prepared]) -> None:
        self._pgconn.enter_pipeline_mode()
        for statement in prepared:
            self._pgconn.send_prepare(statement.name, statement.text)
        self._results(len(prepared))

    def _results(self, count: int) -> list[PGresult]:
        """Send what is queued, wait for so many results and leave the pipeline; raise the first error of them."""
        deadline = time.monotonic() + ANSWER_TIMEOUT_SECONDS
        self._pgconn.pipeline_sync()
        try:
            while self._pgconn.flush():
                self._wait(select.POLLIN | select.POLLOUT, deadline)
            results = [self._result(deadline) for _ in range(count)]
            self._next(deadline)  # the answer to the sync
        finally:
            with suppress(psycopg.Error):  # a connection that broke cannot leave, and is given up
                self._pgconn.exit_pipeline_mode()
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        return results

    def _result(self, deadline: float) -> PGresult:
        result = self._next(deadline)
        if result is None:
            raise psycopg.OperationalError("the server gave no result")
        while self._next(deadline) is not None:
            pass
        return result

    def _next(self, deadline: float) -> PGresult | None:
        while self._pgconn.is_busy():
            self._wait(select.POLLIN, deadline)
        return self._pgconn.get_result()

    def _wait(self, events: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(self._pgconn.socket, events)
        found = poll.poll(max(0, deadline - time.monotonic()) * 1000)
        if not found:
            raise psycopg.OperationalError("the server took too long to answer")
        if found[0][1] & ~select.POLLOUT:
            self._pgconn.consume_input()
