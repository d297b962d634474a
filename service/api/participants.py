"""Participants, pseudonymous; one read shows who they are, names its purpose and is logged."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from domain.money import round_ratio
from domain.participant import CharacteristicsRecorded, Entered, Left, entered
from domain.rejection import NotFound
from domain.streams import PARTICIPANT
from projections.activity_query import PARTICIPANTS
from projections.page_query import Row
from service.api.caller import AsCaller, Recorded, answer
from service.api.fields import (
    WRITTEN,
    Body,
    Code,
    Id,
    Item,
    MaybeDay,
    MaybeVersion,
    Name,
    Number,
    PeriodNumber,
    Reference,
    Version,
)
from service.api.filters import OnlyPeriod, OnlyReference, OnlyStatus
from service.api.lists import Listing, of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import ParticipantId, ProjectId, read, write
from service.api.sorts import SortOfParticipants
from service.commands import participants
from service.commands.prepared import Prepared
from service.commands.work import Work

ParticipantReference = Annotated[Reference, Meta(examples=["P00001"])]
Purpose = Annotated[
    str,
    QueryParameter(
        min_length=3,
        max_length=200,
        pattern=WRITTEN,
        description="Why the personal data are read; kept in the log of reads",
    ),
]
Hours = Annotated[Number, Meta(description="Hours of 60 minutes, 2 decimals", examples=["42.00"])]


class ParticipantToEnter(Body, frozen=True, kw_only=True):
    """A person's record at entry; all but `reference` and dates is sealed.

    A missing value (null) makes the record incomplete, not wrong. Codes are the programme's.
    """

    reference: ParticipantReference
    first_name: Name | None
    last_name: Annotated[Name | None, Meta(examples=["Nováková"])]
    birth_date: Annotated[date | None, Meta(description="Sealed", examples=["1986-12-13"])]
    sex: Annotated[Code | None, Meta(examples=["POHZENY"])]
    municipality: Annotated[Name | None, Meta(description="Residence", examples=["Brno"])]
    entry_date: MaybeDay
    labour_status: Annotated[Code | None, Meta(examples=["TPZAMCI"])]
    education: Annotated[Code | None, Meta(examples=["VZISCED5-8"])]
    disadvantage: Annotated[
        list[Code],
        Meta(
            max_length=20,
            description="Codes; empty = none; `refused` alone = refused to say",
            examples=[["ZNMIG"]],
        ),
    ]
    exit_date: Annotated[date | None, Meta(examples=[None])] = None
    exit_situation: Annotated[
        list[Code], Meta(max_length=20, description="Codes at exit", examples=[[]])
    ] = msgspec.field(default_factory=list[Code])


class Participant(Item, frozen=True, kw_only=True):
    """A participant, pseudonymous."""

    id: Id
    version: Version
    characteristics_version: MaybeVersion
    exit_version: MaybeVersion
    reference: ParticipantReference
    entered_on: MaybeDay
    left_on: MaybeDay
    hours: Hours
    in_person_hours: Hours
    complete: Annotated[
        bool, Meta(description="Has all that the programme's record needs", examples=[True])
    ]
    reached_on: Annotated[
        date | None, Meta(description="Support reached the threshold", examples=["2026-03-31"])
    ]
    status: Annotated[
        str,
        Meta(
            description="`counted`, `incomplete` or `below_threshold`; counted once a project",
            examples=["counted"],
        ),
    ]
    period: PeriodNumber


class ParticipantPage(Item, frozen=True, kw_only=True):
    """A page of participants by reference."""

    items: list[Participant]
    next_cursor: NextCursor


class PersonalData(Item, frozen=True, kw_only=True):
    """Who a participant is; null = not known, [] = none."""

    reference: ParticipantReference
    first_name: Annotated[str | None, Meta(examples=["Jana"])]
    last_name: Annotated[str | None, Meta(examples=["Nováková"])]
    birth_date: Annotated[date | None, Meta(examples=["1986-12-13"])]
    sex: Annotated[str | None, Meta(examples=["POHZENY"])]
    municipality: Annotated[str | None, Meta(examples=["Brno"])]
    labour_status: Annotated[str | None, Meta(examples=["TPZAMCI"])]
    education: Annotated[str | None, Meta(examples=["VZISCED5-8"])]
    disadvantage: Annotated[list[str] | None, Meta(examples=[["ZNMIG"]])]
    exit_situation: Annotated[list[str] | None, Meta(examples=[[]])]
    withheld: Annotated[
        list[str],
        Meta(description="Fields that the caller may not read; null above", examples=[[]]),
    ]


PATH = "/projects/{project_id:uuid}/participants"
SPECIAL: tuple[str, ...] = (
    "disadvantage",
)  # health and origin (GDPR, Art. 9): a permission of its own


@write(
    PATH,
    permission="participants.record",
    operation_id="enter_participant",
    summary="Record a participant",
    tags=["participants"],
)
def enter_participant(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[ParticipantToEnter]
) -> Response[Recorded]:
    """Records a person's entry; a second record of the same person is refused."""
    return caller.record(
        prepared_participant(project_id, data).alone,
        lambda person: f"/v1/projects/{project_id}/participants/{person}",
    )


