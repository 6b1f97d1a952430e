"""A house to test in: the engine on a real SQLite file, with a clock that tests move."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from couponry.domain.batches import Batch
from couponry.domain.benefits import Amount, Benefit
from couponry.domain.campaigns import Campaign, CampaignDraft, Limits
from couponry.domain.commands import IdempotencyKey
from couponry.domain.orders import Order
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Reason, Refused
from couponry.domain.validations import Validation
from couponry.engine.engine import Engine
from couponry.engine.idempotency import idempotency_key
from couponry.engine.imports import ImportedLine
from couponry.engine.keyring import Keyring
from couponry.storage.sqlite import open_sqlite
from tests.properties.samples import NOW

MASTER_KEY = bytes(range(32))
WAIT_SECONDS = 30.0
OTHER_MASTER_KEY = bytes(32)


class TestClock:
    """A clock that stands still until it is moved, and can do something when it is looked at."""

    __test__ = False

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._hooks: dict[int, Callable[[], object]] = {}
        self._hooked_thread = 0
        self._looks = 0

    def now(self) -> datetime:
        """Tell the instant; runs the hook of this look, if there is one in this thread."""
        if self._hooks and threading.get_ident() == self._hooked_thread:
            self._looks += 1
            hook = self._hooks.pop(self._looks, None)
            if hook is not None:
                hook()
        return self._now

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    def at_look(self, number: int, hook: Callable[[], object]) -> None:
        """Run a hook in this thread at its so-manieth look from now on: another process' doing in between."""
        self._looks = 0
        self._hooked_thread = threading.get_ident()
        self._hooks[number] = hook


class House:
    """An engine with a tenant, and short ways to say what tests say often."""

    def __init__(self, path: Path, clock: TestClock | None = None, **options: Any) -> None:  # noqa: ANN401  # the engine's
        self.path = path
        self.clock = clock or TestClock()
        keys = options.pop("keys", (MASTER_KEY,))
        self.store = open_sqlite(path)
        self.engine = Engine(self.store, Keyring(keys), self.clock, **options)
        tenant = self.engine.tenants.named("Shop") or self.engine.tenants.create("Shop")
        self.tenant = tenant.tenant_id

    def campaign(self, benefit: Benefit | None = None, limits: Limits | None = None, **draft: Any) -> Campaign:  # noqa: ANN401  # any field
        """Make a campaign, ten euros off unless said otherwise."""
        made = CampaignDraft("Summer", benefit or Amount(1000, "EUR"), limits or Limits(), **draft)
        return self.engine.campaigns.create(self.tenant, made).value

    def minted(self, campaign: Campaign, count: int, **options: Any) -> Batch:  # noqa: ANN401  # any option
        """Mint codes."""
        return self.engine.batches.mint(self.tenant, campaign.campaign_id, count, **options).value

    def codes(self, batch: Batch, **part: Any) -> list[str]:  # noqa: ANN401  # offset and limit
        """Read the codes of a batch."""
        stream = self.engine.batches.read_codes(self.tenant, batch.batch_id, **part)
        return b"".join(stream.chunks()).decode().split("\n")[:-1]

    def imported(self, campaign: Campaign, codes: list[str], **options: Any) -> Batch:  # noqa: ANN401  # any option
        """Import codes."""
        done = self.engine.imports.run(self.tenant, campaign.campaign_id, lines_of(codes), **options)
        return done.value.batch

    def redeem(
        self, typed: str, order: Order | None = None, *, customer: str | None = None, key: IdempotencyKey | None = None
    ) -> Redemption | list[Reason]:
        """Use a code: the redemption, or the reasons against it."""
        outcome = self.engine.redemptions.redeem(self.tenant, typed, customer=customer, order=order, key=key)
        answer = outcome.result(WAIT_SECONDS).answer
        if isinstance(answer, Refused):
            return [refusal.reason for refusal in answer.refusals]
        assert isinstance(answer, Redemption)
        return answer

    def used(self, typed: str, order: Order | None = None) -> Redemption:
        """Use a code that must be good."""
        answer = self.redeem(typed, order)
        assert isinstance(answer, Redemption), answer
        return answer

    def roll_back(self, redemption: Redemption, amount: int | None = None) -> Rollback | list[Reason]:
        """Undo a redemption: the rollback, or the reasons against it."""
        pending = self.engine.redemptions.roll_back(self.tenant, redemption.redemption_id, amount_minor=amount)
        answer = pending.result(WAIT_SECONDS).answer
        if isinstance(answer, Refused):
            return [refusal.reason for refusal in answer.refusals]
        assert isinstance(answer, Rollback)
        return answer

    def find(self, typed: str) -> Validation | None:
        """Find a coupon, or nothing."""
        answer = self.engine.coupons.find(self.tenant, typed).result(WAIT_SECONDS)
        return answer if isinstance(answer, Validation) else None

    def doctor(self) -> dict[str, str]:
        """Ask the doctor: what is wrong, by check. Codes that are easy to guess are no fault in a test."""
        found = {finding.check: finding.message for finding in self.engine.doctor() if not finding.is_ok}
        found.pop("code_spaces", None)
        return found


def lines_of(codes: list[str]) -> list[ImportedLine]:
    """Give codes numbers, as the lines of a file have."""
    return [ImportedLine(number, code) for number, code in enumerate(codes, 1)]


def key_of(text: str, *parts: object) -> IdempotencyKey:
    """Build the key of a request."""
    return idempotency_key(text, "test", *parts)


@contextmanager
def house_at(path: Path, clock: TestClock | None = None, **options: Any) -> Iterator[House]:  # noqa: ANN401  # the engine's
    """Open a house and close it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty_database())
    house = House(path, clock, **options)
    try:
        yield house
    finally:
        house.engine.close()


@cache
def _empty_database() -> bytes:
    """Make a fresh database once, so that each test starts with a copy instead of a migration."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        open_sqlite(path).close()
        return path.read_bytes()
