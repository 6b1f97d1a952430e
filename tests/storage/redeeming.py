"""A process that redeems until it is ended, telling each acknowledged redemption on a line of its output.

Called as `python -m tests.storage.redeeming ENGINE ADDRESS FIRST_INDEX MOST`: it tries the sample campaign's coupons
from an index on, three in each transaction.
"""

import sys
from itertools import count

from couponry.domain.redemptions import Redemption
from couponry.domain.world import Outcome
from couponry.engine.clock import SystemClock
from couponry.engine.identifiers import Identifiers
from couponry.engine.lane import carry_commands
from tests.storage.databases import database_of
from tests.storage.samples import place, redeem

PER_TRANSACTION = 3


def main(engine: str, address: str, first_index: int, most: int) -> None:
    """Redeem, and say so after each commit."""
    session = database_of(engine, address).open().lane_session()
    clock = SystemClock()
    carry = carry_commands(session, clock, Identifiers(clock))
    for start in count(first_index, PER_TRANSACTION):
        if start >= first_index + most:
            break
        outcomes = carry([redeem(place(start + step)) for step in range(PER_TRANSACTION)])
        for outcome in outcomes:
            if isinstance(outcome, Outcome) and isinstance(outcome.answer, Redemption):
                sys.stdout.write(f"{outcome.answer.redemption_id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
