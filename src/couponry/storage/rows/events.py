"""Rows of events."""

import msgspec
from msgspec import Struct

from couponry.domain.events import Event, EventType
from couponry.storage.rows.instants import to_instant, to_microseconds

_data = msgspec.json.Decoder(dict[str, str | int | None])


class EventRow(Struct, array_like=True):
    tenant_id: str
    event_id: str
    type: str
    subject_id: str
    data: str
    created_at: int


def event_to_row(event: Event) -> EventRow:
    return EventRow(
        event.tenant_id,
        event.event_id,
        event.type.value,
        event.subject_id,
        msgspec.json.encode(event.data).decode(),
        to_microseconds(event.created_at),
    )


def event_from_row(row: EventRow) -> Event:
    return Event(
        row.tenant_id,
        row.event_id,
        EventType(row.type),
        row.subject_id,
        _data.decode(row.data),
        to_instant(row.created_at),
    )
