"""What a caller needs to correct a record whose address names no project.

The projects are those of all facts that the record ever had, so that taking facts back hides or
shows nothing. Needed is what the recording of each fact in question needs; a fact that is not in
the table is refused to everybody.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from litestar.exceptions import PermissionDeniedException

from domain.document import DocumentRecorded
from domain.event import Corrected, Fact, corrected_fact, name_of
from domain.expenditure import lines_of
from domain.project import Registered
from domain.rejection import NotFound
from domain.streams import EXPENDITURE
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from service.api.guard import check_projects
from service.commands.corrections import loaded
from service.commands.work import Work
from service.permissions import Permission, Rights

RECORDED_WITH: Mapping[str, Permission] = {
    "project.registered.v1": "projects.register",
    "project.target-set.v1": "indicators.plan",
    "budget.item-added.v1": "budget.plan",
    "activity.held.v1": "activities.record",
    "activity.attendance-recorded.v1": "activities.record",
    "activity.questionnaire-recorded.v1": "activities.record",
    "activity.contact-recorded.v1": "activities.record",
    "participant.entered.v1": "participants.record",
    "participant.characteristics-recorded.v1": "participants.record",
    "participant.left.v1": "participants.record",
    "output.written.v1": "outputs.record",
    "output.published.v1": "outputs.record",
    "accounting-document.recorded.v1": "documents.record",
    "work-record.recorded.v1": "work_records.record",
    "work-record.signed.v1": "work_records.record",
    "travel-order.recorded.v1": "trips.record",
    "exchange-rate.recorded.v1": "exchange_rates.record",
    "claim.submitted.v1": "claims.submit",
    "claim.decided.v1": "claims.decide",
    "claim.paid.v1": "claims.pay",
}
OF_DOCUMENT = ("expenditure.paid.v1", "expenditure.claimed.v1")  # as its document


def check_record(
    rights: Rights, work: Work, stream: UUID, version: int | None, more: Iterable[UUID] = ()
) -> None:
    """Whether the caller may correct the fact `version` of a record, or cancel all of it.

    `more` are projects that the correction brings in. Raises NotFound, PermissionDeniedException.
    """
    record = loaded(work, stream)
    facts = [_values(fact) for fact in work.ledger.facts_of([stream])[stream]]
    projects = {project for fact in facts for project in _projects(stream, fact)} | set(more)
    in_question = [
        fact for number, fact in record.in_force.items() if version is None or number == version
    ]
    needed: set[Permission] = {"records.correct"}
    needed |= {_recorded_with(fact, facts[0]) for fact in in_question or facts[:1]}
    check_projects(rights, needed, projects, "/stream_id")


def check_corrects(rights: Rights, work: Work, document: UUID | None) -> None:
    """Whether the caller sees the document that a new one corrects. Raises NotFound."""
    if document is None:
        return
    recorded = work.load(EXPENDITURE, document).state.recorded
    projects = set[UUID]() if recorded is None else _projects(document, recorded)
    if not any(rights.sees(project) for project in projects):
        raise NotFound("the document that this one corrects does not exist", "/corrects")


def named_projects(changes: Mapping[str, Any]) -> set[UUID]:
    """The projects that new allocations name; what is no id is refused with the correction."""
    found: set[UUID] = set()
    allocations: Any = changes.get("allocations")
    if not isinstance(allocations, list):
        return found
    for allocation in cast("list[Any]", allocations):
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            found.add(UUID(allocation["project"]))
    return found


def _values(fact: Fact) -> Fact:
    return corrected_fact(fact) if isinstance(fact, Corrected) else fact


def _projects(stream: UUID, fact: Fact) -> set[UUID]:
    match fact:
        case Registered():
            return {stream}
        case DocumentRecorded() | WorkRecorded() | TravelRecorded():
            return {fact.project, *(line.project for line in lines_of(fact))}
        case _:
            project = getattr(fact, "project", None)
            return set() if project is None else {project}


def _recorded_with(fact: Fact, first: Fact) -> Permission:
    name = name_of(type(fact))
    if name in OF_DOCUMENT:
        name = name_of(type(first))
    if name not in RECORDED_WITH:
        raise PermissionDeniedException(detail="nobody may correct this")
    return RECORDED_WITH[name]
