"""The world a lane sees during one transaction: what was loaded, what the commands before have changed."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from couponry.domain.campaigns import Campaign, CampaignCounters
from couponry.domain.commands import (
    ActOnCoupon,
    Answer,
    Command,
    CouponRef,
    IdempotencyKey,
    IdRef,
    Redeem,
    RollBack,
    SeriesRef,
    StoredRef,
    Validate,
)
from couponry.domain.coupons import Coupon, untouched_coupon
from couponry.domain.decisions import Decision, NewId, decide_action, decide_redemption, decide_rollback
from couponry.domain.errors import Conflict, NotFound
from couponry.domain.events import Event
from couponry.domain.ledger import LedgerEntry
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Reason, Refused, refuse
from couponry.domain.validations import Validation, validate


class KeptAnswer(Struct, frozen=True):
    """The answer that was given under an idempotency key.

    Attributes:
        answer: the answer itself, or its JSON (`answer_to_json`) as storage gives it back.
    """

    tenant_id: str
    idempotency: IdempotencyKey
    answer: Answer | bytes
    created_at: datetime


def answer_to_json(answer: Answer) -> bytes:
    """Write an answer in the form in which it is kept under its key."""
    return msgspec.json.encode(answer)


class Wanted(Struct, frozen=True):
    """What a run of commands needs loaded, by (tenant, name); coupons and redemptions bring their campaigns along."""

    campaigns: set[tuple[str, str]]
    coupons: set[tuple[str, str]]
    canonicals: set[tuple[str, str]]
    redemptions: set[tuple[str, str]]
    answers: set[tuple[str, str]]


def wanted_by(commands: Iterable[Command | Validate]) -> Wanted:
    """Collect what commands and questions need loaded.

    Args:
        commands: of any tenants.

    Returns:
        the names, each once.
    """
    wanted = Wanted(set(), set(), set(), set(), set())
    for command in commands:
        tenant_id = command.tenant_id
        if not isinstance(command, Validate) and command.idempotency is not None:
            wanted.answers.add((tenant_id, command.idempotency.key))
        if isinstance(command, RollBack):
            wanted.redemptions.add((tenant_id, command.redemption_id))
            continue
        match command.coupon:
            case SeriesRef(batch=batch, coupon_id=coupon_id):
                wanted.campaigns.add((tenant_id, batch.campaign_id))
                wanted.coupons.add((tenant_id, coupon_id))
            case IdRef(coupon_id=coupon_id):
                wanted.coupons.add((tenant_id, coupon_id))
            case StoredRef(canonical=canonical):
                wanted.canonicals.add((tenant_id, canonical))
    return wanted


class Outcome(Struct, frozen=True):
    """What a caller is told, and whether it was told so before under the same key."""

    answer: Answer
    is_replay: bool = False


class World:
    """State under decision: loaded by storage, changed by `decide`, saved by storage from what is new and changed.

    Keys of all mappings begin with the tenant, so that one transaction can serve many.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.campaigns: dict[tuple[str, str], Campaign] = {}
        self.counters: dict[tuple[str, str], CampaignCounters] = {}
        self.coupons: dict[tuple[str, str], Coupon] = {}
        self.coupon_ids: dict[tuple[str, str], str] = {}
        """(tenant, canonical) to coupon id, for stored codes."""
        self.redemptions: dict[tuple[str, str], Redemption] = {}
        self.answers: dict[tuple[str, str], KeptAnswer] = {}
        self.changed_counters: set[tuple[str, str]] = set()
        self.changed_coupons: set[tuple[str, str]] = set()
        self.new_redemptions: list[tuple[str, str]] = []
        self.changed_redemptions: set[tuple[str, str]] = set()
        self.new_rollbacks: list[Rollback] = []
        self.new_entries: list[LedgerEntry] = []
        self.new_events: list[Event] = []
        self.new_answers: list[KeptAnswer] = []

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save."""
        return bool(self.changed_coupons or self.new_answers or self.new_events)

    def coupon(self, tenant_id: str, ref: CouponRef) -> Coupon | None:
        """Find the coupon a command names.

        Args:
            tenant_id: whose.
            ref: how it is named.

        Returns:
            the coupon as the commands before have left it; None when there is none.
        """
        match ref:
            case SeriesRef():
                coupon = self.coupons.get((tenant_id, ref.coupon_id))
                if coupon is not None:
                    return coupon
                campaign = self.campaigns.get((tenant_id, ref.batch.campaign_id))
                return None if campaign is None else untouched_coupon(ref.batch, campaign, ref.index, ref.code)
            case StoredRef():
                coupon_id = self.coupon_ids.get((tenant_id, ref.canonical))
                return None if coupon_id is None else self.coupons.get((tenant_id, coupon_id))
            case IdRef():
                return self.coupons.get((tenant_id, ref.coupon_id))

    def decide(self, command: Command, now: datetime, new_id: NewId) -> Outcome:
        """Carry out one command on this state.

        Args:
            command: what is asked.
            now: the instant of the transaction.
            new_id: source of fresh identifiers.

        Returns:
            the answer; under a key that was used for the same request, the answer given then.

        Raises:
            Conflict: `idempotency_key_reused` for another request under a used key; `version_mismatch`.
            NotFound: no such redemption.
            InvalidValue: a value of the command is out of range.
        """
        key = command.idempotency
        if not isinstance(command, RollBack) and self.coupon(command.tenant_id, command.coupon) is None:
            return Outcome(refuse(Reason.CODE_UNKNOWN))  # not kept: a guess shall leave nothing behind
        if key is not None:
            kept = self.answers.get((command.tenant_id, key.key))
            if kept is not None:
                return Outcome(replayed(kept, key), is_replay=True)
        decision = self._decision(command, now, new_id)
        self._apply(decision)
        if key is not None:
            kept = KeptAnswer(command.tenant_id, key, decision.answer, now)
            self.answers[command.tenant_id, key.key] = kept
            self.new_answers.append(kept)
        return Outcome(decision.answer)

    def validation(self, query: Validate, now: datetime) -> Validation | Refused:
        """Answer a question that changes nothing: the verdict, or the refusal `code_unknown`."""
        coupon = self.coupon(query.tenant_id, query.coupon)
        if coupon is None:
            return refuse(Reason.CODE_UNKNOWN)
        key = (query.tenant_id, coupon.campaign_id)
        return validate(coupon, self.campaigns[key], self.counters.get(key), query.order, now)

    def _decision(self, command: Command, now: datetime, new_id: NewId) -> Decision:
        tenant_id = command.tenant_id
        if isinstance(command, RollBack):
            redemption = self.redemptions.get((tenant_id, command.redemption_id))
            if redemption is None:
                raise NotFound("redemption", command.redemption_id)
            key = (tenant_id, redemption.campaign_id)
            coupon = self.coupons[tenant_id, redemption.coupon_id]
            return decide_rollback(
                command, redemption, coupon, self.campaigns[key], self.counters.get(key), now, new_id
            )
        found = self.coupon(tenant_id, command.coupon)
        if found is None:
            return Decision(refuse(Reason.CODE_UNKNOWN))
        key = (tenant_id, found.campaign_id)
        match command:
            case Redeem():
                return decide_redemption(command, found, self.campaigns[key], self.counters.get(key), now, new_id)
            case ActOnCoupon():
                return decide_action(command, found, self.campaigns[key], now, new_id)

    def _apply(self, decision: Decision) -> None:
        coupon = decision.coupon
        if coupon is not None:
            self.coupons[coupon.tenant_id, coupon.coupon_id] = coupon
            self.changed_coupons.add((coupon.tenant_id, coupon.coupon_id))
        if decision.counters is not None:
            key = (decision.counters.tenant_id, decision.counters.campaign_id)
            self.counters[key] = decision.counters
            self.changed_counters.add(key)
        redemption = decision.redemption
        if redemption is not None:
            key = (redemption.tenant_id, redemption.redemption_id)
            if decision.rollback is None:
                self.new_redemptions.append(key)
            else:
                self.changed_redemptions.add(key)
                self.new_rollbacks.append(decision.rollback)
            self.redemptions[key] = redemption
        self.new_entries.extend(decision.entries)
        self.new_events.extend(decision.events)


def replayed(kept: KeptAnswer, key: IdempotencyKey) -> Answer:
    """Give the answer that was kept under a key, as it was given then.

    Args:
        kept: what was kept.
        key: what came now.

    Returns:
        the answer.

    Raises:
        Conflict: `idempotency_key_reused` when the key was used for another request.
    """
    if kept.idempotency.fingerprint != key.fingerprint:
        raise Conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request; use a fresh key for each request.",
        )
    answer = msgspec.json.decode(kept.answer, type=Answer) if isinstance(kept.answer, bytes) else kept.answer
    return answer.as_made() if isinstance(answer, Redemption) else answer
