"""Commands on participants: entry with characteristics, and exit. All fields are sealed."""

from datetime import date
from functools import partial
from uuid import UUID

import msgspec

from domain.participant import CharacteristicsRecorded, Entered, Left
from domain.rejection import InvalidValue
from domain.rule_set import RuleSet
from domain.streams import PARTICIPANT
from service.commands.persons import (
    DuplicateParticipant,
    NewPerson,
    SealedNames,
    SealedRecord,
    participant_hmac,
    seal_participants,
)
from service.commands.projects import registered
from service.commands.work import Work

NOT_STATED = ""
REFUSED = "refused"


class NewParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """A person's record at entry; a missing field makes it incomplete, not wrong.

    `disadvantage`: codes joined by "|", "refused", or "" (none stated).
    """

    reference: str
    first_name: str | None
    last_name: str | None
    birth_date: date | None
    sex: str | None
    municipality: str | None
    entry_date: date | None
    labour_status: str | None
    education: str | None
    disadvantage: str
    exit_date: date | None
    exit_situation: str


def check_codes(values: NewParticipant, rules: RuleSet) -> None:
    """Raises InvalidValue for a code that the programme's lists do not have."""
    codes = rules.codes
    single = {
        "sex": (values.sex, (codes.sex_women, codes.sex_men)),
        "labour_status": (values.labour_status, codes.labour_status),
        "education": (values.education, codes.education),
    }
    for field, (value, allowed) in single.items():
        if value is not None and value not in allowed:
            raise InvalidValue(f"expected one of {', '.join(allowed)}", f"/{field}")
    several = {
        "disadvantage": (values.disadvantage, codes.disadvantage),
        "exit_situation": (values.exit_situation, codes.exit_situation),
    }
    for field, (value, allowed) in several.items():
        given = set(value.split("|")) - {NOT_STATED}
        if not given <= set(allowed) and not (field == "disadvantage" and given == {REFUSED}):
            raise InvalidValue(f"expected some of {', '.join(allowed)}", f"/{field}")


def to_seal(values: NewParticipant) -> NewPerson:
    """The rows of one participant as they are sealed: identity, characteristics, exit."""
    characteristics: dict[str, str | None] = {
        "sex": values.sex,
        "municipality": values.municipality,
        "labour_status": values.labour_status,
        "education": values.education,
        "disadvantage": values.disadvantage,
    }
    more = [characteristics]
    if values.exit_date is not None:
        more.append({"exit_situation": values.exit_situation})
    return NewPerson(values.reference, values.first_name, values.last_name, values.birth_date, more)


def enter_participant(work: Work, project: UUID, stream: UUID, values: NewParticipant) -> None:
    """Records one participant. Raises DuplicateParticipant for a person recorded before."""
    enter_among(work, SealedNames(), project, stream, values)


def enter_among(
    work: Work, known: SealedNames, project: UUID, stream: UUID, values: NewParticipant
) -> None:
    """The same among others of one request, who are known before they are stored."""
    person = to_seal(values)
    sealed = seal_participants(work, known, project, [person])[0]
    key = participant_hmac(work, project, person)
    if isinstance(sealed, SealedRecord) and key is not None:
        work.on_abandon(partial(known.participants.__delitem__, key))
    record_participant(work, project, stream, values, sealed)


def record_participant(
    work: Work,
    project: UUID,
    stream: UUID,
    values: NewParticipant,
    sealed: SealedRecord | DuplicateParticipant,
) -> None:
    """Records a participant whose rows are sealed (an import seals those of a batch together)."""
    act = registered(work, project)
    check_codes(values, work.programmes.of(act.rule_set))
    if isinstance(sealed, DuplicateParticipant):
        raise sealed
    work.beside(*sealed.beside)
    day = values.entry_date or act.start
    entered = Entered(
        effective_on=day,
        project=project,
        reference=values.reference,
        identity=sealed.rows[0],
        entry_known=values.entry_date is not None,
    )
    work.record(PARTICIPANT, stream, entered)
    characterised = CharacteristicsRecorded(
        effective_on=day, project=project, characteristics=sealed.rows[1]
    )
    work.record(PARTICIPANT, stream, characterised)
    if values.exit_date is not None:
        left = Left(effective_on=values.exit_date, project=project, situation=sealed.rows[2])
        work.record(PARTICIPANT, stream, left)
