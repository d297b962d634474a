"""What is due follows from the legal act, the claims handed in and the day."""

from datetime import date, timedelta

import pytest

from domain.deadlines import Deadline, deadlines
from tests import builders

ACT = builders.registered()
FIRST, LAST = ACT.periods[0], ACT.periods[-1]
ALL = {period.number for period in ACT.periods}


def kinds(claimed: set[int], day: date) -> list[tuple[str, int]]:
    return [(one.kind, one.period) for one in deadlines(ACT, claimed, day)]


def test_on_the_first_day_the_first_period_is_what_comes_next() -> None:
    found = deadlines(ACT, set(), ACT.start)
    assert found[0] == Deadline(FIRST.end, "period_end", 1)
    assert Deadline(FIRST.report_due, "report", 1) in found
    assert found == sorted(found)


def test_a_report_that_is_not_handed_in_stays_overdue() -> None:
    due = FIRST.report_due
    assert ("report", 1) in kinds(set(), due)
    (overdue, *_) = deadlines(ACT, set(), due + timedelta(days=3))
    assert (overdue.kind, overdue.period, overdue.days_left(due + timedelta(days=3))) == (
        "report",
        1,
        -3,
    )


def test_what_is_handed_in_is_no_longer_due() -> None:
    assert ("report", 1) not in kinds({1}, FIRST.end)
    assert ("period_end", 1) not in kinds({1}, FIRST.end)
    assert ("period_end", 1) in kinds(set(), FIRST.end), "control"


def test_payments_are_possible_until_the_last_report_is_due() -> None:
    before = ALL - {LAST.number}
    assert ("last_payment", 0) in kinds(before, LAST.report_due)
    assert ("last_payment", 0) not in kinds(before, LAST.report_due + timedelta(days=1))
    assert ("last_payment", 0) not in kinds(ALL, LAST.report_due)
    assert ("period_end", LAST.number) not in kinds(before, LAST.end), "the last one has its own"


@pytest.mark.parametrize(("days", "shown"), [(0, True), (1, False)])
def test_the_project_ends_with_its_last_day(days: int, shown: bool) -> None:
    day = ACT.end + timedelta(days=days)
    assert (("project_end", 0) in kinds(ALL, day)) is shown


def test_nothing_is_due_when_all_is_handed_in_and_over() -> None:
    assert deadlines(ACT, ALL, LAST.report_due + timedelta(days=1)) == []


def test_nothing_is_shown_that_is_more_than_a_year_ahead() -> None:
    early = ACT.start - timedelta(days=5000)
    assert deadlines(ACT, set(), early) == []