def prepared_participant(project_id: UUID, data: ParticipantToEnter) -> Prepared:
    """The command that records a person's entry."""
    fields = {name: getattr(data, name) for name in data.__struct_fields__}
    fields["disadvantage"] = "|".join(data.disadvantage)
    fields["exit_situation"] = "|".join(data.exit_situation)
    values = participants.NewParticipant(**fields)
    return Prepared(
        lambda work, known, person: participants.enter_among(
            work, known, project_id, person, values
        ),
        lambda _, __, person: [(PARTICIPANT, person)],
        participants=[(project_id, participants.to_seal(values))],
    )


@read(
    PATH,
    permission="participants.read",
    lists=Participant,
    operation_id="list_participants",
    summary="List participants",
    tags=["participants"],
)
def list_participants(
    caller: AsCaller,
    project_id: ProjectId,
    reference: OnlyReference = None,
    status: OnlyStatus = None,
    period: OnlyPeriod = None,
    sort: SortOfParticipants = "reference",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[ParticipantPage]:
    """The participants by reference, without personal data."""
    listing = Listing(
        query=PARTICIPANTS.sorted_by(sort),
        shown=_participant,
        project=project_id,
        values={"participant": None},
        only={"reference": reference, "status": status, "period": period},
    )
    return of_view(caller, ParticipantPage, listing, limit, cursor)


@read(
    f"{PATH}/{{participant_id:uuid}}",
    permission="participants.read",
    operation_id="get_participant",
    summary="Read a participant",
    tags=["participants"],
)
def get_participant(
    caller: AsCaller, project_id: ProjectId, participant_id: ParticipantId
) -> Response[Participant]:
    """One participant, without personal data."""
    row, position, version = caller.one(
        project_id, PARTICIPANTS, participant_id, {"participant": participant_id}
    )
    return answer(_participant(row), position, version)


@read(
    f"{PATH}/{{participant_id:uuid}}/personal-data",
    permission="persons.read",
    operation_id="read_personal_data",
    summary="Read who a participant is",
    tags=["participants"],
)
def read_personal_data(
    caller: AsCaller, project_id: ProjectId, participant_id: ParticipantId, purpose: Purpose
) -> Response[PersonalData]:
    """Names and characteristics. The read is logged with its purpose; do not store the answer."""
    services = caller.services
    ledger = services.ledger(caller.tenant)
    work = Work(ledger, services.vault, services.programmes, caller.actor)
    stream = work.load(PARTICIPANT, participant_id)
    if entered(stream.state).project != project_id:
        raise NotFound("the project has no such participant")
    hashes: list[bytes] = []
    for fact in stream.in_force.values():
        match fact:
            case Entered(identity=sealed):
                hashes.append(bytes.fromhex(sealed.sha256))
            case CharacteristicsRecorded(characteristics=sealed) | Left(situation=sealed):
                hashes.append(bytes.fromhex(sealed.sha256))
            case _:
                pass
    found = services.vault.unseal(caller.tenant, hashes, actor=caller.actor, purpose=purpose)
    if not found:
        raise NotFound("the participant was erased")
    merged = {name: value for fields in found.values() for name, value in fields.items()}
    special = "persons.read_special" in caller.rights.in_project(project_id)
    withheld = [] if special else list(SPECIAL)
    known = {name: value for name, value in merged.items() if name not in withheld}
    content = _personal(entered(stream.state).reference, known, withheld)
    return answer(content, ledger.head(), stream.version)


def _personal(reference: str, fields: dict[str, str | None], withheld: list[str]) -> PersonalData:
    born = fields.get("birth_date")
    names = ("first_name", "last_name", "sex", "municipality", "labour_status", "education")
    return PersonalData(
        reference=reference,
        birth_date=date.fromisoformat(born) if born else None,
        disadvantage=_codes(fields.get("disadvantage")),
        exit_situation=_codes(fields.get("exit_situation")),
        withheld=withheld,
        **{name: fields.get(name) for name in names},
    )


def _codes(joined: str | None) -> list[str] | None:
    return None if joined is None else [code for code in joined.split("|") if code]


def _participant(row: Row) -> Participant:
    return Participant(
        id=row["participant_id"],
        version=row["entered_version"],
        characteristics_version=row["characterised_version"],
        exit_version=row["left_version"],
        reference=row["reference"],
        entered_on=row["entered_on"] if row["entry_known"] else None,
        left_on=row["left_on"],
        hours=_hours(row["minutes"]),
        in_person_hours=_hours(row["in_person_minutes"]),
        complete=row["complete"],
        reached_on=row["reached_on"],
        status=row["status"],
        period=row["period"],
    )


def _hours(minutes: Decimal) -> str:
    return f"{round_ratio(minutes / 60):.2f}"
