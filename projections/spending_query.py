"""Documents of spending as they stand, their findings, and the claims that hold them."""

from typing import cast

from domain.event import decode
from domain.expenditure import Recorded
from projections.page_query import PageQuery, Row

# A document of several lines in the project is one row: it is named by its first line there.
DOCUMENTS = PageQuery(
    views=("spend", "expenditure", "finding", "claim_line"),
    select="""SELECT s.document_id, s.reference, e.type, e.data, e.recorded_version, e.paid_version,
            e.signed_version, e.paid_on, e.signed_on,
            ARRAY(SELECT f.code FROM views.finding AS f
                WHERE f.document_id = s.document_id AND f.project_id = s.project_id
                    AND f.to_position IS NULL ORDER BY f.code COLLATE "C") AS findings,
            ARRAY(SELECT DISTINCT c.number FROM views.claim_line AS c
                WHERE c.document_id = s.document_id AND c.project_id = s.project_id
                    AND c.to_position IS NULL ORDER BY c.number) AS claims
        FROM views.spend AS s
        JOIN views.expenditure AS e ON e.document_id = s.document_id AND e.to_position IS NULL
        WHERE s.project_id = %(project)s AND s.to_position IS NULL AND s.list = %(list)s
            AND s.allocation = (SELECT min(o.allocation) FROM views.spend AS o
                WHERE o.document_id = s.document_id AND o.project_id = s.project_id
                    AND o.to_position IS NULL)
            AND (%(document)s::uuid IS NULL OR s.document_id = %(document)s::uuid)""",
    order={"reference": "text", "document_id": "uuid"},
    filters={
        "item": """EXISTS (SELECT FROM views.spend AS i WHERE i.document_id = listed.document_id
            AND i.project_id = %(project)s AND i.to_position IS NULL AND i.item = %(only_item)s)""",
        "supplier_ico": """convert_from(listed.data, 'UTF8')::jsonb ->> 'supplier_ico'
            = %(only_supplier_ico)s""",
        "paid": "(listed.paid_on IS NOT NULL) = %(only_paid)s",
        "finding": "%(only_finding)s = ANY (listed.findings)",
        "claim": "%(only_claim)s::int = ANY (listed.claims)",
    },
)
FINDINGS = PageQuery(
    views=("finding",),
    select="""SELECT document_id, reference, code, since FROM views.finding
        WHERE project_id = %(project)s AND to_position IS NULL
            AND (%(code)s::text IS NULL OR code = %(code)s::text)""",
    order={"reference": "text", "document_id": "uuid", "code": "text"},
)


def recorded_of(row: Row) -> Recorded:
    """The document that a row holds."""
    return cast("Recorded", decode(row["type"], row["data"]))
