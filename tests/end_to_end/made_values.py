"""Values that the strategies of made projects share: amounts, days around edges, the legal act."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st

Row = dict[str, str]
Draw = Callable[[st.SearchStrategy[Any]], Any]
FIRST_DAYS = (date(2015, 1, 1), date(2016, 2, 29), date(2017, 6, 15), date(2020, 1, 31))
LENGTHS = (1, 29, 92, 181)
DUE_AFTER = (0, 1, 30)
OUTSIDE_DAYS = 40


@dataclass(frozen=True)
class Period:
    start: date
    end: date
    report_due: date


@dataclass(frozen=True)
class Frame:
    """The days that everything else of a project is placed by."""

    periods: tuple[Period, ...]

    @property
    def start(self) -> date:
        return self.periods[0].start

    @property
    def end(self) -> date:
        return self.periods[-1].end

    @property
    def edges(self) -> list[date]:
        """Days on which a rule changes its mind, with the days beside them."""
        days = [day for one in self.periods for day in (one.start, one.end, one.report_due)]
        return sorted({day + timedelta(n) for day in days for n in (-1, 0, 1)})


@st.composite
def frames(draw: Draw) -> Frame:
    """One to four periods of the lengths of a day to half a year."""
    start, periods = draw(st.sampled_from(FIRST_DAYS)), []
    for length in draw(st.lists(st.sampled_from(LENGTHS), min_size=1, max_size=4)):
        end = start + timedelta(length - 1)
        due = end + timedelta(draw(st.sampled_from(DUE_AFTER)))
        periods.append(Period(start, end, due))
        start = end + timedelta(1)
    return Frame(tuple(periods))


def days_around(frame: Frame) -> st.SearchStrategy[date]:
    """Days in the project and some before and after it, mostly on edges."""
    first, last = frame.start - timedelta(OUTSIDE_DAYS), frame.end + timedelta(OUTSIDE_DAYS)
    return st.one_of(st.sampled_from(frame.edges), st.dates(first, last))


def days_within(frame: Frame) -> st.SearchStrategy[date]:
    """Days of the project, mostly on edges."""
    edges = [day for day in frame.edges if frame.start <= day <= frame.end]
    return st.one_of(st.sampled_from(edges), st.dates(frame.start, frame.end))


def or_nothing(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """The text of a value, or the empty cell."""
    return st.one_of(values.map(str), values.map(str), st.just(""))


def cents(least: int, most: int) -> st.SearchStrategy[Decimal]:
    """Amounts with two decimals, of so many haléře."""
    return st.integers(least, most).map(lambda number: Decimal(number).scaleb(-2))


def money(value: Decimal) -> str:
    """Rounded half up, never a negative zero."""
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP) + 0:.2f}"


def sampled(draw: Draw, *values: Any) -> Any:
    return draw(st.sampled_from(values))


def earlier_id(draw: Draw, rows: Sequence[Row]) -> str:
    """The id of a row above, now and then."""
    return draw(st.sampled_from(["", "", *(row["id"] for row in rows)]))
