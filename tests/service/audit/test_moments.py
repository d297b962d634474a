"""From when and until when: days of Prague, over the change of the clock too."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.rejection import InvalidValue
from service.audit.moments import since, until


@pytest.mark.parametrize(
    ("day", "first", "end"),
    [
        ("2026-01-31", "2026-01-30T23:00+00:00", "2026-01-31T23:00+00:00"),
        ("2026-03-29", "2026-03-28T23:00+00:00", "2026-03-29T22:00+00:00"),
        ("2026-10-25", "2026-10-24T22:00+00:00", "2026-10-25T23:00+00:00"),
    ],
)
def test_a_day_is_whole(day: str, first: str, end: str) -> None:
    assert since(day) == datetime.fromisoformat(first)
    assert until(day) == datetime.fromisoformat(end)


def test_a_moment_is_itself() -> None:
    for read in (since, until):
        moment = read("2026-03-31T12:00:00.5+02:00")
        assert moment == datetime(2026, 3, 31, 10, tzinfo=UTC) + timedelta(seconds=0.5)


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-02-30", "20260301", "2026-W10", "2026-03-01T10:00", "31. 3. 2026", "12"],
)
def test_anything_else_is_refused(text: str) -> None:
    for read in (since, until):
        with pytest.raises(InvalidValue, match="expected a day"):
            read(text)


def test_days_at_the_ends_of_the_calendar_are_refused_not_crashed() -> None:
    with pytest.raises(InvalidValue):
        until("9999-12-31")
    with pytest.raises(InvalidValue):
        since("0001-01-01")
