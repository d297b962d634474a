"""Correcting what is sealed: the person's fields are read, changed, and sealed as a new row.

The old row stays readable for the audit trail; the event names the new one by its hash.
"""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from domain.document import DocumentRecorded
from domain.event import Fact
from domain.participant import CharacteristicsRecorded, Entered, Left
from domain.person import SealedPerson
from domain.rejection import InvalidValue, NotFound
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from service.commands.participants import NewParticipant, check_codes
from service.commands.persons import (
    DuplicateParticipant,
    NewPerson,
    SealedNames,
    StaffName,
    SupplierName,
    in_event,
    participant_hmac,
    participant_scope,
    seal_names,
)
from service.commands.projects import registered
from service.commands.work import Work
from service.store.vault import Sealed

PURPOSE = "correction of a record"
IDENTITY = ("first_name", "last_name", "birth_date")
FIELDS: dict[type[Fact], tuple[str, tuple[str, ...]]] = {
    Entered: ("identity", IDENTITY),
    CharacteristicsRecorded: (
        "characteristics",
        ("sex", "municipality", "labour_status", "education", "disadvantage"),
    ),
    Left: ("situation", ("exit_situation",)),
    DocumentRecorded: ("supplier", ("supplier_name",)),
    WorkRecorded: ("employee", ("first_name", "last_name")),
    TravelRecorded: ("traveller", ("traveller_name",)),
}


def sealed_fields_of(fact: Fact) -> tuple[str, ...]:
    """The names of the sealed fields that a fact of this kind has."""
    return FIELDS[type(fact)][1] if type(fact) in FIELDS else ()


def seal_of(fact: Fact) -> str | None:
    """The field of the event that stands for the sealed ones; it is never given."""
    return FIELDS[type(fact)][0] if type(fact) in FIELDS else None


def reseal(work: Work, fact: Fact, changes: Mapping[str, Any]) -> Fact:
    """The fact with its sealed fields changed."""
    attribute, _ = FIELDS[type(fact)]
    old: SealedPerson = getattr(fact, attribute)
    address = bytes.fromhex(old.sha256)
    read = work.vault.unseal(work.tenant, [address], actor=work.actor, purpose=PURPOSE)
    if address not in read:
        raise NotFound("the person was erased", "/changes")
    given = {key: None if value is None else str(value) for key, value in changes.items()}
    match fact:
        case DocumentRecorded():
            name = SupplierName(given["supplier_name"] or "", fact.supplier_ico)
            sealed = _named(work, supplier=name)
        case WorkRecorded() | TravelRecorded():
            sealed = _named(work, staff=_staff_name(read[address], given))
        case Entered() | CharacteristicsRecorded() | Left():
            sealed = _same_person(work, fact, old, read[address], given)
        case _:
            raise TypeError(type(fact).__qualname__)
    return msgspec.structs.replace(fact, **{attribute: sealed})


def _staff_name(old: Mapping[str, str | None], given: Mapping[str, str | None]) -> StaffName:
    if "traveller_name" in given:
        return StaffName(None, given["traveller_name"] or "")
    both = {**old, **given}
    return StaffName(both.get("first_name"), both.get("last_name") or both.get("name") or "")


def _named(
    work: Work, staff: StaffName | None = None, supplier: SupplierName | None = None
) -> SealedPerson:
    """Who bears the corrected name: an employee or a supplier known by it, or a new one."""
    known = SealedNames()
    work.beside(*seal_names(work, known, [staff] if staff else [], [supplier] if supplier else []))
    return next(iter([*known.of_staff.values(), *known.of_supplier.values()]))


def _same_person(
    work: Work,
    fact: Entered | CharacteristicsRecorded | Left,
    old: SealedPerson,
    read: Mapping[str, str | None],
    given: Mapping[str, str | None],
) -> SealedPerson:
    merged = {**read, **given}
    _check_fields(work, fact.project, merged)
    sealed, beside = work.vault.seal(work.tenant, old.person, merged, new_person=False)
    work.beside(*beside)
    if isinstance(fact, Entered):
        _reidentify(work, fact, read, merged, in_event(sealed))
    return in_event(sealed)


def _check_fields(work: Work, project: UUID, fields: Mapping[str, str | None]) -> None:
    """Raises InvalidValue for what the entry of a participant would refuse too."""
    names = [field.name for field in msgspec.structs.fields(NewParticipant)]
    given: dict[str, Any] = dict.fromkeys(names) | {"disadvantage": "", "exit_situation": ""}
    given |= {name: value for name, value in fields.items() if value is not None}
    try:
        born = fields.get("birth_date")
        given["birth_date"] = date.fromisoformat(born) if born else None
    except ValueError:
        raise InvalidValue("expected a date such as 1980-12-31", "/changes/birth_date") from None
    check_codes(NewParticipant(**given), work.programmes.of(registered(work, project).rule_set))


def _reidentify(
    work: Work,
    fact: Entered,
    read: Mapping[str, str | None],
    merged: Mapping[str, str | None],
    sealed: SealedPerson,
) -> None:
    """A corrected name or birth date is what the participant is known by from now on."""
    before = participant_hmac(work, fact.project, _new_person(fact.reference, read))
    after = participant_hmac(work, fact.project, _new_person(fact.reference, merged))
    if after is None or after == before:
        return
    scope = participant_scope(fact.project)
    if found := work.vault.find(work.tenant, scope, [after]):
        raise DuplicateParticipant(f"the person is recorded as {found[after].label}", "/changes")
    row = Sealed(sealed.person, bytes.fromhex(sealed.sha256))
    if before is None:
        work.beside(work.vault.remember(scope, after, row, fact.reference))
    else:
        work.beside(work.vault.reidentify(scope, before, after, row))


def _new_person(reference: str, fields: Mapping[str, str | None]) -> NewPerson:
    born = fields.get("birth_date")
    return NewPerson(
        reference,
        fields.get("first_name"),
        fields.get("last_name"),
        date.fromisoformat(born) if born else None,
    )


def release_identity(work: Work, fact: Entered) -> None:
    """A cancelled participant's name finds nobody any more, so that the person can be entered."""
    address = bytes.fromhex(fact.identity.sha256)
    read = work.vault.unseal(work.tenant, [address], actor=work.actor, purpose=PURPOSE)
    if address not in read:
        return
    known = participant_hmac(work, fact.project, _new_person(fact.reference, read[address]))
    if known is not None:
        row = Sealed(fact.identity.person, address)
        scope = participant_scope(fact.project)
        work.beside(work.vault.reidentify(scope, known, secrets.token_bytes(32), row))
