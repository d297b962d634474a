"""Findings (zjištění): the grant rules that a document breaks; computed, never recorded.

One pure function, used by the claim's decision and by the projection. A finding holds from a day
on (`since`): the day on which the last of the facts behind it took effect, so that it can be asked
as of any day. A document with a blocking finding is kept, is in no claim and in no sum.
The source of each rule stands in the rule set (`domain/programmes/`).
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from domain.calendar import last_weekday_of_month, month_number
from domain.document import DocumentRecorded, is_valid_ico
from domain.event import Record
from domain.expenditure import Recorded
from domain.project import Registered
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded

DUPLICATE_DOCUMENT = "duplicate_document"
INCURRED_OUTSIDE_PROJECT = "incurred_outside_project"
INVALID_SUPPLIER_ID = "invalid_supplier_id"
PAID_AFTER_DEADLINE = "paid_after_deadline"
SIGNED_TOO_EARLY = "signed_before_last_worked_day"
FTE_ABOVE_ONE = "fte_above_one"
# Shown, but no reason to keep a document out of a claim: hours may be agreed across projects.
WARNINGS = frozenset({FTE_ABOVE_ONE})
FTE_MAX = Decimal(1)


class Finding(Record, frozen=True, kw_only=True):
    """A broken rule by its code, and the first day on which it holds."""

    code: str
    since: date


class Judged(Record, frozen=True, kw_only=True):
    """What the rules look at: the document and what else is known of it.

    `earlier_same_number`: the effective date of an earlier document with the same number of the
    same supplier (the earliest, if several), None if there is none. `month_fte`: the FTE of the
    person's month over all contracts and projects, up to and including this work record.
    """

    recorded: Recorded
    paid_on: date | None
    signed_on: date | None
    earlier_same_number: date | None
    month_fte: Decimal


def findings(judged: Judged, project: Registered) -> list[Finding]:
    """The findings of a document in alphabetical order of their codes."""
    return sorted(_found(judged, project), key=lambda finding: finding.code)


def blocked_since(found: Iterable[Finding]) -> date | None:
    """The day from which the document is in no claim and no sum."""
    return min((one.since for one in found if one.code not in WARNINGS), default=None)


def _found(judged: Judged, project: Registered) -> Iterable[Finding]:
    document, day = judged.recorded, judged.recorded.effective_on
    if judged.earlier_same_number is not None:
        yield Finding(code=DUPLICATE_DOCUMENT, since=max(day, judged.earlier_same_number))
    if _outside(document, project):
        yield Finding(code=INCURRED_OUTSIDE_PROJECT, since=day)
    if isinstance(document, DocumentRecorded) and not _has_valid_ico(document):
        yield Finding(code=INVALID_SUPPLIER_ID, since=day)
    if judged.paid_on is not None and judged.paid_on > project.periods[-1].report_due:
        yield Finding(code=PAID_AFTER_DEADLINE, since=max(day, judged.paid_on))
    if isinstance(document, WorkRecorded) and document.fte > 0 and judged.month_fte > FTE_MAX:
        yield Finding(code=FTE_ABOVE_ONE, since=day)
    if isinstance(document, WorkRecorded) and judged.signed_on is not None:
        signed_too_early = judged.signed_on < last_weekday_of_month(document.month)
        if signed_too_early:
            yield Finding(code=SIGNED_TOO_EARLY, since=max(day, judged.signed_on))


def _has_valid_ico(document: DocumentRecorded) -> bool:
    return document.supplier_ico is None or is_valid_ico(document.supplier_ico)


def _outside(document: Recorded, project: Registered) -> bool:
    match document:
        case DocumentRecorded():
            return not project.start <= document.effective_on <= project.end
        case WorkRecorded():
            first, last = month_number(project.start), month_number(project.end)
            return not first <= month_number(document.month) <= last
        case TravelRecorded():
            return not project.start <= document.departed_at.date() <= project.end
