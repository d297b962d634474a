"""The audit trail a page at a time: who, when, what, why, before and after.

A page of the list, the values of its events and of what they replaced, and what the records that
they name are called: three statements whatever the page's size. Sealed persons are seen as the
hashes that the events hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from psycopg import Connection

from projections.page_query import PageQuery, Row, rows
from projections.search_text import folded

CORRECTED = "fact.corrected.v1"
UUID_LENGTH = 36
VIEWS = ("audit_event", "audit_stream")
ORDER = {"position": "bigint"}
SELECT = """SELECT position, recorded_at, actor, kind, reference, stream_id, version,
        fact_version, type, effective_on, reason, event_id, causation
    FROM views.audit_event WHERE position <= %(upto)s"""
# What belongs to the organisation (exchange rates) has no project: it is found as a record.
OF_PROJECT = "project_id = %(project)s"
OF_RECORD = "stream_id = %(record)s AND (project_id = %(project)s OR project_id IS NULL)"
LAST_OF_FACT = """SELECT DISTINCT ON (fact_version) * FROM ({}) AS events
    ORDER BY fact_version, version DESC"""
OF_FACTS = {"fact_version": "bigint"}
CONDITIONS = {
    "actor": "actor = %(actor)s",
    "since": "recorded_at >= %(since)s",
    "before": "recorded_at < %(before)s",
    "type": "type = %(type)s",
    "text": "strpos(words, %(text)s) > 0",
}
VALUES = """SELECT e.position, e.type, e.data, b.type AS before_type, b.data AS before_data
    FROM unnest(%(positions)s::bigint[], %(facts)s::bigint[]) AS g (position, fact_version)
    JOIN ledger.event AS e ON e.tenant_id = %(tenant)s AND e.position = g.position
    LEFT JOIN LATERAL (
        SELECT o.type, o.data FROM ledger.event AS o
        WHERE o.tenant_id = e.tenant_id AND o.stream_id = e.stream_id
            AND o.version >= g.fact_version AND o.version < e.version
            AND (o.version = g.fact_version OR (o.type = 'fact.corrected.v1'
                AND (convert_from(o.data, 'UTF8')::jsonb ->> 'version')::bigint = g.fact_version))
        ORDER BY o.version DESC LIMIT 1
    ) AS b ON e.type IN ('fact.corrected.v1', 'fact.cancelled.v1')"""
# What a record was called when the ledger knew `upto`.
REFERENCES = """SELECT stream_id, reference FROM views.audit_stream
    WHERE stream_id = ANY(%(streams)s::uuid[]) AND reference IS NOT NULL
        AND from_position <= %(upto)s AND (to_position IS NULL OR to_position > %(upto)s)"""
Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events of the trail: those up to a position for which all that is given holds.

    `since` is the first moment, `before` the first one no more; `text` is looked for in reference,
    reason and clear values, whatever its case and accents.
    """

    upto: int
    project: UUID
    record: UUID | None = None
    actor: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    type: str | None = None
    text: str | None = None
    newest_first: bool = False

    def values(self) -> dict[str, Any]:
        """The parameters of the query, None where anything goes."""
        plain = ("upto", "project", "record", "actor", "since", "before", "type")
        found = {name: getattr(self, name) for name in plain}
        return {**found, "text": folded(self.text) if self.text else None}

    def select(self) -> str:
        """Only what is asked for is in the statement, so that an index on it can be used."""
        values = self.values()
        where = OF_PROJECT if self.record is None else OF_RECORD
        given = (sql for name, sql in CONDITIONS.items() if values[name] is not None)
        return " AND ".join((SELECT, where, *given))


class AuditEntry(NamedTuple):
    """One event: `actor` did `type` to the record `stream_id`, because of `reason`.

    `before` and `after` hold a correction's changed fields; a first recording has only `after`, a
    cancellation only `before`. The fact is named by `stream_id` and `fact_version`; `fact` holds
    all its values after the event (of a cancellation: before it), `fact_type` its stored name.
    """

    position: int
    recorded_at: datetime
    actor: str
    kind: str
    reference: str | None
    stream_id: UUID
    version: int
    fact_version: int
    type: str
    fact_type: str
    effective_on: date
    reason: str | None
    event_id: UUID
    causation: UUID | None
    before: Values | None
    after: Values | None
    fact: Values


