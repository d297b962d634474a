"""Persons in commands: who is known already, and sealing those who are not.

Works in batches: an import asks for all names of a batch at once, a single command for one. A
participant's second record is refused with the code of the first; staff and suppliers are the same
person again (known by the full name, suppliers by name and IČO).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID, uuid4

from domain.person import SealedPerson, normalised
from domain.rejection import Rejection
from service.commands.work import Work
from service.store.log import Beside
from service.store.vault import Sealed, ToSeal

STAFF, SUPPLIER = "staff", "supplier"
Name = TypeVar("Name")


class DuplicateParticipant(Rejection):
    """The person has a record in this project already."""

    code = "duplicate_participant"


@dataclass(frozen=True)
class StaffName:
    """An employee (first and last name) or a traveller (the full name in `last`)."""

    first: str | None
    last: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}" if self.first else self.last


@dataclass(frozen=True)
class SupplierName:
    """A supplier as on its document."""

    name: str
    ico: str | None


@dataclass
class NewPerson:
    """A participant to be sealed: identity and further fields, under one random id."""

    reference: str
    first_name: str | None
    last_name: str | None
    birth_date: date | None
    more: Sequence[dict[str, str | None]] = ()


@dataclass(frozen=True)
class SealedRecord:
    """A participant's sealed rows, and the statements that store them with its own events only:
    a person must not be known by a record that was refused, or cut off with the rest of a batch.
    """

    rows: Sequence[SealedPerson]
    beside: Sequence[Beside]


@dataclass
class SealedNames:
    """Names that are sealed: look them up by the name as given.

    `by_hmac` and `participants` know also those that are decided but not stored yet. `unsaved`:
    what stores a person who was sealed ahead, with the first record that names him. `asked`:
    participants who were looked up together.
    """

    of_staff: dict[StaffName, SealedPerson] = field(default_factory=dict[StaffName, SealedPerson])
    of_supplier: dict[SupplierName, SealedPerson] = field(
        default_factory=dict[SupplierName, SealedPerson]
    )
    by_hmac: dict[bytes, Sealed] = field(default_factory=dict[bytes, Sealed])
    participants: dict[bytes, str] = field(default_factory=dict[bytes, str])
    unsaved: dict[UUID, list[Beside]] = field(default_factory=dict[UUID, list[Beside]])
    asked: set[bytes] = field(default_factory=set[bytes])


def in_event(sealed: Sealed) -> SealedPerson:
    """What the event holds of a sealed row."""
    return SealedPerson(person=sealed.person_id, sha256=sealed.sha256.hex())


def seal_names(
    work: Work,
    known: SealedNames,
    staff: Iterable[StaffName] = (),
    suppliers: Iterable[SupplierName] = (),
) -> list[Beside]:
    """Finds or seals each name into `known`; returns the statements that store the new ones."""
    employees, sellers = list(staff), list(suppliers)
    seal_ahead(work, known, employees, sellers)
    persons = [known.of_staff[name].person for name in employees]
    persons += [known.of_supplier[name].person for name in sellers]
    return [one for person in dict.fromkeys(persons) for one in _taken(work, known, person)]


def _taken(work: Work, known: SealedNames, person: UUID) -> list[Beside]:
    """What stores a person, for the current command; if that is refused, for the next one."""
    beside = known.unsaved.pop(person, None)
    if beside is None:
        return []
    work.on_abandon(lambda: known.unsaved.update({person: beside}))
    return beside


def seal_ahead(
    work: Work, known: SealedNames, staff: Iterable[StaffName], suppliers: Iterable[SupplierName]
) -> None:
    """Finds or seals the names of many commands by one query each; nobody is stored yet."""
    of_staff = {
        name: work.vault.hmac(work.tenant, "person", STAFF, normalised(name.full))
        for name in dict.fromkeys(staff)
        if name not in known.of_staff
    }
    of_supplier = {
        name: work.vault.hmac(
            work.tenant, "person", SUPPLIER, normalised(name.name), name.ico or ""
        )
        for name in dict.fromkeys(suppliers)
        if name not in known.of_supplier
    }
    staff_fields = {name: _staff_fields(name) for name in of_staff}
    supplier_fields = {name: {"name": name.name} for name in of_supplier}
    _seal_scope(work, STAFF, of_staff, staff_fields, known.of_staff, known)
    _seal_scope(work, SUPPLIER, of_supplier, supplier_fields, known.of_supplier, known)


def _staff_fields(name: StaffName) -> dict[str, str | None]:
    if name.first:
        return {"first_name": name.first, "last_name": name.last}
    return {"name": name.last}


def _seal_scope(
    work: Work,
    scope: str,
    hmac_of: dict[Name, bytes],
    fields_of: Mapping[Name, Mapping[str, str | None]],
    of_name: dict[Name, SealedPerson],
    known: SealedNames,
) -> None:
    sealed_of = known.by_hmac
    found = work.vault.find(work.tenant, scope, set(hmac_of.values()) - sealed_of.keys())
    sealed_of.update({hmac: one.sealed for hmac, one in found.items()})
    new = {hmac: name for name, hmac in hmac_of.items() if hmac not in sealed_of}
    for hmac, name in new.items():
        sealed, beside = work.vault.seal(work.tenant, uuid4(), fields_of[name], new_person=True)
        sealed_of[hmac] = sealed
        known.unsaved[sealed.person_id] = [*beside, work.vault.remember(scope, hmac, sealed, None)]
    of_name.update({name: in_event(sealed_of[hmac]) for name, hmac in hmac_of.items()})


def participant_scope(project: UUID) -> str:
    """Participants are known within their project; they are never joined to staff."""
    return str(project)


def participant_hmac(work: Work, project: UUID, person: NewPerson) -> bytes | None:
    """What a participant is known by: name and birth date; None while one of them is missing."""
    if not (person.first_name and person.last_name and person.birth_date):
        return None
    name = normalised(f"{person.first_name} {person.last_name}")
    scope = participant_scope(project)
    return work.vault.hmac(work.tenant, "person", scope, name, person.birth_date.isoformat())


def look_up_participants(
    work: Work, known: SealedNames, project: UUID, persons: Iterable[NewPerson]
) -> list[bytes | None]:
    """What each is known by, after one query for those who were not looked up before."""
    hmacs = [participant_hmac(work, project, person) for person in persons]
    wanted = {hmac for hmac in hmacs if hmac} - known.asked
    found = work.vault.find(work.tenant, participant_scope(project), wanted)
    known.participants.update({hmac: one.label or "" for hmac, one in found.items()})
    known.asked |= wanted
    return hmacs


def seal_participants(
    work: Work, known: SealedNames, project: UUID, persons: Sequence[NewPerson]
) -> list[SealedRecord | DuplicateParticipant]:
    """For each person the sealed record, or the rejection of a second record."""
    scope = participant_scope(project)
    hmacs = look_up_participants(work, known, project, persons)
    first_with = known.participants
    answers: list[SealedRecord | DuplicateParticipant] = []
    for person, hmac in zip(persons, hmacs, strict=True):
        if hmac is not None and hmac in first_with:
            first = first_with[hmac]
            answers.append(DuplicateParticipant(f"the person is recorded as {first}"))
            continue
        if hmac is not None:
            first_with[hmac] = person.reference
        answers.append(_seal_participant(work, scope, person, hmac))
    return answers


def _seal_participant(
    work: Work, scope: str, person: NewPerson, hmac: bytes | None
) -> SealedRecord:
    id_ = uuid4()
    fields = [_identity(person), *person.more]
    to_seal = [ToSeal(id_, one, new_person=True) for one in fields]
    sealed, beside = work.vault.seal_all(work.tenant, to_seal)
    if hmac is not None:
        beside = [*beside, work.vault.remember(scope, hmac, sealed[0], person.reference)]
    return SealedRecord([in_event(row) for row in sealed], beside)


def _identity(person: NewPerson) -> dict[str, str | None]:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
    }
