"""Answers under idempotency keys."""

import msgspec
import pytest

from couponry.domain.commands import Command
from couponry.domain.coupons import Coupon, CouponAction
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Refused
from couponry.domain.world import KeptAnswer, Outcome
from couponry.engine.ports import KeptResult, LaneSession, Store
from tests.properties.samples import NOW, TENANT
from tests.storage.samples import (
    MICROSECOND,
    act,
    carry,
    idempotency,
    loaded,
    open_campaign,
    place,
    redeem,
    redeemed,
    roll_back,
)


def test_redemption_is_kept_by_name(store: Store, session: LaneSession) -> None:
    """A key whose answer was a redemption brings that redemption, and nothing else of it."""
    open_campaign(store)
    command = redeem(place(5), idempotency=idempotency("k"))
    redemption = redeemed(session, command)
    world = loaded(session, act(place(6), CouponAction.UNVOID, idempotency=idempotency("k")))
    assert world.answers == {(TENANT, "k"): KeptAnswer(TENANT, idempotency("k"), redemption, NOW)}
    assert world.coupons == {}
    with store.read() as reader:
        assert reader.kept_result(TENANT, "k") == KeptResult("fingerprint of k", None)


def test_replay_gives_the_redemption_as_it_was_made(store: Store, session: LaneSession) -> None:
    """A repeated request gets its first answer, also after that redemption was rolled back."""
    open_campaign(store)
    command = redeem(place(5), idempotency=idempotency("k"))
    redemption = redeemed(session, command)
    carry(session, roll_back(redemption), now=NOW + MICROSECOND)
    assert carry(session, command) == [Outcome(redemption, is_replay=True)]


@pytest.mark.parametrize("kind", [Refused, Coupon, Rollback])
def test_other_answers_are_kept_as_they_are(
    store: Store, session: LaneSession, kind: type[Refused | Coupon | Rollback]
) -> None:
    """A refusal, a coupon and a rollback come back under their key as they were given."""
    open_campaign(store)
    redemption = redeemed(session, redeem(place(5)))
    commands: dict[type, Command] = {
        Refused: act(place(6), CouponAction.UNVOID, idempotency=idempotency("k")),
        Coupon: act(place(6), CouponAction.VOID, idempotency=idempotency("k")),
        Rollback: roll_back(redemption, 7, idempotency=idempotency("k")),
    }
    command = commands[kind]
    (outcome,) = carry(session, command)
    assert isinstance(outcome, Outcome)
    assert isinstance(outcome.answer, kind)
    assert carry(session, command) == [Outcome(outcome.answer, is_replay=True)]


def test_result_of_a_use_case_is_kept(store: Store, session: LaneSession) -> None:
    """JSON kept beside the lane comes back byte for byte, and the lane sees its key as used."""
    body = msgspec.json.encode({"name": "Größe 🎈", "count": 2**62})
    with store.write() as writer:
        writer.keep_result(TENANT, "k", "print", body, NOW)
    with store.read() as reader:
        assert reader.kept_result(TENANT, "k") == KeptResult("print", body)
        assert reader.kept_result(TENANT, "other") is None
    kept = loaded(session, redeem(place(5), idempotency=idempotency("k"))).answers[TENANT, "k"]
    assert (kept.answer, kept.idempotency.fingerprint, kept.created_at) == (body, "print", NOW)


def test_same_key_twice_in_one_transaction(store: Store, session: LaneSession) -> None:
    """A request repeated within one transaction is carried out once."""
    open_campaign(store)
    command = redeem(place(5), idempotency=idempotency("k"))
    first, second = carry(session, command, command)
    assert isinstance(first, Outcome)
    assert isinstance(first.answer, Redemption)
    assert second == Outcome(first.answer, is_replay=True)
    assert loaded(session, command).answers[TENANT, "k"].answer == first.answer
