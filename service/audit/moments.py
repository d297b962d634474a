"""From when and until when the trail is asked: days of Prague, or moments with an offset."""

import re
from datetime import UTC, date, datetime, time, timedelta

from domain.rejection import InvalidValue
from service.wording.wording import PRAGUE

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EXPECTED = "expected a day such as 2026-03-31, or a time with offset such as 2026-03-31T12:00+02:00"
ONE_DAY = timedelta(days=1)


def since(text: str) -> datetime:
    """The first moment: the moment given, or the beginning of the day. Raises InvalidValue."""
    return _moment(text, timedelta(0), "since")


def until(text: str) -> datetime:
    """The first moment no more asked: the moment given, or the end of the day."""
    return _moment(text, ONE_DAY, "until")


def _moment(text: str, of_a_day: timedelta, name: str) -> datetime:
    try:
        if DAY.fullmatch(text):
            day = date.fromisoformat(text) + of_a_day
            return datetime.combine(day, time(), PRAGUE).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidValue(EXPECTED, name)
