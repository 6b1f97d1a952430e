"""The lane on SQLite: a few set-based statements for each transaction, straight through the driver."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Table

from couponry.domain.campaigns import Campaign, CampaignCounters
from couponry.domain.world import Wanted, World
from couponry.engine.ports import LaneTransaction
from couponry.storage import schema
from couponry.storage.rows.answers import AnswerRow, answer_from_row, answer_to_row
from couponry.storage.rows.campaigns import CampaignRow, campaign_from_row, counters_to_row
from couponry.storage.rows.coupons import CouponRow, coupon_from_row, coupon_to_row, entry_to_row
from couponry.storage.rows.events import event_to_row
from couponry.storage.rows.redemptions import (
    RedemptionRow,
    redemption_from_row,
    redemption_to_row,
    rollback_to_row,
)
from couponry.storage.sqlite import statements
from couponry.storage.sqlite.errors import translated_errors
from couponry.storage.sqlite.sets import Value, insert_rows

_MAX_CAMPAIGNS_KEPT: Final = 10_000


class _OfferRow(CampaignRow, array_like=True):
    """A campaign with its counters."""

    issued_count: int
    redeemed_count: int


_answers = msgspec.json.Decoder(list[AnswerRow])
_redemptions = msgspec.json.Decoder(list[RedemptionRow])
_coupons = msgspec.json.Decoder(list[CouponRow])
_offers = msgspec.json.Decoder(list[_OfferRow])


class SqliteLaneSession:
    """The connection of one lane. With `turns` it writes; without, it reads snapshots."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        turns: AbstractContextManager[None] | None,
        count_load: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._turns = turns
        self._count_load = count_load
        self._campaigns: dict[tuple[str, str], Campaign] = {}

    @contextmanager
    def transaction(self) -> Iterator[LaneTransaction]:
        with translated_errors():
            if self._turns is None:
                with self._begun("BEGIN") as transaction:
                    yield transaction
            else:
                with self._turns, self._begun("BEGIN IMMEDIATE") as transaction:
                    yield transaction

    def close(self) -> None:
        with translated_errors():
            self._connection.close()

    @contextmanager
    def _begun(self, begin: str) -> Iterator[LaneTransaction]:
        connection = self._connection
        connection.execute(begin)
        try:
            yield self
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
            raise

    def load(self, wanted: Wanted) -> World:
        self._count_load()
        names = {name: _packed_names(getattr(wanted, name)) for name in wanted.__struct_fields__}
        answers, answered, used, coupons, offers = self._connection.execute(statements.LOAD, names).fetchone()
        world = World()
        for redemption_row in _redemptions.decode(used):
            key = (redemption_row.tenant_id, redemption_row.redemption_id)
            world.redemptions[key] = redemption_from_row(redemption_row)
        self._hold_answers(world, _answers.decode(answers), _redemptions.decode(answered))
        for coupon_row in _coupons.decode(coupons):
            world.coupons[coupon_row.tenant_id, coupon_row.coupon_id] = coupon_from_row(coupon_row)
            if coupon_row.canonical is not None:
                world.coupon_ids[coupon_row.tenant_id, coupon_row.canonical] = coupon_row.coupon_id
        for offer in _offers.decode(offers):
            self._hold_offer(world, offer)
        return world

    def _hold_answers(self, world: World, rows: Sequence[AnswerRow], answered: Sequence[RedemptionRow]) -> None:
        made = {(row.tenant_id, row.redemption_id): redemption_from_row(row) for row in answered}
        for row in rows:
            redemption = None if row.redemption_id is None else made[row.tenant_id, row.redemption_id]
            world.answers[row.tenant_id, row.key] = answer_from_row(row, redemption)

    def _hold_offer(self, world: World, row: _OfferRow) -> None:
        """Put a campaign into the world, decoded anew only when its version is not the one decoded before."""
        key = (row.tenant_id, row.campaign_id)
        campaign = self._campaigns.get(key)
        if campaign is None or campaign.version != row.version:
            if len(self._campaigns) >= _MAX_CAMPAIGNS_KEPT:
                self._campaigns.clear()
            campaign = self._campaigns[key] = campaign_from_row(row)
        world.campaigns[key] = campaign
        if campaign.is_capped:
            world.counters[key] = CampaignCounters(*key, row.issued_count, row.redeemed_count)

    def save(self, world: World) -> None:
        if self._turns is None:
            raise RuntimeError("a read session saves nothing")
        self._save_uses(world)
        counters = world.counters
        self._insert(
            schema.campaign_counters,
            [counters_to_row(counters[key]) for key in world.changed_counters],
            statements.CHANGED_COUNTERS,
        )
        self._insert(schema.rollbacks, [rollback_to_row(rollback) for rollback in world.new_rollbacks])
        self._insert(schema.ledger_entries, [entry_to_row(entry) for entry in world.new_entries])
        self._insert(schema.events, [event_to_row(event) for event in world.new_events])
        self._insert(schema.idempotency_keys, [answer_to_row(kept) for kept in world.new_answers])

    def _save_uses(self, world: World) -> None:
        """Write redemptions and coupons; where one made the other's row, they name each other."""
        redemptions, coupons = world.redemptions, world.coupons
        first = _first_touches(world)
        new = [
            redemption_to_row(redemptions[key], is_first_touch=(key[0], redemptions[key].coupon_id) in first)
            for key in world.new_redemptions
        ]
        changed_keys = world.changed_redemptions.difference(world.new_redemptions)
        changed = [redemption_to_row(redemptions[key], is_first_touch=False) for key in changed_keys]
        touched = [coupon_to_row(coupons[key], first.get(key)) for key in world.changed_coupons]
        self._insert(schema.redemptions, new)
        self._insert(schema.redemptions, changed, statements.CHANGED_REDEMPTION)
        self._insert(schema.coupons, touched, statements.CHANGED_COUPON)

    def _insert(self, table: Table, rows: Sequence[Struct], conflict: str = "") -> None:
        insert_rows(self._execute, table, rows, conflict)

    def _execute(self, statement: str, values: tuple[Value, ...]) -> int:
        return self._connection.execute(statement, values).rowcount


def _first_touches(world: World) -> dict[tuple[str, str], str]:
    """Find the coupons whose row is made by one redemption and nothing else: (tenant, coupon) to redemption."""
    first = {}
    for tenant_id, redemption_id in world.new_redemptions:
        key = (tenant_id, world.redemptions[tenant_id, redemption_id].coupon_id)
        coupon = world.coupons[key]
        if coupon.canonical is None and coupon.version == 1:
            first[key] = redemption_id
    return first


def _packed_names(names: Iterable[tuple[str, str]]) -> str:
    return msgspec.json.encode(list(names)).decode()
