"""A record: its facts as they stand, and its history, the last event first."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from litestar import Response
from litestar.params import PathParameter

from domain.rejection import NotFound
from projections import audit_query
from projections.audit_query import OF_FACTS, ORDER, AuditEntry, Wanted, audit_page, facts_page
from service.api.caller import AsCaller
from service.api.route import ProjectId, read
from service.audit.sentences import OF_THE_PROGRAM
from service.audit.trail import Trail
from service.audit.values import Spoken
from service.pages.language import wording_of
from service.pages.paging import PAGE_SIZE, Cursor
from service.pages.rendering import AnyRequest, page

CANCELLED = "fact.cancelled.v1"
FACTS_SHOWN = 25
RecordId = Annotated[UUID, PathParameter()]


class Field(NamedTuple):
    """A field in words; `record`: the record that the value names, to be opened."""

    name: str
    value: str
    record: UUID | None


class FactShown(NamedTuple):
    """A fact as it stands after its last event."""

    version: int
    name: str
    day: str
    cancelled: bool
    fields: list[Field]


@read("/projects/{project_id:uuid}/records/{record_id:uuid}", permission="audit.read")
def show_record(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    record_id: RecordId,
    facts: Cursor = None,
    cursor: Cursor = None,
) -> Response[str]:
    """All facts of a record and what happened to them; persons are sealed."""
    wording = wording_of(request)
    fact_cursors, cursors = caller.cursors("facts"), caller.cursors()
    of_facts, of_events = fact_cursors.read(facts, OF_FACTS), cursors.read(cursor, ORDER)
    with caller.reading(project_id, audit_query.VIEWS) as snapshot:
        wanted = Wanted(
            upto=snapshot.position, project=project_id, record=record_id, newest_first=True
        )
        asked = (snapshot.connection, caller.tenant, wanted)
        standing = facts_page(*asked, FACTS_SHOWN, of_facts)
        history = audit_page(*asked, PAGE_SIZE, of_events)
    if not standing.entries and not history.entries:
        raise NotFound("the project has no such record")
    spoken = Spoken(wording, standing.references)
    first = (standing.entries or history.entries)[0]
    trail = Trail(caller.services, caller.tenant, caller.actor, wording)
    return page(
        request,
        "record.html",
        section="",
        project=project_id,
        query={},
        record=record_id,
        kind=first.kind,
        reference=first.reference,
        facts=[_shown(entry, spoken, standing.references) for entry in standing.entries],
        facts_cursor=facts,
        facts_after=fact_cursors.after(standing.last),
        history=trail.told(history),
        cursor=cursor,
        after=cursors.after(history.last),
    )


def _shown(entry: AuditEntry, spoken: Spoken, references: Mapping[UUID, str]) -> FactShown:
    kind = entry.fact_type
    hidden = OF_THE_PROGRAM | {"project", "effective_on"}  # said by the page and beside the name
    fields = [
        Field(
            spoken.field(kind, name),
            spoken.value(kind, name, entry.fact),
            _named(value, references),
        )
        for name, value in entry.fact.items()
        if name not in hidden and (name, value) != ("reason", None)
    ]
    day = f"{spoken.field(kind, 'effective_on')} {spoken.value(kind, 'effective_on', entry.fact)}"
    return FactShown(
        version=entry.fact_version,
        name=spoken.wording.known(f"audit.event.{kind}.name", kind),
        day=day,
        cancelled=entry.type == CANCELLED,
        fields=fields,
    )


def _named(value: Any, references: Mapping[UUID, str]) -> UUID | None:
    """The record that a value names by its id, where it is one of the project's."""
    try:
        record = UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return record if record in references else None