class AuditPage(NamedTuple):
    """Entries, what people call the records that they name by id, and the last one's key."""

    entries: list[AuditEntry]
    references: dict[UUID, str]
    last: tuple[str, ...] | None


def audit_page(
    connection: Connection[Any],
    tenant: UUID,
    wanted: Wanted,
    limit: int,
    after: tuple[str, ...] | None,
) -> AuditPage:
    """A page in the order of the log, or the last event first: three statements."""
    query = PageQuery(VIEWS, wanted.select(), ORDER, wanted.newest_first)
    return _page(connection, tenant, query, wanted, limit, after)


def facts_page(
    connection: Connection[Any],
    tenant: UUID,
    wanted: Wanted,
    limit: int,
    after: tuple[str, ...] | None,
) -> AuditPage:
    """The last event about each fact of a record, in the order of their first recording."""
    query = PageQuery(VIEWS, LAST_OF_FACT.format(wanted.select()), OF_FACTS)
    return _page(connection, tenant, query, wanted, limit, after)


def _page(
    connection: Connection[Any],
    tenant: UUID,
    query: PageQuery,
    wanted: Wanted,
    limit: int,
    after: tuple[str, ...] | None,
) -> AuditPage:
    found, last = query.page(connection, wanted.values(), limit, after)
    values = _values(connection, tenant, found)
    listed: list[Row] = [{**row, **_change(values[row["position"]])} for row in found]
    entries = [AuditEntry(**entry) for entry in listed]
    return AuditPage(entries, _references(connection, entries, wanted.upto), last)


def _references(
    connection: Connection[Any], entries: Sequence[AuditEntry], upto: int
) -> dict[UUID, str]:
    """What people call the records that the entries' values name by id: one statement a page."""
    streams = {found for entry in entries for found in _ids(entry.fact) | _ids(entry.before)}
    if not streams:
        return {}
    given = {"streams": list(streams), "upto": upto}
    return {row["stream_id"]: row["reference"] for row in rows(connection, REFERENCES, given)}


def _ids(value: Any) -> set[UUID]:
    """The ids of records in a value; a sealed person is none."""
    match value:
        case {"person": _, "sha256": _}:
            return set()
        case dict():
            return {one for part in cast("Values", value).values() for one in _ids(part)}
        case list():
            return {one for part in cast("list[Any]", value) for one in _ids(part)}
        case str() if len(value) == UUID_LENGTH:
            try:
                return {UUID(value)}
            except ValueError:
                return set()
        case _:
            return set()


def _values(connection: Connection[Any], tenant: UUID, page: Sequence[Row]) -> dict[int, Row]:
    given = {
        "tenant": tenant,
        "positions": [row["position"] for row in page],
        "facts": [row["fact_version"] for row in page],
    }
    return {row["position"]: row for row in rows(connection, VALUES, given)} if page else {}


def _change(row: Row) -> dict[str, Any]:
    fact_type, fact = _fact(row["type"], row["data"])
    match row["type"]:
        case "fact.cancelled.v1":
            fact_type, old = _fact(row["before_type"], row["before_data"])
            return {"before": old, "after": None, "fact": old, "fact_type": fact_type}
        case "fact.corrected.v1":
            _, old = _fact(row["before_type"], row["before_data"])
            names = [name for name in fact if fact[name] != old.get(name)]
            before = {name: old.get(name) for name in names}
            after = {name: fact[name] for name in names}
            return {"before": before, "after": after, "fact": fact, "fact_type": fact_type}
        case _:
            return {"before": None, "after": fact, "fact": fact, "fact_type": fact_type}


def _fact(name: str, data: bytes) -> tuple[str, Values]:
    """The stored name and the values of a fact; of a correction those that it puts in place."""
    values: Values = msgspec.json.decode(data)
    return (values["type"], values["values"]) if name == CORRECTED else (name, values)
