"""What the rows of a chunk need, loaded and sealed together: a few queries for many rows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.document import DocumentRecorded
from domain.streams import ACTIVITY, CLAIM, EXPENDITURE, OUTPUT, PARTICIPANT, RESERVATION
from domain.work_record import WorkRecorded
from service.commands.expenditures import month_stream
from service.commands.participants import to_seal
from service.commands.persons import seal_names, seal_participants
from service.importing import row_commands
from service.importing.recording import Recording
from service.importing.reserved_streams import reserved_streams
from service.store.log import Beside

OWN = {"activities": ACTIVITY, "participants": PARTICIPANT, "outputs": OUTPUT, "claims": CLAIM}


def seal_new_participants(recording: Recording, rows: Sequence[Any]) -> None:
    """Seals the persons of new rows together, or knows them as recorded already."""
    people = [to_seal(row_commands.new_participant(row)) for row in rows]
    answers = seal_participants(recording.work, recording.names, recording.project, people)
    for row, answer in zip(rows, answers, strict=True):
        recording.participants[row.row_id] = answer


def seal_named(recording: Recording, table: str, rows: Sequence[Any]) -> list[Beside]:
    """Seals suppliers and staff of rows; the statements are stored with the next recorded row."""
    match table:
        case "sd1":
            suppliers = [row_commands.supplier_of(row) for row in rows]
            return seal_names(recording.work, recording.names, suppliers=suppliers)
        case "sd2":
            staff = [row_commands.employee_of(row) for row in rows]
        case "sd3":
            staff = [row_commands.traveller_of(row) for row in rows]
        case _:
            return []
    return seal_names(recording.work, recording.names, staff=staff)


def preload(recording: Recording, table: str, rows: Sequence[Any]) -> None:
    """Loads the streams of rows by one query a kind."""
    work, stream = recording.work, recording.stream
    match table:
        case "activities" | "participants" | "outputs" | "claims":
            work.preload(OWN[table], [stream(table, row.row_id) for row in rows])
        case "attendance" | "questionnaires":
            work.preload(ACTIVITY, [stream("activities", row.activity_id) for row in rows])
            if table == "attendance":
                persons = [stream("participants", row.participant_id) for row in rows]
                work.preload(PARTICIPANT, persons)
        case "sd1" | "sd2" | "sd3":
            own = [stream(table, row.row_id) for row in rows]
            corrected = [recording.corrected(row.corrects) for row in rows]
            work.preload(EXPENDITURE, [*own, *(one for one in corrected if one is not None)])
            reserved = reserved_streams(recording, table, rows)
            work.preload(RESERVATION, [*reserved, *_held_now(recording, own)])
        case _:
            return


def _held_now(recording: Recording, streams: Sequence[UUID]) -> list[UUID]:
    """The reservations that recorded documents hold: a correction may release them."""
    work = recording.work
    held: list[UUID] = []
    for stream in streams:
        match work.load(EXPENDITURE, stream).state.recorded:
            case DocumentRecorded(number_key=UUID() as key):
                held.append(key)
            case WorkRecorded(employee=employee, month=month):
                held.append(month_stream(work, employee.person, month))
            case _:
                pass
    return held
