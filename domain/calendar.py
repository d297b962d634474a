"""Days and months as grant rules count them; all dates are local (Europe/Prague)."""

from calendar import monthrange
from datetime import date, timedelta

SATURDAY = 5


def last_day_of_month(day: date) -> date:
    """The last calendar day of the month that holds `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def last_weekday_of_month(day: date) -> date:
    """The last Monday-Friday day of the month; a public holiday counts, as on a work record."""
    last = last_day_of_month(day)
    while last.weekday() >= SATURDAY:
        last -= timedelta(days=1)
    return last


def month_number(day: date) -> int:
    """Months since year 0: months of two dates compare as whole numbers."""
    return day.year * 12 + day.month


def age_on(born: date, day: date) -> int:
    """Completed years; born on 29 February, one is a year older on 1 March of a common year.

    Source: definition of the EU common indicators, age at the date of entry.
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
