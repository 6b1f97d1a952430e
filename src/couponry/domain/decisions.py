"""Decisions: state, command and now in; the answer and everything that changes out. Nothing here writes."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from couponry.domain.campaigns import Campaign, CampaignCounters, campaign_currency
from couponry.domain.commands import ActOnCoupon, Answer, Redeem, RollBack
from couponry.domain.coupons import Coupon, CouponAction, act_on_coupon, require_customer
from couponry.domain.errors import Conflict
from couponry.domain.events import Event, EventType
from couponry.domain.ledger import EntryKind, LedgerEntry
from couponry.domain.money import allocate
from couponry.domain.redemptions import Redemption, RedemptionStatus, Rollback
from couponry.domain.refusals import Reason, Refused, refuse
from couponry.domain.texts import require_text
from couponry.domain.validations import validate

NewId = Callable[[str], str]
"""Gives a fresh identifier for a prefix such as `rdm`."""

_EVENT_OF_ACTION = {
    CouponAction.ACTIVATE: EventType.COUPON_ACTIVATED,
    CouponAction.VOID: EventType.COUPON_VOIDED,
    CouponAction.UNVOID: EventType.COUPON_UNVOIDED,
    CouponAction.ASSIGN: EventType.COUPON_ASSIGNED,
    CouponAction.UPDATE: EventType.COUPON_UPDATED,
}


class Decision(Struct, frozen=True):
    """What a command does.

    Attributes:
        answer: what the caller is told.
        coupon: the coupon as it is from now on, or None when it stays.
        counters: the campaign's counters from now on, or None when they stay.
        redemption: made or changed by the command, or None.
        rollback: made by the command, or None.
        entries: ledger entries made.
        events: facts to tell.
    """

    answer: Answer
    coupon: Coupon | None = None
    counters: CampaignCounters | None = None
    redemption: Redemption | None = None
    rollback: Rollback | None = None
    entries: tuple[LedgerEntry, ...] = ()
    events: tuple[Event, ...] = ()


def decide_redemption(
    command: Redeem, coupon: Coupon, campaign: Campaign, counters: CampaignCounters | None, now: datetime, new_id: NewId
) -> Decision:
    """Decide whether a coupon is used.

    Args:
        command: what is asked.
        coupon: the coupon it names.
        campaign: the coupon's campaign.
        counters: the campaign's, under lock; needed for a capped campaign only.
        now: the instant of the redemption.
        new_id: source of fresh identifiers.

    Returns:
        a redemption with all that changes, or every refusal and no change.

    Raises:
        InvalidValue: `customer_out_of_range`, `text_not_storable`.
    """
    require_customer(command.customer)
    verdict = validate(coupon, campaign, counters, command.order, now)
    if verdict.refusals:
        return Decision(Refused(verdict.refusals))
    spent_minor = verdict.discount.amount_minor if verdict.discount is not None else 0
    balance_minor = None if coupon.balance_minor is None else coupon.balance_minor - spent_minor
    redemption = Redemption(
        tenant_id=command.tenant_id,
        redemption_id=new_id("rdm"),
        coupon_id=coupon.coupon_id,
        campaign_id=campaign.campaign_id,
        batch_id=coupon.batch_id,
        customer=command.customer,
        order=command.order,
        discount=verdict.discount,
        balance_after_minor=balance_minor,
        status=RedemptionStatus.REDEEMED,
        rolled_back_minor=0,
        rolled_back_lines=(),
        created_at=now,
        updated_at=now,
    )
    return Decision(
        answer=redemption,
        coupon=_used(coupon, +1, balance_minor, now),
        counters=_counted(campaign, counters, +1),
        redemption=redemption,
        entries=_opening_entries(coupon, campaign, now, new_id) + _entries_of_redemption(redemption, coupon, new_id),
        events=(_event_of_redemption(redemption, new_id),),
    )


def decide_rollback(
    command: RollBack,
    redemption: Redemption,
    coupon: Coupon,
    campaign: Campaign,
    counters: CampaignCounters | None,
    now: datetime,
    new_id: NewId,
) -> Decision:
    """Decide whether a redemption is undone, whole or in part; the use counts until nothing of it holds.

    Args:
        command: what is asked.
        redemption: the redemption it names.
        coupon: the redemption's coupon.
        campaign: the coupon's campaign; paused, ended or archived makes no difference here.
        counters: the campaign's, under lock; needed for a capped campaign only.
        now: the instant of the rollback.
        new_id: source of fresh identifiers.

    Returns:
        a rollback with all that changes, or the refusal `already_rolled_back` or `rollback_exceeds_rest`.

    Raises:
        InvalidValue: `text_not_storable`.
    """
    if command.reason is not None:
        require_text(command.reason, "reason")
    if redemption.status is RedemptionStatus.ROLLED_BACK:
        return Decision(refuse(Reason.ALREADY_ROLLED_BACK))
    rest_minor = redemption.rest_minor
    amount_minor = rest_minor if command.amount_minor is None else command.amount_minor
    if amount_minor > rest_minor:
        return Decision(refuse(Reason.ROLLBACK_EXCEEDS_REST, rest=rest_minor, asked=amount_minor))
    is_full = amount_minor == rest_minor
    balance_minor = None if coupon.balance_minor is None else coupon.balance_minor + amount_minor
    rollback = Rollback(
        tenant_id=command.tenant_id,
        rollback_id=new_id("rbk"),
        redemption_id=redemption.redemption_id,
        coupon_id=coupon.coupon_id,
        campaign_id=redemption.campaign_id,
        amount_minor=amount_minor,
        currency=None if redemption.discount is None else redemption.discount.currency,
        lines=allocate(amount_minor, redemption.rest_lines),
        is_full=is_full,
        balance_after_minor=balance_minor,
        reason=command.reason,
        created_at=now,
    )
    return Decision(
        answer=rollback,
        coupon=_used(coupon, -1 if is_full else 0, balance_minor, now),
        counters=_counted(campaign, counters, -1) if is_full else None,
        redemption=_rolled_back(redemption, rollback, now),
        rollback=rollback,
        entries=_entries_of_rollback(rollback, coupon, new_id),
        events=(_event_of_rollback(rollback, new_id),),
    )


def decide_action(command: ActOnCoupon, coupon: Coupon, campaign: Campaign, now: datetime, new_id: NewId) -> Decision:
    """Decide on a step in a coupon's life.

    Args:
        command: what is asked.
        coupon: the coupon it names.
        campaign: the coupon's campaign.
        now: the instant of the step.
        new_id: source of fresh identifiers.

    Returns:
        the changed coupon, or a refusal as `coupons.act_on_coupon` gives it.

    Raises:
        Conflict: `version_mismatch` when the coupon is no longer at the expected version.
        InvalidValue: `customer_out_of_range`, `text_not_storable`.
    """
    if command.expected_version is not None and command.expected_version != coupon.version:
        raise Conflict("version_mismatch", "The coupon has changed since it was read; read it again.")
    outcome = act_on_coupon(coupon, command.action, now, customer=command.customer, metadata=command.metadata)
    if isinstance(outcome, Refused):
        return Decision(outcome)
    event = Event(
        tenant_id=command.tenant_id,
        event_id=new_id("evt"),
        type=_EVENT_OF_ACTION[command.action],
        subject_id=coupon.coupon_id,
        data={"campaign": coupon.campaign_id},
        created_at=now,
    )
    entries = _opening_entries(coupon, campaign, now, new_id)
    return Decision(answer=outcome, coupon=outcome, entries=entries, events=(event,))


def _used(coupon: Coupon, uses: int, balance_minor: int | None, now: datetime) -> Coupon:
    """Book uses and the new balance on a coupon."""
    return replace(
        coupon,
        redeemed_count=coupon.redeemed_count + uses,
        balance_minor=balance_minor,
        version=coupon.version + 1,
        updated_at=now,
    )


def _counted(campaign: Campaign, counters: CampaignCounters | None, uses: int) -> CampaignCounters | None:
    """Book uses on the counter of a capped campaign; an uncapped one has nothing to count under a lock."""
    if counters is None or not campaign.is_capped:
        return None
    return replace(counters, redeemed_count=counters.redeemed_count + uses)


def _rolled_back(redemption: Redemption, rollback: Rollback, now: datetime) -> Redemption:
    """Book a rollback on its redemption."""
    given = redemption.rolled_back_lines or (0,) * len(rollback.lines)
    status = RedemptionStatus.ROLLED_BACK if rollback.is_full else RedemptionStatus.PARTIALLY_ROLLED_BACK
    return replace(
        redemption,
        status=status,
        rolled_back_minor=redemption.rolled_back_minor + rollback.amount_minor,
        rolled_back_lines=tuple(old + new for old, new in zip(given, rollback.lines, strict=True)),
        updated_at=now,
    )


def _opening_entries(coupon: Coupon, campaign: Campaign, now: datetime, new_id: NewId) -> tuple[LedgerEntry, ...]:
    """Open the account of a credit that nobody has touched before."""
    if coupon.version or coupon.balance_minor is None:
        return ()
    currency = campaign_currency(campaign)
    assert currency is not None
    opening = LedgerEntry(
        tenant_id=coupon.tenant_id,
        entry_id=new_id("led"),
        coupon_id=coupon.coupon_id,
        kind=EntryKind.OPENING,
        amount_minor=coupon.balance_minor,
        currency=currency,
        source_id=coupon.coupon_id,
        created_at=now,
    )
    return (opening,)


def _entries_of_redemption(redemption: Redemption, before: Coupon, new_id: NewId) -> tuple[LedgerEntry, ...]:
    """Write what a redemption took from a credit."""
    if before.balance_minor is None or redemption.discount is None:
        return ()
    spent = LedgerEntry(
        tenant_id=redemption.tenant_id,
        entry_id=new_id("led"),
        coupon_id=redemption.coupon_id,
        kind=EntryKind.REDEMPTION,
        amount_minor=-redemption.discount.amount_minor,
        currency=redemption.discount.currency,
        source_id=redemption.redemption_id,
        created_at=redemption.created_at,
    )
    return (spent,)


def _entries_of_rollback(rollback: Rollback, before: Coupon, new_id: NewId) -> tuple[LedgerEntry, ...]:
    """Write what a rollback gave back to a credit."""
    if before.balance_minor is None or rollback.currency is None or rollback.amount_minor == 0:
        return ()
    entry = LedgerEntry(
        tenant_id=rollback.tenant_id,
        entry_id=new_id("led"),
        coupon_id=rollback.coupon_id,
        kind=EntryKind.ROLLBACK,
        amount_minor=rollback.amount_minor,
        currency=rollback.currency,
        source_id=rollback.rollback_id,
        created_at=rollback.created_at,
    )
    return (entry,)


def _event_of_redemption(redemption: Redemption, new_id: NewId) -> Event:
    discount = redemption.discount
    return Event(
        tenant_id=redemption.tenant_id,
        event_id=new_id("evt"),
        type=EventType.REDEMPTION_CREATED,
        subject_id=redemption.redemption_id,
        data={
            "coupon": redemption.coupon_id,
            "campaign": redemption.campaign_id,
            "amount": None if discount is None else discount.amount_minor,
            "currency": None if discount is None else discount.currency,
        },
        created_at=redemption.created_at,
    )


def _event_of_rollback(rollback: Rollback, new_id: NewId) -> Event:
    return Event(
        tenant_id=rollback.tenant_id,
        event_id=new_id("evt"),
        type=EventType.REDEMPTION_ROLLED_BACK,
        subject_id=rollback.redemption_id,
        data={
            "rollback": rollback.rollback_id,
            "coupon": rollback.coupon_id,
            "campaign": rollback.campaign_id,
            "amount": rollback.amount_minor,
            "currency": rollback.currency,
        },
        created_at=rollback.created_at,
    )
