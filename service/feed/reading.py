"""The log as others may follow it: a page after a position, for whoever may see which projects.

Positions have no gaps and become visible in order (the append holds the tenant's row until its
commit), so a reader that goes on from the position of its last page misses nothing. That position
is the head of the same snapshot as the events: a head read afterwards could lie beyond events that
were committed in between.

A project is of an event when the event or the first fact of its record names it. The projection of
the audit trail is not asked: a feed must not stop with a view.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.rejection import NotFound
from projections.page_query import rows
from service.memberships import KNOWN_PROJECT
from service.store.database import Pool, act_for, in_tenant, transaction_of

# A page looks at no more events than these: who wants few of many goes on from where it ended.
SCANNED_MAX = 2_000
PROJECT = """CASE WHEN first.type LIKE 'project.%%' THEN first.stream_id::text
        ELSE convert_from(first.data, 'UTF8')::jsonb ->> 'project' END"""
# Of every allocation too, and of the values of a correction.
PROJECTS = f"""ARRAY(SELECT {PROJECT} WHERE first.type LIKE 'project.%%'
        UNION SELECT named #>> '{{}}' FROM (
            SELECT jsonb_path_query(convert_from(first.data, 'UTF8')::jsonb, '$.**.project')
            UNION ALL
            SELECT jsonb_path_query(convert_from(e.data, 'UTF8')::jsonb, '$.**.project')
        ) AS found (named) WHERE named #>> '{{}}' IS NOT NULL)"""
OF_TYPES = " AND e.type = ANY(%(types)s::text[])"
ABOUT = f" AND %(about)s::text = ANY({PROJECTS})"
WITHIN = f" AND {PROJECTS} <> '{{}}' AND {PROJECTS} <@ %(within)s::text[]"
PAGE = f"""SELECT t.next_position - 1 AS head, page.*
    FROM ledger.tenant AS t LEFT JOIN LATERAL (
        SELECT e.position, e.stream_id, e.version, e.type, e.data, e.event_id, e.recorded_at,
            e.command_id, e.causation, {PROJECT} AS project
        FROM (SELECT * FROM ledger.event AS one
            WHERE one.tenant_id = t.tenant_id AND one.position > %(after)s
            ORDER BY one.position LIMIT {SCANNED_MAX}) AS e
        JOIN ledger.event AS first ON first.tenant_id = e.tenant_id
            AND first.stream_id = e.stream_id AND first.version = 1
        WHERE true{{conditions}}
        ORDER BY e.position LIMIT %(limit)s
    ) AS page ON true
    WHERE t.tenant_id = %(tenant)s ORDER BY page.position"""
ONE = f"""SELECT e.position, e.stream_id, e.version, e.type, e.data, e.event_id, e.recorded_at,
        e.command_id, e.causation, {PROJECT} AS project
    FROM ledger.event AS e
    JOIN ledger.event AS first ON first.tenant_id = e.tenant_id
        AND first.stream_id = e.stream_id AND first.version = 1
    WHERE e.tenant_id = %(tenant)s AND e.position = %(position)s"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events. `within`: those that name projects, and none but these; None: all.

    `about`: only of this project, whatever others they name. `types`: only with these stored names.
    """

    within: Sequence[UUID] | None = None
    about: UUID | None = None
    types: Sequence[str] | None = None

    def conditions(self) -> str:
        """Only what is asked for is computed."""
        given = ((OF_TYPES, self.types), (ABOUT, self.about), (WITHIN, self.within))
        return "".join(sql for sql, value in given if value is not None)

    def values(self) -> dict[str, Any]:
        """The parameters of the conditions."""
        within = None if self.within is None else [str(project) for project in self.within]
        about = None if self.about is None else str(self.about)
        return {"types": self.types, "about": about, "within": within}


class LoggedEvent(NamedTuple):
    """An event as it is stored; `project` is that of its record, None: the organisation's own."""

    position: int
    stream_id: UUID
    version: int
    type: str
    data: bytes
    event_id: UUID
    recorded_at: datetime
    command_id: UUID
    causation: UUID | None
    project: str | None


class FeedPage(NamedTuple):
    """The events wanted up to `position`, where the next page begins; the log ends at `head`."""

    events: list[LoggedEvent]
    position: int
    head: int


def read_page(pool: Pool, tenant: UUID, wanted: Wanted, after: int, limit: int) -> FeedPage:
    """The next events after a position: one statement, one snapshot."""
    with transaction_of(pool, tenant) as connection:
        return page_of(connection, tenant, wanted, after, limit)


def page_of(
    connection: Connection[Any], tenant: UUID, wanted: Wanted, after: int, limit: int
) -> FeedPage:
    """The same in a transaction that has set the tenant."""
    query = PAGE.format(conditions=wanted.conditions())
    values = {**wanted.values(), "tenant": tenant, "after": after, "limit": limit}
    found = rows(connection, query, values)
    head: int = found[0].pop("head") if found else 0
    for row in found[1:]:
        del row["head"]
    events = [LoggedEvent(**row) for row in found if row["position"] is not None]
    if len(events) == limit:
        return FeedPage(events, events[-1].position, head)
    return FeedPage(events, max(after, min(after + SCANNED_MAX, head)), head)


def check_known(pool: Pool, tenant: UUID, project: UUID) -> None:
    """Raises NotFound where there is no such project."""
    if not in_tenant(pool, tenant, KNOWN_PROJECT, {"tenant": tenant, "project": project}):
        raise NotFound("there is no such project", "project")


def event_at(pool: Pool, tenant: UUID, position: int) -> LoggedEvent | None:
    """The event of a position."""
    with pool.connection() as connection, connection.transaction():
        act_for(connection, tenant)
        found = rows(connection, ONE, {"tenant": tenant, "position": position})
    return LoggedEvent(**found[0]) if found else None
