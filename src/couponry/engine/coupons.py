"""Use cases of single coupons: find one by any code as typed, and take the steps of its life."""

from collections.abc import Sequence

from couponry.domain.campaigns import Metadata
from couponry.domain.commands import ActOnCoupon, Command, IdempotencyKey, QueryAnswer, Validate
from couponry.domain.coupons import CouponAction, require_customer
from couponry.domain.ledger import LedgerEntry
from couponry.domain.refusals import Reason, refuse
from couponry.domain.world import Outcome
from couponry.engine.lane import Lane
from couponry.engine.pending import Pending
from couponry.engine.ports import Page
from couponry.engine.workshop import Workshop


class Coupons:
    """Use cases of single coupons."""

    def __init__(
        self, workshop: Workshop, lane: Lane[Command, Outcome], questions: Lane[Validate, QueryAnswer]
    ) -> None:
        """Take the tools of the house and its lanes."""
        self._workshop = workshop
        self._lane = lane
        self._questions = questions

    def find(self, tenant_id: str, typed: str) -> Pending[QueryAnswer]:
        """Find a coupon.

        Args:
            tenant_id: whose.
            typed: the code, however typed, or the coupon's identifier.

        Returns:
            the coupon to come, with its campaign and status, or the refusal `code_unknown`.

        Raises:
            LaneFull, LaneClosed: the process takes no more at the moment.
        """
        reference = self._workshop.catalogue.resolve(tenant_id, typed)
        if reference is None:
            return Pending.done(refuse(Reason.CODE_UNKNOWN))
        return self._questions.submit(Validate(tenant_id, reference))

    def act(
        self,
        tenant_id: str,
        typed: str,
        action: CouponAction,
        *,
        customer: str | None = None,
        metadata: Metadata | None = None,
        expected_version: int | None = None,
        key: IdempotencyKey | None = None,
    ) -> Pending[Outcome]:
        """Take a step in a coupon's life.

        Args:
            tenant_id: whose.
            typed: the code, however typed, or the coupon's identifier.
            action: the step, as in `coupons.act_on_coupon`.
            customer: for assign: whom it belongs to from now on, 1 to 200 characters; None takes it back.
            metadata: for update: what replaces the coupon's metadata.
            expected_version: the version it must still have; Conflict `version_mismatch` when fetched otherwise.
            key: of the request.

        Returns:
            the changed coupon to come, once it is durable, or the refusal.

        Raises:
            InvalidValue: `customer_out_of_range`.
            LaneFull, LaneClosed: the process takes no more at the moment.
        """
        require_customer(customer)
        reference = self._workshop.catalogue.resolve(tenant_id, typed)
        if reference is None:
            return Pending.done(Outcome(refuse(Reason.CODE_UNKNOWN)))
        command = ActOnCoupon(tenant_id, reference, action, customer, metadata, expected_version, key)
        return self._lane.submit(command)

    def entries(self, tenant_id: str, coupon_id: str, page: Page) -> Sequence[LedgerEntry]:
        """List the ledger entries of a coupon, newest first; empty while nobody touched it."""
        with self._workshop.store.read() as reader:
            return reader.entries(tenant_id, coupon_id, page)
