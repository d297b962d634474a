"""What happened at an activity: attendance, anonymous questionnaires and helpdesk contacts."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain.activity import MINUTES
from domain.rejection import NotFound
from domain.streams import ACTIVITY, PARTICIPANT
from projections.activity_query import ACTIVITIES, ATTENDANCE
from projections.page_query import Row
from service.api.activities import Form, held_in
from service.api.caller import AsCaller, Recorded
from service.api.fields import (
    Body,
    Code,
    Day,
    Item,
    Number,
    Reference,
    Text,
    Version,
    command_values,
    decimal_text,
    word_of,
)
from service.api.filters import OnlyParticipant
from service.api.lists import Listing, of_snapshot
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import ActivityId, ProjectId, read, write
from service.api.sorts import SortOfAttendance
from service.commands import activities
from service.commands.persons import SealedNames
from service.commands.prepared import Prepared
from service.commands.work import Work

PersonId = Annotated[
    UUID,
    Meta(
        description="The participant, pseudonymous",
        examples=["0d5c1f8e-3f53-4a5e-8d0f-1f6f2a7b3c44"],
    ),
]
Quantity = Annotated[Number, Meta(description="As written, in `unit`", examples=["7"])]
Unit = Annotated[str, word_of(MINUTES, "Unit of the amount", "hour")]
Grade = Annotated[int, Meta(ge=1, le=5, description="1 worst, 5 best", examples=[4])]


class Attendance(Body, frozen=True, kw_only=True):
    """Support that a participant received on a day; without `form` it is the activity's."""

    participant_id: PersonId
    date: Day
    quantity: Quantity
    unit: Unit
    form: Form | None = None


class AttendanceAt(Attendance, frozen=True, kw_only=True):
    """Support that a participant received at an activity on a day."""

    activity_id: Annotated[
        UUID,
        Meta(description="The activity", examples=["3c1f8e0a-7d53-4b8e-9a1c-2f4f6a2b7c55"]),
    ]


class Questionnaire(Body, frozen=True, kw_only=True):
    """An anonymous evaluation."""

    reference: Annotated[Reference, Meta(examples=["Q0001"])]
    content: Grade
    usefulness: Grade
    organisation: Grade
    language: Annotated[Code, Meta(description="Language it was filled in", examples=["cs"])]


class Contact(Body, frozen=True, kw_only=True):
    """An anonymous contact of a helpdesk."""

    client_code: Annotated[Reference, Meta(description="Not a name", examples=["K017"])]
    date: Day
    channel: Annotated[Code, Meta(examples=["phone"])]
    minutes: Annotated[int, Meta(ge=1, le=1440, examples=[15])]
    topic: Annotated[Text, Meta(examples=["residence permit"])]


class AttendanceRead(Item, frozen=True, kw_only=True):
    """An attendance; it is corrected by the activity's id and this version."""

    version: Version
    participant_id: PersonId
    date: Annotated[date, Meta(examples=["2026-03-31"])]
    quantity: Quantity
    unit: Unit
    form: Form


class AttendancePage(Item, frozen=True, kw_only=True):
    """A page of attendances in the order in which they were recorded."""

    items: list[AttendanceRead]
    next_cursor: NextCursor


PATH = "/projects/{project_id:uuid}/activities/{activity_id:uuid}"


@write(
    f"{PATH}/attendance",
    permission="activities.record",
    adds_to="activity_id",
    operation_id="record_attendance",
    summary="Record an attendance",
    tags=["activities"],
)
def record_attendance(
    caller: AsCaller, project_id: ProjectId, activity_id: ActivityId, data: JSONBody[Attendance]
) -> Response[Recorded]:
    """Records the support of one participant on one day, at most what the activity offers."""
    return caller.record(prepared_attendance(project_id, activity_id, data).alone)


def prepared_attendance(project_id: UUID, activity_id: UUID, data: Attendance) -> Prepared:
    """The command that records an attendance."""
    values = command_values(activities.NewAttendance, data)

    def decide(work: Work, _: SealedNames, __: UUID) -> None:
        held_in(work, project_id, activity_id)
        activities.record_attendance(work, activity_id, values)

    return Prepared(
        decide, lambda _, __, ___: [(ACTIVITY, activity_id), (PARTICIPANT, data.participant_id)]
    )


@read(
    f"{PATH}/attendance",
    permission="activities.read",
    lists=AttendanceRead,
    operation_id="list_attendance",
    summary="List the attendance of an activity",
    tags=["activities"],
)
def list_attendance(
    caller: AsCaller,
    project_id: ProjectId,
    activity_id: ActivityId,
    participant: OnlyParticipant = None,
    sort: SortOfAttendance = "version",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[AttendancePage]:
    """Who attended, by pseudonymous ids."""
    values = {"activity": activity_id}
    listing = Listing(
        query=ATTENDANCE.sorted_by(sort),
        shown=_attendance,
        project=project_id,
        values=values,
        only={"participant": participant},
    )
    with caller.reading(project_id, ATTENDANCE.views) as snapshot:
        found, _ = ACTIVITIES.page(snapshot.connection, values | {"project": project_id}, 1, None)
        if not found:
            raise NotFound("the project has no such record")
        return of_snapshot(caller, snapshot, AttendancePage, listing, limit, cursor)


@write(
    f"{PATH}/questionnaires",
    permission="activities.record",
    adds_to="activity_id",
    operation_id="record_questionnaire",
    summary="Record a questionnaire",
    tags=["activities"],
)
def record_questionnaire(
    caller: AsCaller, project_id: ProjectId, activity_id: ActivityId, data: JSONBody[Questionnaire]
) -> Response[Recorded]:
    """Records an anonymous questionnaire; it counts on the activity's last day."""
    values = command_values(activities.NewQuestionnaire, data)

    def decide(work: Work, _: UUID) -> None:
        held_in(work, project_id, activity_id)
        activities.record_questionnaire(work, activity_id, values)

    return caller.record(decide)


@write(
    f"{PATH}/contacts",
    permission="activities.record",
    adds_to="activity_id",
    operation_id="record_contact",
    summary="Record a helpdesk contact",
    tags=["activities"],
)
def record_contact(
    caller: AsCaller, project_id: ProjectId, activity_id: ActivityId, data: JSONBody[Contact]
) -> Response[Recorded]:
    """Records an anonymous contact of the helpdesk, on a day on which it was open."""
    values = command_values(activities.NewContact, data)

    def decide(work: Work, _: UUID) -> None:
        held_in(work, project_id, activity_id)
        activities.record_contact(work, activity_id, values)

    return caller.record(decide)


def _attendance(row: Row) -> AttendanceRead:
    return AttendanceRead(
        version=row["fact_version"],
        participant_id=row["participant_id"],
        date=row["received_on"],
        quantity=decimal_text(row["quantity"]),
        unit=row["unit"],
        form=row["form"],
    )
