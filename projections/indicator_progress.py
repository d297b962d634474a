"""What was done and who counted: the fold over activities, participants, outputs and targets.

A participant is recounted whenever support, record or the project's dates change, with the pure
functions of `domain/indicator.py`; the person's fields are unsealed for the batch and forgotten.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain.activity import AttendanceRecorded, ContactRecorded, Held, QuestionnaireRecorded
from domain.event import Cancelled, Corrected, Fact, corrected_fact, encode, name_of
from domain.output import Published, Written
from domain.participant import CharacteristicsRecorded, Entered, Left
from domain.project import Registered, TargetSet
from domain.rule_set import RuleSet
from projections.counting import Counting, Sealed
from projections.indicator_tables import TABLES
from projections.projection import Event, Projection, Read
from projections.rows import Rows

NAME = "indicator_progress"
FACTS: tuple[type[Fact], ...] = (
    *(Registered, TargetSet, Held, AttendanceRecorded, QuestionnaireRecorded, ContactRecorded),
    *(Entered, CharacteristicsRecorded, Left, Written, Published, Corrected, Cancelled),
)
OF_PROJECT = ("activity", "questionnaire", "output", "participant")


def load(_: Rows, read: Read, events: Sequence[Event]) -> None:
    """Brings in the open rows that the events touch, for the live path."""
    streams = list({event.stream_id for event in events})
    changed = list(
        {event.stream_id for event in events if isinstance(event.fact, Corrected | Cancelled)}
    )
    participants = {*streams, *(p for event in events if (p := _attendant(event)))}
    projects = {row["project_id"] for row in read.open("activity", "activity_id", streams)}
    for row in read.open("support", "activity_id", changed):
        participants.add(row["participant_id"])
    read.open("questionnaire", "activity_id", changed)
    read.open("helpdesk_contact", "activity_id", changed)
    projects |= {row["project_id"] for row in read.open("output", "output_id", streams)}
    read.open("indicator_target", "stream_id", changed)
    moved = [row["project_id"] for row in read.open("indicator_project", "project_id", changed)]
    for table in OF_PROJECT:
        for row in read.open(table, "project_id", moved):
            if table == "participant":
                participants.add(row["participant_id"])
    known = read.open("participant", "participant_id", list(participants))
    read.open("support", "participant_id", list(participants))
    read.open("contribution", "participant_id", list(participants))
    projects |= {row["project_id"] for row in known}
    projects |= {p for event in events if (p := getattr(event.fact, "project", None))}
    read.open("indicator_project", "project_id", list(projects))


def sealed(rows: Rows, events: Sequence[Event]) -> set[bytes]:
    """The sealed rows of every participant that the events may recount."""
    wanted: set[bytes] = set()
    participants: set[UUID] = set()
    for event in events:
        fact = corrected_fact(event.fact) if isinstance(event.fact, Corrected) else event.fact
        match fact:
            case Entered(identity=person) | CharacteristicsRecorded(characteristics=person):
                wanted.add(bytes.fromhex(person.sha256))
            case _:
                pass
        participants |= _recounted(rows, event)
    for participant in participants:
        row = rows.get("participant", (participant,))
        if row is not None:
            wanted |= {row["identity"], row["characteristics"]} - {None}
    return wanted


def _recounted(rows: Rows, event: Event) -> set[UUID]:
    stream = event.stream_id
    found = {stream}
    if attendant := _attendant(event):
        found.add(attendant)
    if isinstance(event.fact, Corrected | Cancelled):
        found |= {row["participant_id"] for row in rows.where("support", "activity_id", stream)}
        found |= {row["participant_id"] for row in rows.where("participant", "project_id", stream)}
    return found


def _attendant(event: Event) -> UUID | None:
    fact = corrected_fact(event.fact) if isinstance(event.fact, Corrected) else event.fact
    return fact.participant if isinstance(fact, AttendanceRecorded) else None


def indicator_progress(rules_of: Callable[[str], RuleSet]) -> Projection:
    """The projection; `rules_of` gives the rule set of a name (the programme files)."""

    def fold(rows: Rows, events: Sequence[Event], persons: Sealed) -> None:
        counting = Counting(rows, persons, rules_of)
        for event in events:
            _fold_one(counting, event)

    types = frozenset(name_of(fact) for fact in FACTS)
    return Projection(
        name=NAME, version=2, tables=TABLES, types=types, load=load, sealed=sealed, fold=fold
    )


def _fold_one(counting: Counting, event: Event) -> None:
    match event.fact:
        case Corrected() as correction:
            new = corrected_fact(correction)
            _put(counting, event.stream_id, correction.version, new, event.position)
        case Cancelled(version=version):
            _cancel(counting, event.stream_id, version, event.position)
        case fact:
            _put(counting, event.stream_id, event.version, fact, event.position)


def _put(counting: Counting, stream: UUID, version: int, fact: Fact, position: int) -> None:
    rows = counting.rows
    match fact:
        case Registered():
            values = {"act": encode(fact), "source": position}
            rows.put("indicator_project", (stream,), values, position)
            counting.reassign(stream, position)
        case TargetSet():
            values = msgspec.structs.asdict(fact)
            values |= {"project_id": stream, "counts": values.pop("source"), "source": position}
            rows.put("indicator_target", (stream, version), values, position)
        case Held():
            counting.put_activity(stream, version, fact, position)
        case AttendanceRecorded():
            _put_support(counting, (stream, version), fact, position)
        case QuestionnaireRecorded():
            counting.put_questionnaire(stream, version, fact, position)
        case ContactRecorded():
            values = msgspec.structs.asdict(fact)
            del values["client_code"]
            values |= {"project_id": values.pop("project"), "source": position}
            rows.put("helpdesk_contact", (stream, version), values, position)
        case Entered() | CharacteristicsRecorded() | Left():
            _put_participant(counting, stream, version, fact, position)
        case Written() | Published():
            _put_output(counting, stream, version, fact, position)
        case _:
            pass


def _put_support(
    counting: Counting, key: tuple[UUID, int], fact: AttendanceRecorded, position: int
) -> None:
    old = counting.rows.get("support", key)
    values = {
        "project_id": fact.project,
        "participant_id": fact.participant,
        "received_on": fact.effective_on,
        "quantity": fact.quantity,
        "unit": fact.unit,
        "form": fact.form,
        "source": position,
    }
    counting.rows.put("support", key, values, position)
    counting.recount(fact.participant, position)
    if old is not None and old["participant_id"] != fact.participant:
        counting.recount(old["participant_id"], position)


def _put_participant(
    counting: Counting,
    participant: UUID,
    version: int,
    fact: Entered | CharacteristicsRecorded | Left,
    position: int,
) -> None:
    match fact:
        case Entered():
            part = {
                "project_id": fact.project,
                "reference": fact.reference,
                "entered_on": fact.effective_on,
                "entry_known": fact.entry_known,
                "identity": bytes.fromhex(fact.identity.sha256),
                "entered_version": version,
                "entered_source": position,
            }
        case CharacteristicsRecorded():
            part = {
                "project_id": fact.project,
                "characteristics": bytes.fromhex(fact.characteristics.sha256),
                "characterised_version": version,
                "characterised_source": position,
            }
        case Left():
            part = {
                "project_id": fact.project,
                "left_on": fact.effective_on,
                "situation": bytes.fromhex(fact.situation.sha256),
                "left_version": version,
            }
    counting.change_participant(participant, part, position)


def _put_output(
    counting: Counting, output: UUID, version: int, fact: Written | Published, position: int
) -> None:
    match fact:
        case Written():
            part = {
                "reference": fact.reference,
                "kind": fact.kind,
                "title": fact.title,
                "counts": fact.counts,
                "written_on": fact.effective_on,
                "written_version": version,
                "written_source": position,
            }
        case Published():
            part = {
                "published_on": fact.effective_on,
                "published_at": fact.published_at,
                "published_version": version,
                "published_source": position,
            }
    counting.change_output(output, {"project_id": fact.project, **part}, position)


def _cancel(counting: Counting, stream: UUID, version: int, position: int) -> None:
    """What is cancelled is found by stream and version; streams of other projections are not."""
    rows = counting.rows
    for table in ("indicator_target", "questionnaire", "helpdesk_contact"):
        if rows.get(table, (stream, version)):
            rows.close(table, (stream, version), position)
    support = rows.get("support", (stream, version))
    if support is not None:
        rows.close("support", (stream, version), position)
        counting.recount(support["participant_id"], position)
    activity = rows.get("activity", (stream,))
    if activity is not None and activity["held_version"] == version:
        rows.close("activity", (stream,), position)
    _cancel_part(counting, "participant", stream, version, position)
    _cancel_part(counting, "output", stream, version, position)


PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "participant": {
        "characterised_version": ("characteristics", "characterised_source"),
        "left_version": ("left_on", "situation"),
    },
    "output": {"published_version": ("published_on", "published_at", "published_source")},
}
WHOLE = {"participant": "entered_version", "output": "written_version"}


def _cancel_part(counting: Counting, table: str, stream: UUID, version: int, position: int) -> None:
    row = counting.rows.get(table, (stream,))
    if row is None:
        return
    if row[WHOLE[table]] == version:
        counting.forget(table, stream, position)
        return
    for column, fields in PARTS[table].items():
        if row[column] == version:
            gone: dict[str, Any] = dict.fromkeys((column, *fields))
            if table == "participant":
                counting.change_participant(stream, gone, position)
            else:
                counting.change_output(stream, gone, position)
