"""An activity (aktivita): workshop, study visit, conference, course, helpdesk.

Owns: who attended and for how long (never more than the activity offered), the anonymous
questionnaires filled in at it and, for a helpdesk, the anonymous contacts.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from domain.event import Fact, stored
from domain.rejection import AlreadyRecorded, InvalidValue, NotFound

FORMS = ("in_person", "electronic")
MINUTES = {"minute": Decimal(1), "hour": Decimal(60), "lesson": Decimal(45)}
SCALE = range(1, 6)


@stored("activity.held.v1")
class Held(Fact, frozen=True, kw_only=True):
    """The activity took place from `start` to `end` (both included); `effective_on` is its end.

    `hours` of support the whole activity offers to one person; 0 = none. `form`: in_person or
    electronic.
    """

    project: UUID
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


@stored("activity.attendance-recorded.v1")
class AttendanceRecorded(Fact, frozen=True, kw_only=True):
    """Support that one participant received; `effective_on` is the day it counts on.

    `quantity` in `unit` (minute, hour, 45-minute lesson) as written; `form` of the support.
    """

    project: UUID
    participant: UUID
    quantity: Decimal
    unit: str
    form: str


@stored("activity.questionnaire-recorded.v1")
class QuestionnaireRecorded(Fact, frozen=True, kw_only=True):
    """An anonymous evaluation, 1 (worst) to 5 (best); `effective_on` is the activity's end."""

    project: UUID
    reference: str
    content: int
    usefulness: int
    organisation: int
    language: str


@stored("activity.contact-recorded.v1")
class ContactRecorded(Fact, frozen=True, kw_only=True):
    """An anonymous contact of the helpdesk; never a participant."""

    project: UUID
    client_code: str
    channel: str
    minutes: int
    topic: str


class Activity(msgspec.Struct, frozen=True):
    """What decisions about an activity read."""

    held: Held | None = None
    attendants: frozenset[tuple[UUID, date]] = frozenset()
    questionnaires: frozenset[str] = frozenset()


class NotHeld(NotFound):
    """Nothing can be recorded for an activity that was not held."""

    code = "activity_not_held"


class MoreThanOffered(InvalidValue):
    """The support is longer than the whole activity."""

    code = "more_than_offered"


def evolve(state: Activity, fact: Fact) -> Activity:
    """The state after a fact; never refuses."""
    match fact:
        case Held():
            return msgspec.structs.replace(state, held=fact)
        case AttendanceRecorded(participant=participant, effective_on=day):
            attendants = state.attendants | {(participant, day)}
            return msgspec.structs.replace(state, attendants=attendants)
        case QuestionnaireRecorded(reference=reference):
            questionnaires = state.questionnaires | {reference}
            return msgspec.structs.replace(state, questionnaires=questionnaires)
        case _:
            return state


def check(state: Activity, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case Held():
            check_held(state, fact)
        case AttendanceRecorded():
            check_attendance(state, fact)
        case QuestionnaireRecorded():
            held(state)
            if fact.reference in state.questionnaires:
                raise AlreadyRecorded(f"{fact.reference} is recorded", "/reference")
            for name in ("content", "usefulness", "organisation"):
                if getattr(fact, name) not in SCALE:
                    raise InvalidValue("expected 1 to 5", f"/{name}")
        case ContactRecorded():
            activity = held(state)
            if fact.minutes <= 0:
                raise InvalidValue("expected more than 0 minutes", "/minutes")
            if not activity.start <= fact.effective_on <= activity.end:
                raise InvalidValue(f"expected {activity.start} to {activity.end}", "/date")
        case _:
            raise TypeError(type(fact).__qualname__)


def held(state: Activity) -> Held:
    """The activity as it was held. Raises NotHeld."""
    if state.held is None:
        raise NotHeld("the activity is not recorded", "/activity")
    return state.held


def check_held(state: Activity, fact: Held) -> None:
    """An activity is recorded once, ends after it starts, and has a known form."""
    if state.held is not None:
        raise AlreadyRecorded(f"{state.held.reference} is recorded", "/reference")
    if fact.end < fact.start:
        raise InvalidValue(f"expected {fact.start} or later", "/end")
    if fact.hours < 0:
        raise InvalidValue("expected 0 or more hours", "/hours")
    if fact.form not in FORMS:
        raise InvalidValue(f"expected {' or '.join(FORMS)}", "/form")


def check_attendance(state: Activity, fact: AttendanceRecorded) -> None:
    """One attendance a participant and day, above 0 and at most what the activity offered."""
    activity = held(state)
    if fact.form not in FORMS:
        raise InvalidValue(f"expected {' or '.join(FORMS)}", "/form")
    if fact.unit not in MINUTES:
        raise InvalidValue(f"expected {', '.join(MINUTES)}", "/unit")
    if fact.quantity <= 0:
        raise InvalidValue("expected more than 0", "/quantity")
    if fact.quantity * MINUTES[fact.unit] > activity.hours * MINUTES["hour"]:
        raise MoreThanOffered(f"the activity offers {activity.hours} hours", "/quantity")
    if not activity.start <= fact.effective_on <= activity.end:
        raise InvalidValue(f"expected {activity.start} to {activity.end}", "/date")
    if (fact.participant, fact.effective_on) in state.attendants:
        raise AlreadyRecorded("the attendance of that day is recorded", "/participant_id")
