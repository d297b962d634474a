"""Changed rows of participants: which sealed fields differ, and their new sealed rows.

The old fields of all rows of a chunk are read at once, for a purpose that is logged; rows that
changed are sealed anew under the same person. Each row's statements are stored with its own events.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.participant import CharacteristicsRecorded, Entered, Left
from domain.person import SealedPerson
from domain.rejection import NotFound, Rejection
from domain.stream import Stream
from service.commands.participants import to_seal
from service.commands.persons import (
    DuplicateParticipant,
    NewPerson,
    SealedNames,
    SealedRecord,
    in_event,
    participant_hmac,
    participant_scope,
)
from service.commands.work import Work
from service.importing.row_commands import new_participant
from service.intake.rows import ParticipantRow
from service.store.log import Beside
from service.store.vault import Sealed, ToSeal

PURPOSE = "correction of participants from a later file"
Fields = Mapping[str, str | None]


@dataclass(frozen=True)
class ChangedPerson:
    """The participant's sealed rows as they are to be, and the names of the fields that differ."""

    sealed: SealedRecord
    fields: tuple[str, ...]


@dataclass
class _Person:
    """One row: what is to be sealed in each part, what was sealed before, the fields of it."""

    row: ParticipantRow
    person: NewPerson
    before: list[SealedPerson | None]
    old: Sequence[Fields | None]
    new: Sequence[Fields]

    def changed(self) -> list[int]:
        """The parts that are new or whose fields differ, by their index."""
        return [
            at
            for at, fields in enumerate(self.new)
            if self.before[at] is None or _given(self.old[at]) != _given(fields)
        ]


def changed_participants(
    work: Work,
    known: SealedNames,
    project: UUID,
    chunk: Sequence[tuple[ParticipantRow, Stream[Any]]],
) -> dict[str, ChangedPerson | Rejection]:
    """For each row the person as it is to be, or what speaks against it."""
    sealed = [_sealed_of(stream) for _, stream in chunk]
    hashes = {bytes.fromhex(one.sha256) for parts in sealed for one in parts if one is not None}
    read = work.vault.unseal(work.tenant, hashes, actor=work.actor, purpose=PURPOSE)
    answers: dict[str, ChangedPerson | Rejection] = {}
    people: list[_Person] = []
    for (row, _), parts in zip(chunk, sealed, strict=True):
        old = [None if one is None else read.get(bytes.fromhex(one.sha256)) for one in parts]
        if any(one is not None and old[at] is None for at, one in enumerate(parts)):
            answers[row.row_id] = NotFound("the person was erased")
            continue
        person = to_seal(new_participant(row))
        people.append(_Person(row, person, parts, old, [_identity(person), *person.more]))
    groups = [
        [ToSeal(_person_id(one), one.new[at], new_person=False) for at in one.changed()]
        for one in people
    ]
    known_as = _identities(work, project, people)
    for one, (rows, beside) in zip(people, _seal_each(work, groups), strict=True):
        answers[one.row.row_id] = _answer(work, known, project, one, rows, beside, known_as)
    return answers


def _answer(
    work: Work,
    known: SealedNames,
    project: UUID,
    one: _Person,
    rows: Sequence[Sealed],
    beside: list[Beside],
    known_as: Mapping[bytes, str],
) -> ChangedPerson | Rejection:
    new_rows = dict(zip(one.changed(), map(in_event, rows), strict=True))
    parts = [new_rows.get(at, one.before[at]) for at in range(len(one.new))]
    if 0 in new_rows:
        assert one.old[0] is not None
        before = participant_hmac(work, project, _person_of(one.row.id, one.old[0]))
        after = participant_hmac(work, project, one.person)
        if after is not None and after != before:
            first = known_as.get(after) or known.participants.get(after)
            if first is not None:
                return DuplicateParticipant(f"the person is recorded as {first}")
            known.participants[after] = one.row.id
            beside = [*beside, _known_by(work, project, (before, after), rows[0], one.row.id)]
    sealed = [part for part in parts if part is not None]
    fields = [name for at in one.changed() for name in _differing(one.old[at], one.new[at])]
    return ChangedPerson(SealedRecord(sealed, beside), tuple(fields))


def _known_by(
    work: Work, project: UUID, hmacs: tuple[bytes | None, bytes], row: Sealed, reference: str
) -> Beside:
    """What the participant is known by from now on."""
    scope, (before, after) = participant_scope(project), hmacs
    if before is None:
        return work.vault.remember(scope, after, row, reference)
    return work.vault.reidentify(scope, before, after, row)


def _identities(work: Work, project: UUID, people: Collection[_Person]) -> dict[bytes, str]:
    """Who is known already by the new names, by one query."""
    hmacs = {participant_hmac(work, project, one.person) for one in people if 0 in one.changed()}
    wanted = {hmac for hmac in hmacs if hmac is not None}
    found = work.vault.find(work.tenant, participant_scope(project), wanted)
    return {hmac: person.label or "another" for hmac, person in found.items()}


def _seal_each(
    work: Work, groups: Sequence[Sequence[ToSeal]]
) -> list[tuple[list[Sealed], list[Beside]]]:
    """The rows of each group with statements of their own; keys are looked up once for all."""
    sealed, beside = work.vault.seal_all(work.tenant, [one for group in groups for one in group])
    answers: list[tuple[list[Sealed], list[Beside]]] = []
    first = 0
    for group in groups:
        last = first + len(group)
        statements = [_part(one, first, last) for one in beside] if group else []
        answers.append((sealed[first:last], statements))
        first = last
    return answers


def _part(statement: Beside, first: int, last: int) -> Beside:
    assert isinstance(statement.values, Mapping)
    given: Mapping[str, Any] = statement.values
    values: dict[str, Any] = {
        name: value[first:last] if isinstance(value, list) else value
        for name, value in given.items()
    }
    return Beside(statement.sql, values)


def _sealed_of(stream: Stream[Any]) -> list[SealedPerson | None]:
    """Identity, characteristics and exit as the facts in force name them."""
    parts: list[SealedPerson | None] = [None, None, None]
    for fact in stream.in_force.values():
        match fact:
            case Entered():
                parts[0] = fact.identity
            case CharacteristicsRecorded():
                parts[1] = fact.characteristics
            case Left():
                parts[2] = fact.situation
            case _:
                pass
    return parts


def _person_id(one: _Person) -> UUID:
    return next(part.person for part in one.before if part is not None)


def _identity(person: NewPerson) -> Fields:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
    }


def _person_of(reference: str, fields: Fields) -> NewPerson:
    born = fields.get("birth_date")
    birth_date = date.fromisoformat(born) if born else None
    return NewPerson(reference, fields.get("first_name"), fields.get("last_name"), birth_date)


def _given(fields: Fields | None) -> dict[str, str]:
    return {name: value for name, value in (fields or {}).items() if value}


def _differing(old: Fields | None, new: Fields) -> list[str]:
    before, after = _given(old), _given(new)
    return [name for name in new if before.get(name) != after.get(name)]
