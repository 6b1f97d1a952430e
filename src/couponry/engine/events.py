"""Use cases of events: look back at what happened."""

from collections.abc import Sequence

from couponry.domain.events import Event
from couponry.engine.ports import Page
from couponry.engine.workshop import Workshop


class Events:
    """Use cases of events."""

    def __init__(self, workshop: Workshop) -> None:
        """Take the tools of the house."""
        self._workshop = workshop

    def list(self, tenant_id: str, page: Page, type_prefix: str | None = None) -> Sequence[Event]:
        """List a tenant's events, newest first.

        Args:
            tenant_id: whose.
            page: which part.
            type_prefix: only types that begin so, such as `redemption.`; None for all.

        Returns:
            the events.
        """
        with self._workshop.store.read() as reader:
            return reader.events(tenant_id, page, type_prefix)
