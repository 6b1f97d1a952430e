"""Events over HTTP."""

from typing import Final

from couponry.domain.events import Event
from couponry.http.answers import Answer, json_answer
from couponry.http.api.shapes_out import EventBody, Listing
from couponry.http.calls import Call
from couponry.http.paging import PAGE_PARAMETERS, next_cursor
from couponry.http.queries import Parameter

LIST_PARAMETERS: Final = (
    *PAGE_PARAMETERS,
    Parameter("type", "Only events whose type begins with this, such as `redemption.`."),
)


def index(call: Call) -> Answer:
    """List events, newest first."""
    page = call.page
    events = call.engine.events.list(call.tenant_id, page, call.text("type"))
    return json_answer(
        Listing([event_body(event) for event in events], next_cursor(page, [event.event_id for event in events]))
    )


def event_body(event: Event) -> EventBody:
    """Write an event."""
    return EventBody(event.event_id, event.type.value, event.subject_id, event.data, event.created_at)
