"""The point of both times that a reader asks for, from the fields of a form."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from service.api.strict_request import YEAR_MAX, YEAR_MIN
from service.reports import Point
from service.wording.wording import PRAGUE

POSITION_MAX = 2**63 - 1
DAY_END = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True)
class Asked:
    """The two fields as written, the point they stand for, and which field is at fault and why."""

    as_of: str
    known_at: str
    point: Point
    errors: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_now(self) -> bool:
        """Whether nothing is asked: today, and all that is recorded."""
        return self.point == Point()

    @property
    def query(self) -> dict[str, str | None]:
        """What links keep."""
        return {} if self.errors else {"as_of": self.as_of, "known_at": self.known_at}

    def refused(self, name: str, reason: str) -> "Asked":
        """With a field that is found at fault later; the page then shows now."""
        return Asked(self.as_of, self.known_at, Point(), {**self.errors, name: reason})


def asked(as_of: str | None, known_at: str | None) -> Asked:
    """The point of two fields; one at fault is named, and the point is then now."""
    written = Asked((as_of or "").strip(), (known_at or "").strip(), Point())
    day, then = _day(written.as_of), _then(written.known_at)
    if written.as_of and day is None:
        written = written.refused("as_of", "day")
    if written.known_at and then is None:
        written = written.refused("known_at", "then")
    if written.errors:
        return written
    return Asked(written.as_of, written.known_at, Point(day, then))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if YEAR_MIN <= day.year <= YEAR_MAX else None


def _then(text: str) -> int | datetime | None:
    """A position, or a moment; without an offset it is of Prague, a day alone is its end."""
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 20 and int(text) <= POSITION_MAX else None
    if day := _day(text):
        return (datetime.combine(day, time(), PRAGUE) + DAY_END).astimezone(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=PRAGUE)
