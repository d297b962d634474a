"""Commands on activities and outputs: held, attended, evaluated, written, published."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from domain.activity import AttendanceRecorded, ContactRecorded, Held, QuestionnaireRecorded, held
from domain.output import Published, Written
from domain.participant import entered
from domain.rejection import InvalidValue, NotFound
from domain.streams import ACTIVITY, OUTPUT, PARTICIPANT
from service.commands.projects import registered
from service.commands.work import Work


class NewActivity(msgspec.Struct, frozen=True, kw_only=True):
    """An activity that was held; `form` is in_person or electronic."""

    reference: str
    key_activity: str
    kind: str
    name_en: str
    name_cs: str
    start: date
    end: date
    place: str | None
    country: str | None
    hours: Decimal
    form: str


class NewAttendance(msgspec.Struct, frozen=True, kw_only=True):
    """Support of one participant on a day; without `form` it is the activity's."""

    participant_id: UUID
    date: date
    quantity: Decimal
    unit: str
    form: str | None


class NewQuestionnaire(msgspec.Struct, frozen=True, kw_only=True):
    """An anonymous evaluation, 1 (worst) to 5 (best)."""

    reference: str
    content: int
    usefulness: int
    organisation: int
    language: str


class NewContact(msgspec.Struct, frozen=True, kw_only=True):
    """An anonymous contact of a helpdesk."""

    client_code: str
    date: date
    channel: str
    minutes: int
    topic: str


class NewOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An output; `counts` = of a kind that the indicator of documents counts."""

    reference: str
    kind: str
    title: str
    written_on: date
    published_on: date | None
    published_at: str | None
    counts: bool


def hold_activity(work: Work, project: UUID, activity: UUID, values: NewActivity) -> None:
    """Records an activity that took place."""
    registered(work, project)
    fields = msgspec.structs.asdict(values)
    work.record(ACTIVITY, activity, Held(effective_on=values.end, project=project, **fields))


def record_attendance(work: Work, activity: UUID, values: NewAttendance) -> None:
    """Records what support a participant of the same project received."""
    activity_held = held(work.load(ACTIVITY, activity).state)
    entry = entered(work.load(PARTICIPANT, values.participant_id).state)
    if entry.project != activity_held.project:
        raise NotFound("the project has no such participant", "/participant_id")
    if entry.entry_known and values.date < entry.effective_on:
        raise InvalidValue(f"expected {entry.effective_on} (entry) or later", "/date")
    fact = AttendanceRecorded(
        effective_on=values.date,
        project=activity_held.project,
        participant=values.participant_id,
        quantity=values.quantity,
        unit=values.unit,
        form=values.form or activity_held.form,
    )
    work.record(ACTIVITY, activity, fact)


def record_questionnaire(work: Work, activity: UUID, values: NewQuestionnaire) -> None:
    """Records an anonymous questionnaire; it counts on the activity's last day."""
    activity_held = held(work.load(ACTIVITY, activity).state)
    fields = msgspec.structs.asdict(values)
    day, project = activity_held.end, activity_held.project
    fact = QuestionnaireRecorded(effective_on=day, project=project, **fields)
    work.record(ACTIVITY, activity, fact)


def record_contact(work: Work, activity: UUID, values: NewContact) -> None:
    """Records an anonymous contact of the helpdesk."""
    activity_held = held(work.load(ACTIVITY, activity).state)
    fact = ContactRecorded(
        effective_on=values.date,
        project=activity_held.project,
        client_code=values.client_code,
        channel=values.channel,
        minutes=values.minutes,
        topic=values.topic,
    )
    work.record(ACTIVITY, activity, fact)


def record_output(work: Work, project: UUID, output: UUID, values: NewOutput) -> None:
    """Records an output as written and, when it is, as published."""
    registered(work, project)
    if (values.published_on is None) != (values.published_at is None):
        raise InvalidValue("expected both day and address of publication", "/published_at")
    written = Written(
        effective_on=values.written_on,
        project=project,
        reference=values.reference,
        kind=values.kind,
        title=values.title,
        counts=values.counts,
    )
    work.record(OUTPUT, output, written)
    if values.published_on is not None and values.published_at is not None:
        publish_output(work, output, values.published_on, values.published_at)


def publish_output(work: Work, output: UUID, published_on: date, published_at: str) -> None:
    """Records that an output was published."""
    written = work.load(OUTPUT, output).state.written
    if written is None:
        raise NotFound("the output does not exist")
    fact = Published(effective_on=published_on, project=written.project, published_at=published_at)
    work.record(OUTPUT, output, fact)
