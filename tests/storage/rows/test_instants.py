"""Instants and microseconds."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from couponry.storage.rows.instants import to_instant, to_microseconds


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_come_back_exactly(instant: datetime) -> None:
    """Every instant a datetime can hold survives to the microsecond."""
    assert to_instant(to_microseconds(instant)) == instant


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_order_is_kept(one: datetime, other: datetime) -> None:
    """Microseconds compare as their instants do."""
    assert (to_microseconds(one) < to_microseconds(other)) == (one < other)


def test_instants_come_back_in_utc() -> None:
    """An instant given in another zone is the same instant, in UTC."""
    given_at = datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    found = to_instant(to_microseconds(given_at))
    assert found == given_at
    assert found.tzinfo is UTC


def test_epoch_is_zero_and_nothing_stays_nothing() -> None:
    """1970 is 0, the microsecond before it -1, and None stays None."""
    assert to_microseconds(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert to_microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert to_microseconds(None) is None
    assert to_instant(None) is None
