"""The lists of documents (soupisky dokladů) of a project or a claim, at a point of both times.

A row is a line: the part of a document that one budget item of the project bears, with the claim
that declares it and the document's findings. A list may be long: it is read by a server-side
cursor.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, cast
from uuid import UUID

from psycopg import Connection

from domain.claim import Decided
from domain.event import Corrected, corrected_fact, decode
from domain.expenditure import Recorded
from projections.facts_in_force import FactsInForce
from projections.page_query import Row, rows

VIEWS = ("spend", "expenditure", "finding", "claim_line")
# A claimed line stays in the list also where its document is dated later or was changed since.
LINES = """WITH spent AS (
        SELECT document_id, allocation, reference, item, amount FROM views.spend
        WHERE project_id = %(project)s AND effective_on <= %(as_of)s
            AND from_position <= %(known_at)s
            AND (to_position IS NULL OR to_position > %(known_at)s)
    ), claimed AS (
        SELECT document_id, allocation, reference, item, amount, reduction, number, decided_on,
            decided_source
        FROM views.claim_line
        WHERE project_id = %(project)s AND submitted_on <= %(as_of)s
            AND from_position <= %(known_at)s
            AND (to_position IS NULL OR to_position > %(known_at)s)
    ), found AS (
        SELECT document_id, array_agg(code ORDER BY code COLLATE "C") AS codes FROM views.finding
        WHERE project_id = %(project)s AND since <= %(as_of)s
            AND from_position <= %(known_at)s
            AND (to_position IS NULL OR to_position > %(known_at)s)
        GROUP BY document_id
    )
    SELECT e.document_id, coalesce(s.allocation, c.allocation) AS allocation,
        coalesce(s.reference, c.reference) AS reference, coalesce(s.item, c.item) AS item,
        s.amount, e.paid_on, e.signed_on, e.type, e.data, e.source, c.number AS claim,
        c.amount AS declared, c.reduction, c.decided_on, f.codes
    FROM spent AS s
    FULL JOIN claimed AS c ON c.document_id = s.document_id AND c.allocation = s.allocation
    JOIN views.expenditure AS e ON e.document_id = coalesce(s.document_id, c.document_id)
        AND e.from_position <= %(known_at)s
        AND (e.to_position IS NULL OR e.to_position > %(known_at)s)
    LEFT JOIN found AS f ON f.document_id = e.document_id
    WHERE e.type = %(type)s AND (%(claim)s::int IS NULL OR c.number = %(claim)s::int)
    ORDER BY coalesce(s.reference, c.reference) COLLATE "C", e.document_id, 2"""
DECISIONS = """SELECT position, type, data FROM ledger.event
    WHERE tenant_id = ledger.current_tenant() AND position = ANY(%(positions)s)"""
Reasons = dict[tuple[UUID, int], str]


class Line(NamedTuple):
    """A line of a list, CZK; `declared`, `reduced`, `approved` are None until it gets there.

    `source` is the position of the event that holds the document as it stands.
    """

    recorded: Recorded
    document_id: UUID
    allocation: int
    reference: str
    item: str
    amount: Decimal | None
    paid_on: date | None
    signed_on: date | None
    claim: int | None
    declared: Decimal | None
    reduced: Decimal | None
    approved: Decimal | None
    findings: tuple[str, ...]
    source: int


def reasons_of_reductions(connection: Connection[Any], facts: FactsInForce) -> Reasons:
    """Why a line was reduced, by document and allocation: one statement for all decisions."""
    positions = {
        line["decided_source"]
        for line in facts.of["claim_line"]
        if line["reduction_index"] is not None
    }
    found = rows(connection, DECISIONS, {"positions": sorted(positions)})
    return {
        (one.document, one.allocation): one.reason
        for decided in map(_decided, sorted(found, key=lambda row: row["position"]))
        for one in decided.reductions
    }


def _decided(row: Row) -> Decided:
    fact = decode(row["type"], row["data"])
    return cast("Decided", corrected_fact(fact) if isinstance(fact, Corrected) else fact)


def line_of(row: Row, as_of: date) -> Line:
    """A row of `LINES`; what happened after `as_of` has not happened."""

    def by_then(day: date | None) -> date | None:
        return day if day is not None and day <= as_of else None

    declared, decided = row["declared"], by_then(row["decided_on"]) is not None
    return Line(
        recorded=cast("Recorded", decode(row["type"], row["data"])),
        document_id=row["document_id"],
        allocation=row["allocation"],
        reference=row["reference"],
        item=row["item"],
        amount=row["amount"],
        paid_on=by_then(row["paid_on"]),
        signed_on=by_then(row["signed_on"]),
        claim=row["claim"],
        declared=declared,
        reduced=row["reduction"] if decided else None,
        approved=declared - row["reduction"] if decided else None,
        findings=tuple(row["codes"] or ()),
        source=row["source"],
    )
