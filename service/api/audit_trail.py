"""The audit trail of a project: who recorded, corrected or cancelled what, when and why."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import QueryParameter
from msgspec import Meta

from projections.audit_query import TRAIL, AuditEntry, audit_page
from service.api.caller import AsCaller, Caller, answer
from service.api.fields import Id, Item, Version
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor, cursor_of, key_of
from service.api.route import ProjectId, read
from service.identity import user_names

PURPOSE = "audit trail: who recorded it"
OnlyRecord = Annotated[UUID | None, QueryParameter(description="Only events of this record")]
OnlyType = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z-]{1,40}\.[a-z-]{1,40}\.v[1-9][0-9]{0,3}$",
        description="Only events with this stored name, such as `fact.corrected.v1`",
    ),
]
Values = Annotated[
    dict[str, Any] | None,
    Meta(
        description="Values of the event's fields; of a correction those that it changes",
        examples=[{"amount": "1210.00"}],
    ),
]


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
    kind: Annotated[str, Meta(description="Kind of record", examples=["accounting-document"])]
    reference: Annotated[str | None, Meta(examples=["FP00001"])]
    id: Id
    version: Version
    fact_version: Annotated[
        int, Meta(description="The fact that it is about; to be corrected by", examples=[1])
    ]
    type: Annotated[str, Meta(description="Stored name", examples=["fact.corrected.v1"])]
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
    operation_id="audit_trail",
    summary="Who recorded what, when and why",
    tags=["audit trail"],
)
def audit_trail(
    caller: AsCaller,
    project_id: ProjectId,
    record: OnlyRecord = None,
    event_type: OnlyType = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[AuditTrail]:
    """Every event of the project with the values before and after; users' names are read."""
    after = key_of(cursor, TRAIL.order)
    wanted = {"project": project_id, "stream": record, "type": event_type}
    with caller.reading(project_id, TRAIL.views) as snapshot:
        found, last = audit_page(snapshot.connection, caller.tenant, wanted, limit, after)
    names = _names(caller, found)
    items = [_entry(entry, names) for entry in found]
    return answer(AuditTrail(items=items, next_cursor=cursor_of(last)), snapshot.position)


def _names(caller: Caller, entries: list[AuditEntry]) -> dict[str, str]:
    users = {UUID(entry.actor) for entry in entries if ":" not in entry.actor}
    services = caller.services
    names = user_names(
        services.pool, services.vault, caller.tenant, users, actor=caller.actor, purpose=PURPOSE
    )
    return {str(user): name for user, name in names.items()}


def _entry(entry: AuditEntry, names: dict[str, str]) -> AuditTrailEntry:
    return AuditTrailEntry(
        position=entry.position,
        recorded_at=entry.recorded_at.astimezone(UTC),
        actor=entry.actor,
        who=names.get(entry.actor),
        kind=entry.kind,
        reference=entry.reference,
        id=entry.stream_id,
        version=entry.version,
        fact_version=entry.fact_version,
        type=entry.type,
        effective_on=entry.effective_on,
        reason=entry.reason,
        event_id=entry.event_id,
        causation=entry.causation,
        before=entry.before,
        after=entry.after,
    )
