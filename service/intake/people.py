"""Participants and the support they received: what must hold between the two tables."""

from datetime import date

from domain.person import normalised
from service.intake.problems import shown
from service.intake.reading import Reading
from service.intake.references import (
    ATTENDANCE_ACTIVITY,
    ATTENDANCE_PARTICIPANT,
    check_reference,
)
from service.intake.rows import ActivityRow, AttendanceRow, ParticipantRow


def check_people(reading: Reading) -> None:
    """Attendance within its activity; participants once, entered before their first support."""
    check_reference(reading, ATTENDANCE_ACTIVITY)
    activities = {activity.id: activity for activity in reading.open(ActivityRow)}
    for attendance in reading.open(AttendanceRow):
        _check_attendance(reading, attendance, activities[attendance.activity_id])
    first_support: dict[str, date] = {}
    for attendance in reading.open(AttendanceRow):
        known = first_support.get(attendance.participant_id, attendance.date)
        first_support[attendance.participant_id] = min(known, attendance.date)
    for participant in reading.open(ParticipantRow):
        _check_participant(reading, participant, first_support.get(participant.id))
    _check_persons_once(reading)
    check_reference(reading, ATTENDANCE_PARTICIPANT)


def _check_attendance(reading: Reading, attendance: AttendanceRow, activity: ActivityRow) -> None:
    name = shown(activity.id)
    if attendance.date != activity.start:
        expected = f"{activity.start}, the first day of activity {name}"
        reading.refuse(attendance, "date", expected)
    if not 0 < attendance.hours <= activity.hours:
        expected = f"above 0 and at most {activity.hours:f}, the hours of activity {name}"
        reading.refuse(attendance, "hours", expected)


def _check_participant(
    reading: Reading, participant: ParticipantRow, first_support: date | None
) -> None:
    entry = participant.entry_date
    if entry is not None and first_support is not None and entry > first_support:
        file = reading.file("attendance")
        expected = f"{first_support} (the first support in {file}) or earlier"
        reading.refuse(participant, "entry_date", expected)
    if entry is not None and participant.birth_date is not None and participant.birth_date > entry:
        reading.refuse(participant, "birth_date", "a day before the entry")
    if entry is None and reading.project is not None:
        entry = reading.project.start
    if participant.exit_date is not None and entry is not None and participant.exit_date < entry:
        reading.refuse(participant, "exit_date", "the day of entry or later")
    if participant.exit_date is None and participant.exit_situation is not None:
        reading.refuse(participant, "exit_date", "a day, because an exit_situation is given")


def _check_persons_once(reading: Reading) -> None:
    """Names and birth date together occur once (the names as the vault compares them)."""
    first_row: dict[tuple[str, date], ParticipantRow] = {}
    for one in reading.open(ParticipantRow):
        if not (one.first_name and one.last_name and one.birth_date):
            continue
        person = (normalised(f"{one.first_name} {one.last_name}"), one.birth_date)
        other = first_row.setdefault(person, one)
        if other is not one:
            expected = (
                f"a person once; row {other.row_number} ({shown(other.id)}) is the same person"
            )
            found = f"{one.first_name} {one.last_name} {one.birth_date}"
            reading.refuse(one, "first_name, last_name, birth_date", expected, found)
