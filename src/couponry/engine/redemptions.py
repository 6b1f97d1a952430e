"""Use cases of redemptions: ask, use, undo, and look back."""

from collections.abc import Sequence

from couponry.domain.commands import Command, IdempotencyKey, QueryAnswer, Redeem, RollBack, Validate
from couponry.domain.errors import NotFound
from couponry.domain.money import require_amount
from couponry.domain.orders import Order
from couponry.domain.redemptions import Redemption, Rollback
from couponry.domain.refusals import Reason, refuse
from couponry.domain.world import Outcome
from couponry.engine.lane import Lane
from couponry.engine.pending import Pending
from couponry.engine.ports import Page, RedemptionFilter
from couponry.engine.workshop import Workshop


class Redemptions:
    """Use cases of redemptions."""

    def __init__(
        self, workshop: Workshop, lane: Lane[Command, Outcome], questions: Lane[Validate, QueryAnswer]
    ) -> None:
        """Take the tools of the house and its lanes."""
        self._workshop = workshop
        self._lane = lane
        self._questions = questions

    def validate(
        self,
        tenant_id: str,
        typed: str,
        *,
        customer: str | None = None,
        order: Order | None = None,
        is_public: bool = False,
    ) -> Pending[QueryAnswer]:
        """Ask what redeeming a code would do now; changes nothing.

        Args:
            tenant_id: whose.
            typed: the code, however typed, or a coupon's identifier.
            customer: who would use it.
            order: what it would be used on; without one no discount is computed.
            is_public: whether anybody may be asking; then only a code counts, no identifier.

        Returns:
            the verdict to come, or the refusal `code_unknown`.

        Raises:
            LaneFull, LaneClosed: the process takes no more at the moment.
        """
        reference = self._workshop.catalogue.resolve(tenant_id, typed, takes_ids=not is_public)
        if reference is None:
            return Pending.done(refuse(Reason.CODE_UNKNOWN))
        return self._questions.submit(Validate(tenant_id, reference, customer, order))

    def redeem(
        self,
        tenant_id: str,
        typed: str,
        *,
        customer: str | None = None,
        order: Order | None = None,
        key: IdempotencyKey | None = None,
    ) -> Pending[Outcome]:
        """Use a code.

        Args:
            tenant_id: whose.
            typed: the code, however typed, or a coupon's identifier.
            customer: who uses it, 1 to 200 characters.
            order: what it is used on; without one the use counts and no discount is computed.
            key: of the request.

        Returns:
            the redemption to come, once it is durable, or the refusals.

        Raises:
            LaneFull, LaneClosed: the process takes no more at the moment.
        """
        reference = self._workshop.catalogue.resolve(tenant_id, typed)
        if reference is None:
            return Pending.done(Outcome(refuse(Reason.CODE_UNKNOWN)))
        return self._lane.submit(Redeem(tenant_id, reference, customer, order, key))

    def roll_back(
        self,
        tenant_id: str,
        redemption_id: str,
        *,
        amount_minor: int | None = None,
        reason: str | None = None,
        key: IdempotencyKey | None = None,
    ) -> Pending[Outcome]:
        """Undo a redemption, whole or in part.

        Args:
            tenant_id: whose.
            redemption_id: which.
            amount_minor: how much of its discount, 1 or more in minor units; None for all that is left.
            reason: the caller's words.
            key: of the request.

        Returns:
            the rollback to come, once it is durable, or the refusal. A redemption that does not exist raises NotFound
            when the answer is fetched.

        Raises:
            InvalidValue: `amount_out_of_range`.
            LaneFull, LaneClosed: the process takes no more at the moment.
        """
        if amount_minor is not None:
            require_amount(amount_minor, "amount", minimum=1)
        return self._lane.submit(RollBack(tenant_id, redemption_id, amount_minor, reason, key))

    def get(self, tenant_id: str, redemption_id: str) -> Redemption:
        """Find a redemption; raises NotFound."""
        with self._workshop.store.read() as reader:
            redemption = reader.redemption(tenant_id, redemption_id)
        if redemption is None:
            raise NotFound("redemption", redemption_id)
        return redemption

    def list(self, tenant_id: str, chosen: RedemptionFilter, page: Page) -> Sequence[Redemption]:
        """List a tenant's redemptions, newest first."""
        with self._workshop.store.read() as reader:
            return reader.redemptions(tenant_id, chosen, page)

    def rollbacks(self, tenant_id: str, redemption_id: str) -> Sequence[Rollback]:
        """List the rollbacks of a redemption, oldest first; empty for an unknown one."""
        with self._workshop.store.read() as reader:
            return reader.rollbacks(tenant_id, redemption_id)
