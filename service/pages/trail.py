"""The audit trail of a project: who, when, what and why, with filters, and as a file."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

import czech_sort
from litestar import Response
from litestar.params import FromQuery
from litestar.response import Stream

from domain.event import stored_names
from domain.rejection import InvalidValue
from projections.audit_query import ORDER, VIEWS, Wanted, audit_page
from service.api.caller import AsCaller, Caller
from service.api.route import ProjectId, read
from service.audit import csv_file, moments
from service.audit.trail import Trail
from service.pages.addresses import project_path
from service.pages.language import wording_of
from service.pages.paging import PAGE_SIZE, Cursor
from service.pages.rendering import HEADERS, AnyRequest, page
from service.spreadsheet_csv import MEDIA_TYPE
from service.wording.wording import Wording

TEXT_LENGTH_MAX = 200
ACTOR = re.compile(r"[0-9a-f-]{36}|[a-z]{1,20}:[a-z-]{1,40}")
FIELDS = ("record", "actor", "since", "until", "type", "text")
T = TypeVar("T")
Given = FromQuery[str | None]


@dataclass
class Filters:
    """The fields as written, what they ask for, and those at fault."""

    written: dict[str, str]
    wanted: dict[str, Any] = field(default_factory=dict[str, Any])
    errors: set[str] = field(default_factory=set[str])

    def take(self, name: str, read_as: Callable[[str], T], wanted: str) -> None:
        """Reads a field that is given."""
        if text := self.written[name]:
            try:
                self.wanted[wanted] = read_as(text)
            except (ValueError, InvalidValue):
                self.errors.add(name)

    @property
    def query(self) -> dict[str, str | None]:
        """What links keep."""
        return {name: text for name, text in self.written.items() if text}


def filters(**given: str | None) -> Filters:
    """The filters of a request; a field that is empty asks for nothing."""
    found = Filters({name: (given[name] or "").strip() for name in FIELDS})
    found.take("record", UUID, "record")
    found.take("actor", _actor, "actor")
    found.take("since", moments.since, "since")
    found.take("until", moments.until, "before")
    found.take("type", _type, "type")
    found.take("text", _text, "text")
    return found


@read("/projects/{project_id:uuid}/audit-trail", permission="audit.read")
def show_trail(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    record: Given = None,
    actor: Given = None,
    since: Given = None,
    until: Given = None,
    type: Given = None,  # noqa: A002 the field's name
    text: Given = None,
    cursor: Cursor = None,
) -> Response[str]:
    """The last event first; users' names are read, and that they were read is logged."""
    asked = filters(record=record, actor=actor, since=since, until=until, type=type, text=text)
    wording, cursors = wording_of(request), caller.cursors()
    after = cursors.read(cursor, ORDER)
    with caller.reading(project_id, VIEWS) as snapshot:
        wanted = _wanted(asked, project_id, snapshot.position)
        found = audit_page(snapshot.connection, caller.tenant, wanted, PAGE_SIZE, after)
    return page(
        request,
        "trail.html",
        status=400 if asked.errors else 200,
        section="audit-trail",
        project=project_id,
        query={},
        asked=asked,
        types=_types(wording),
        trail={**asked.query},
        told=Trail(caller.services, caller.tenant, caller.actor, wording).told(found),
        path=project_path(project_id, "audit-trail"),
        cursor=cursor,
        after=cursors.after(found.last),
    )


@read("/projects/{project_id:uuid}/audit-trail/csv", permission="audit.read")
def download_trail(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    record: Given = None,
    actor: Given = None,
    since: Given = None,
    until: Given = None,
    type: Given = None,  # noqa: A002 the field's name
    text: Given = None,
) -> Stream:
    """The same as CSV for a spreadsheet, streamed; in the order of the log."""
    asked = filters(record=record, actor=actor, since=since, until=until, type=type, text=text)
    if asked.errors:
        raise InvalidValue("a filter is not accepted")
    wording = wording_of(request)
    upto = _head(caller, project_id)
    wanted = _wanted(asked, project_id, upto, newest_first=False)
    trail = Trail(caller.services, caller.tenant, caller.actor, wording)
    headers = {
        **HEADERS,
        "Content-Disposition": f'attachment; filename="audit-trail_p{upto}.csv"',
    }
    chunks = csv_file.csv_chunks(trail.pages(wanted), wording)
    return Stream(chunks, media_type=MEDIA_TYPE, headers=headers)


def _head(caller: Caller, project: UUID) -> int:
    """The position that the file ends with; checks that there is such a project."""
    with caller.reading(project, VIEWS) as snapshot:
        return snapshot.position


def _wanted(asked: Filters, project: UUID, upto: int, *, newest_first: bool = True) -> Wanted:
    return Wanted(upto=upto, project=project, newest_first=newest_first, **asked.wanted)


def _types(wording: Wording) -> list[tuple[str, str]]:
    """Stored names with their words, in the order of the language."""
    named = [(name, wording.known(f"audit.event.{name}.name", name)) for name in stored_names()]
    if wording.language == "cs":
        return sorted(named, key=_czech)
    return sorted(named, key=lambda one: one[1].casefold())


def _czech(named: tuple[str, str]) -> Any:
    return cast("Any", czech_sort).key(named[1])


def _actor(text: str) -> str:
    if not ACTOR.fullmatch(text):
        raise ValueError
    return text


def _type(text: str) -> str:
    if text not in stored_names():
        raise ValueError
    return text


def _text(text: str) -> str:
    if len(text) > TEXT_LENGTH_MAX or "\x00" in text:
        raise ValueError
    return text
