"""The audit trail of a project: who recorded, corrected or cancelled what, when and why."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, cast
from uuid import UUID

from litestar import Response
from litestar.params import QueryParameter
from litestar.response import Stream
from msgspec import Meta

from projections.audit_query import ORDER, VIEWS, Wanted, audit_page
from service.api.caller import AsCaller, Caller, answer
from service.api.fields import MOMENT_PATTERN, Id, Item, Version
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.reports import KnownAt, point_of
from service.api.route import ProjectId, read
from service.api.sorts import SortOfEvents
from service.audit.csv_file import csv_chunks
from service.audit.moments import since as since_of
from service.audit.moments import until as until_of
from service.audit.trail import Told, Trail
from service.spreadsheet_csv import MEDIA_TYPE
from service.wording.wording import Language, Wording

OnlyRecord = Annotated[UUID | None, QueryParameter(description="Only events of this record")]
OnlyActor = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z0-9:-]{1,100}\Z",
        description="Only what this user (his id) or word of the program recorded",
    ),
]
OnlySince = Annotated[
    str | None,
    QueryParameter(
        pattern=MOMENT_PATTERN,
        description="Only recorded on this day (of Prague) or later, or at this time (RFC 3339 with"
        " offset) or later",
    ),
]
OnlyUntil = Annotated[
    str | None,
    QueryParameter(
        pattern=MOMENT_PATTERN,
        description="Only recorded by the end of this day (of Prague), or before this time",
    ),
]
OnlyType = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z-]{1,40}\.[a-z-]{1,40}\.v[1-9][0-9]{0,3}\Z",
        description="Only events with this stored name, such as `fact.corrected.v1`",
    ),
]
OnlyText = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[^\x00]{1,200}\Z",
        description="Only events with this text in reference, reason or clear values, whatever its"
        " case and accents; amounts as `1210.00`, days as `2026-03-31`",
    ),
]
InLanguage = Annotated[Language, QueryParameter(description="Language of the words")]
Values = Annotated[
    dict[str, Any] | None,
    Meta(
        description="Values of the event's fields; of a correction those that it changes",
        examples=[{"amount": "1210.00"}],
    ),
]


class AuditTrailChange(Item, frozen=True, kw_only=True):
    """A field in words; `before` is null in a first recording, `after` in a cancellation."""

    field: Annotated[str, Meta(description="Its name in `before` and `after`", examples=["amount"])]
    name: Annotated[str, Meta(description="What it is called", examples=["částka"])]
    before: Annotated[str | None, Meta(examples=["1 200,00 Kč"])]
    after: Annotated[str | None, Meta(examples=["1 210,00 Kč"])]


class AuditTrailEntry(Item, frozen=True, kw_only=True):
    """One event; `before` and `after` are null where there is nothing before or after."""

    position: Annotated[int, Meta(description="Place in the log", examples=[17])]
    recorded_at: Annotated[
        datetime,
        Meta(tz=True, description="The database's time, UTC", examples=["2026-04-02T09:30:00Z"]),
    ]
    actor: Annotated[
        str, Meta(description="User id, or a word of the program", examples=["system:import"])
    ]
    who: Annotated[
        str | None, Meta(description="The user's name, if not erased", examples=["Jana Nováková"])
    ]
    what: Annotated[
        str, Meta(description="The event in words", examples=["Opraven účetní doklad FP00001"])
    ]
    changes: Annotated[list[AuditTrailChange], Meta(description="Before and after in words")]
    kind: Annotated[str, Meta(description="Kind of record", examples=["accounting-document"])]
    reference: Annotated[str | None, Meta(examples=["FP00001"])]
    id: Id
    version: Version
    fact_version: Annotated[
        int, Meta(description="The fact that it is about; to be corrected by", examples=[1])
    ]
    type: Annotated[str, Meta(description="Stored name", examples=["fact.corrected.v1"])]
    fact_type: Annotated[
        str,
        Meta(
            description="Stored name of the fact that it is about",
            examples=["accounting-document.recorded.v1"],
        ),
    ]
    effective_on: Annotated[date, Meta(examples=["2026-03-31"])]
    reason: Annotated[str | None, Meta(description="Why", examples=["The amount was misread"])]
    event_id: Annotated[UUID, Meta(examples=["9a3e0e1b-0d0a-4c57-9f5a-0a7a1b8d3c21"])]
    causation: Annotated[UUID | None, Meta(description="What caused it", examples=[None])]
    before: Values
    after: Values


class AuditTrail(Item, frozen=True, kw_only=True):
    """A page of the audit trail in the order of the log."""

    items: list[AuditTrailEntry]
    next_cursor: NextCursor


@read(
    "/projects/{project_id:uuid}/audit-trail",
    permission="audit.read",
    lists=AuditTrailEntry,
    operation_id="audit_trail",
    summary="Who recorded what, when and why",
    tags=["audit trail"],
)
def audit_trail(
    caller: AsCaller,
    project_id: ProjectId,
    record: OnlyRecord = None,
    actor: OnlyActor = None,
    since: OnlySince = None,
    until: OnlyUntil = None,
    event_type: OnlyType = None,
    text: OnlyText = None,
    known_at: KnownAt = None,
    sort: SortOfEvents = "position",
    language: InLanguage = "en",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[AuditTrail]:
    """Every event of the project in words, with the values before and after.

    Users' names are read, and that they were read is logged.
    """
    asked = (record, actor, since, until, event_type, text, sort)
    wanted = _wanted(caller, project_id, known_at, *asked)
    if caller.csv_of is not None:
        return cast("Response[AuditTrail]", _download(caller, wanted, language))
    cursors = caller.cursors()
    after = cursors.read(cursor, ORDER)
    with caller.reading(project_id, VIEWS) as snapshot:
        found = audit_page(snapshot.connection, caller.tenant, wanted, limit, after)
    trail = Trail(caller.services, caller.tenant, caller.actor, Wording(language))
    items = [_entry(one) for one in trail.told(found)]
    return answer(AuditTrail(items=items, next_cursor=cursors.after(found.last)), wanted.upto)


@read(
    "/projects/{project_id:uuid}/audit-trail.csv",
    permission="audit.read",
    operation_id="download_audit_trail",
    summary="Download the audit trail as CSV",
    tags=["audit trail"],
    media_type=MEDIA_TYPE,
)
def download_audit_trail(
    caller: AsCaller,
    project_id: ProjectId,
    record: OnlyRecord = None,
    actor: OnlyActor = None,
    since: OnlySince = None,
    until: OnlyUntil = None,
    event_type: OnlyType = None,
    text: OnlyText = None,
    known_at: KnownAt = None,
    sort: SortOfEvents = "position",
    language: InLanguage = "en",
) -> Stream:
    """All events that are asked for, streamed: UTF-8 with BOM, semicolons, CRLF, for Excel.

    The same position (`known_at`) gives the same bytes. Users' names are read, and that is logged.
    """
    asked = (record, actor, since, until, event_type, text, sort)
    wanted = _wanted(caller, project_id, known_at, *asked)
    return _download(caller, wanted, language)


def _download(caller: Caller, wanted: Wanted, language: Language) -> Stream:
    with caller.reading(wanted.project, VIEWS):
        pass  # the project is there and its views are up to date, or the answer is a problem
    trail = Trail(caller.services, caller.tenant, caller.actor, Wording(language))
    name = f"audit-trail_{wanted.project}_p{wanted.upto}_{language}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Ledger-Position": str(wanted.upto),
    }
    chunks = csv_chunks(trail.pages(wanted), trail.wording)
    return Stream(chunks, media_type=MEDIA_TYPE, headers=headers)


def _wanted(
    caller: Caller,
    project: UUID,
    known_at: str | None,
    record: UUID | None,
    actor: str | None,
    since: str | None,
    until: str | None,
    event_type: str | None,
    text: str | None,
    sort: str,
) -> Wanted:
    """What is asked, up to a position that the log has. Raises InvalidValue."""
    _, upto = caller.reports.resolved(point_of(None, known_at))
    return Wanted(
        upto=min(upto, caller.services.ledger(caller.tenant).head()),
        project=project,
        record=record,
        actor=actor,
        since=since_of(since) if since is not None else None,
        before=until_of(until) if until is not None else None,
        type=event_type,
        text=text,
        newest_first=sort.startswith("-"),
    )


def _entry(told: Told) -> AuditTrailEntry:
    entry, sentence = told.entry, told.sentence
    return AuditTrailEntry(
        position=entry.position,
        recorded_at=entry.recorded_at.astimezone(UTC),
        actor=entry.actor,
        who=told.who,
        what=sentence.what,
        changes=[AuditTrailChange(**change._asdict()) for change in sentence.changes],
        kind=entry.kind,
        reference=entry.reference,
        id=entry.stream_id,
        version=entry.version,
        fact_version=entry.fact_version,
        type=entry.type,
        fact_type=entry.fact_type,
        effective_on=entry.effective_on,
        reason=entry.reason,
        event_id=entry.event_id,
        causation=entry.causation,
        before=entry.before,
        after=entry.after,
    )
