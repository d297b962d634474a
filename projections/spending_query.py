"""Documents of spending as they stand, their findings, and the claims that hold them."""

from typing import cast

from domain.event import decode
from domain.expenditure import Recorded
from projections.page_query import LAST_DAY, PageQuery, Row, equal

OF_LISTED = "document_id = listed.document_id AND project_id = %(project)s AND to_position IS NULL"
# A document of several lines in the project is one row: its first line there stands for it.
DOCUMENTS = PageQuery(
    views=("spend", "expenditure", "finding", "claim_line"),
    select=f"""SELECT document_id, reference, paid_on, coalesce(paid_on, {LAST_DAY}) AS paid_by,
            period, dated_at, total, number, supplier_ico, person
        FROM views.spend
        WHERE project_id = %(project)s AND to_position IS NULL AND list = %(list)s AND first
            AND (%(document)s::uuid IS NULL OR document_id = %(document)s::uuid)""",
    shown="""SELECT listed.*, e.type, e.data, e.recorded_version, e.paid_version, e.signed_version,
            e.signed_on,
            ARRAY(SELECT f.code FROM views.finding AS f
                WHERE f.document_id = listed.document_id AND f.project_id = %(project)s
                    AND f.to_position IS NULL ORDER BY f.code COLLATE "C") AS findings,
            ARRAY(SELECT DISTINCT c.number FROM views.claim_line AS c
                WHERE c.document_id = listed.document_id AND c.project_id = %(project)s
                    AND c.to_position IS NULL ORDER BY c.number) AS claims
        FROM ({listed}) AS listed
        JOIN views.expenditure AS e ON e.document_id = listed.document_id
            AND e.to_position IS NULL""",
    order={"reference": "text", "document_id": "uuid"},
    sorts={
        "reference": {"reference": "text"},
        "document_number": {"number": "text"},
        **{name: {"dated_at": "timestamp"} for name in ("issued_on", "month", "departed_at")},
        "paid_on": {"paid_by": "date"},
        "amount": {"total": "numeric"},
    },
    tie={"document_id": "uuid"},
    filters={
        **equal("reference", "supplier_ico", "period"),
        "item": f"""EXISTS (SELECT FROM views.spend WHERE {OF_LISTED} AND item = %(only_item)s)""",
        "document_number": "listed.number = %(only_document_number)s",
        "person_id": "listed.person = %(only_person_id)s::uuid",
        "paid": "(listed.paid_on IS NOT NULL) = %(only_paid)s",
        "paid_since": "listed.paid_on >= %(only_paid_since)s::date",
        "paid_until": "listed.paid_on <= %(only_paid_until)s::date",
        "dated_since": "listed.dated_at >= %(only_dated_since)s::date",
        "dated_until": "listed.dated_at < %(only_dated_until)s::date + 1",
        "amount_min": "listed.total >= %(only_amount_min)s::numeric",
        "amount_max": "listed.total <= %(only_amount_max)s::numeric",
        "finding": f"""EXISTS (SELECT FROM views.finding
            WHERE {OF_LISTED} AND code = %(only_finding)s)""",
        "claim": f"""EXISTS (SELECT FROM views.claim_line
            WHERE {OF_LISTED} AND number = %(only_claim)s::int)""",
    },
)
FINDINGS = PageQuery(
    views=("finding",),
    select="""SELECT document_id, reference, code, since FROM views.finding
        WHERE project_id = %(project)s AND to_position IS NULL
            AND (%(code)s::text IS NULL OR code = %(code)s::text)""",
    order={"reference": "text", "document_id": "uuid", "code": "text"},
    sorts={"reference": {"reference": "text"}, "since": {"since": "date"}},
    tie={"document_id": "uuid", "code": "text"},
)


def recorded_of(row: Row) -> Recorded:
    """The document that a row holds."""
    return cast("Recorded", decode(row["type"], row["data"]))
