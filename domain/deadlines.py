"""What is due in a project and when: from its legal act and the claims handed in so far.

Claim n covers monitoring period n - 1 (`domain/claim.py`). Whatever is in a claim must have been
incurred by the last day of the project and paid by the due date of the last report
(`domain/findings.py`).
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal, NamedTuple

from domain.project import Registered

Kind = Literal["period_end", "report", "project_end", "last_payment"]
LOOK_AHEAD = timedelta(days=366)


class Deadline(NamedTuple):
    """Something to be done by the end of `due`; `period` of the report, 0 of the project."""

    due: date
    kind: Kind
    period: int

    def days_left(self, day: date) -> int:
        """How many days are left on a day; negative: overdue by so many."""
        return (self.due - day).days


def deadlines(act: Registered, claimed: Collection[int], day: date) -> list[Deadline]:
    """What is due on or after a day within a year, and what is overdue; the earliest first.

    `claimed`: the periods whose claim is handed in.
    """
    found: list[Deadline] = []
    for period in act.periods:
        if period.number not in claimed:
            found.append(Deadline(period.report_due, "report", period.number))
            if period is not act.periods[-1]:
                found.append(Deadline(period.end, "period_end", period.number))
    if act.periods[-1].number not in claimed:
        found.append(Deadline(act.periods[-1].report_due, "last_payment", 0))
    found.append(Deadline(act.end, "project_end", 0))
    return sorted(
        one
        for one in found
        if one.due <= day + LOOK_AHEAD and (one.due >= day or one.kind == "report")
    )
