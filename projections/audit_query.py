"""The audit trail a page at a time: who, when, what, why, before and after.

A page of the list, then the values of its events and of what they replaced: two statements whatever
the page's size. Sealed persons are seen as the hashes that the events hold.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection

from projections.page_query import PageQuery, Row, rows

CORRECTED = "fact.corrected.v1"
# What belongs to the organisation (exchange rates) has no project: it is found by its stream.
TRAIL = PageQuery(
    views=("audit_event",),
    select="""SELECT position, recorded_at, actor, kind, reference, stream_id, version,
            fact_version, type, effective_on, reason, event_id, causation
        FROM views.audit_event
        WHERE (project_id = %(project)s::uuid
                OR (project_id IS NULL AND stream_id = %(stream)s::uuid))
            AND (%(stream)s::uuid IS NULL OR stream_id = %(stream)s::uuid)
            AND (%(type)s::text IS NULL OR type = %(type)s::text)""",
    order={"position": "bigint"},
)
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
Values = dict[str, Any]


class AuditEntry(NamedTuple):
    """One event: `actor` did `type` to the record `stream_id`, because of `reason`.

    `before` and `after` hold a correction's changed fields; a first recording has only `after`, a
    cancellation only `before`. The fact is named by `stream_id` and `fact_version`.
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
    effective_on: date
    reason: str | None
    event_id: UUID
    causation: UUID | None
    before: Values | None
    after: Values | None


def audit_page(
    connection: Connection[Any],
    tenant: UUID,
    wanted: Mapping[str, Any],
    limit: int,
    after: tuple[str, ...] | None,
) -> tuple[list[AuditEntry], tuple[str, ...] | None]:
    """Entries in the order of the log; `wanted`: project, and stream or type or None."""
    found, last = TRAIL.page(connection, wanted, limit, after)
    values = _values(connection, tenant, found)
    entries: list[Row] = [{**row, **_change(values[row["position"]])} for row in found]
    return [AuditEntry(**entry) for entry in entries], last


def _values(connection: Connection[Any], tenant: UUID, page: Sequence[Row]) -> dict[int, Row]:
    given = {
        "tenant": tenant,
        "positions": [row["position"] for row in page],
        "facts": [row["fact_version"] for row in page],
    }
    return {row["position"]: row for row in rows(connection, VALUES, given)} if page else {}


def _change(row: Row) -> dict[str, Values | None]:
    old = _fact(row["before_type"], row["before_data"]) if row["before_type"] else None
    match row["type"]:
        case "fact.cancelled.v1":
            return {"before": old, "after": None}
        case "fact.corrected.v1":
            new = _fact(row["type"], row["data"])
            old = old or {}
            names = [name for name in new if new[name] != old.get(name)]
            return {
                "before": {name: old.get(name) for name in names},
                "after": {name: new[name] for name in names},
            }
        case _:
            return {"before": None, "after": _fact(row["type"], row["data"])}


def _fact(name: str, data: bytes) -> Values:
    """The values of a fact; of a correction those that it puts in place."""
    values: Values = msgspec.json.decode(data)
    return values["values"] if name == CORRECTED else values
