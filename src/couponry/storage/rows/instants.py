"""Instants as whole microseconds since 1970, exact both ways."""

from datetime import UTC, datetime, timedelta
from typing import Final, overload

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_PER_DAY: Final = 86_400
_MICROSECONDS_PER_SECOND: Final = 1_000_000


@overload
def to_microseconds(instant: datetime) -> int: ...
@overload
def to_microseconds(instant: datetime | None) -> int | None: ...
def to_microseconds(instant: datetime | None) -> int | None:
    """Count the microseconds from 1970 to an aware instant; None stays None."""
    if instant is None:
        return None
    passed = instant - _EPOCH
    return (passed.days * _SECONDS_PER_DAY + passed.seconds) * _MICROSECONDS_PER_SECOND + passed.microseconds


@overload
def to_instant(microseconds: int) -> datetime: ...
@overload
def to_instant(microseconds: int | None) -> datetime | None: ...
def to_instant(microseconds: int | None) -> datetime | None:
    """Return the instant so many microseconds after 1970, in UTC; None stays None."""
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
