"""What can be recorded many at once, with the body and the command of its single route."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from domain.document import DocumentRecorded
from domain.expenditure import Recorded as RecordedFact
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from service.api.activities import ActivityHeld, prepared_activity
from service.api.attendance import AttendanceAt, prepared_attendance
from service.api.document_bodies import DocumentToRecord
from service.api.documents import prepared_document
from service.api.fields import Body
from service.api.participants import ParticipantToEnter, prepared_participant
from service.api.preconditions import Precondition
from service.api.spending import PaymentOfDocument, prepared_payment
from service.api.trips import TripToRecord, prepared_trip
from service.api.work_records import WorkToRecord, prepared_work
from service.commands.persons import SealedNames
from service.commands.prepared import Prepared
from service.commands.work import Work
from service.permissions import Permission, Rights


class BulkKind(NamedTuple):
    """A collection of a project: `path` below it, the body of one item and how it is prepared."""

    path: str
    permission: Permission
    body: type[Body]
    prepared: Callable[[Rights, UUID, Any], Prepared]
    things: str
    tag: str

    @property
    def operation_id(self) -> str:
        """Such as `record_many_work_records`."""
        return "record_many_" + self.things.replace(" ", "_")


def _payments(path: str, permission: Permission, fact: type[RecordedFact], tag: str) -> BulkKind:
    def prepared(_: Rights, project: UUID, data: PaymentOfDocument) -> Prepared:
        payment = prepared_payment(project, data.document_id, fact, data.paid_on)
        if data.version is None:
            return payment
        seen = Precondition(data.document_id, frozenset({data.version}))

        def decide(work: Work, known: SealedNames, new_record: UUID) -> None:
            seen.judged(work, lambda: payment.decide(work, known, new_record))

        return replace(payment, decide=decide)

    things = f"payments of {tag}"
    return BulkKind(f"{path}/payments", permission, PaymentOfDocument, prepared, things, tag)


def _participant(_: Rights, project: UUID, data: ParticipantToEnter) -> Prepared:
    return prepared_participant(project, data)


def _activity(_: Rights, project: UUID, data: ActivityHeld) -> Prepared:
    return prepared_activity(project, data)


def _attendance(_: Rights, project: UUID, data: AttendanceAt) -> Prepared:
    return prepared_attendance(project, data.activity_id, data)


DOCUMENTS, WORK, TRIPS = "documents.record", "work_records.record", "trips.record"
ACTIVITIES, PARTICIPANTS = "activities.record", "participants.record"
KINDS: tuple[BulkKind, ...] = (
    BulkKind("activities", ACTIVITIES, ActivityHeld, _activity, "activities", "activities"),
    BulkKind("attendance", ACTIVITIES, AttendanceAt, _attendance, "attendances", "activities"),
    BulkKind(
        "participants",
        PARTICIPANTS,
        ParticipantToEnter,
        _participant,
        "participants",
        "participants",
    ),
    BulkKind("documents", DOCUMENTS, DocumentToRecord, prepared_document, "documents", "documents"),
    BulkKind("work-records", WORK, WorkToRecord, prepared_work, "work records", "work records"),
    BulkKind("trips", TRIPS, TripToRecord, prepared_trip, "trips", "trips"),
    _payments("documents", DOCUMENTS, DocumentRecorded, "documents"),
    _payments("work-records", WORK, WorkRecorded, "work records"),
    _payments("trips", TRIPS, TravelRecorded, "trips"),
)
