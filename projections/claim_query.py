"""Payment claims with their lines, and which documents a new claim may take."""

from projections.page_query import LAST_DAY, PageQuery, equal

LINES_MAX = 100_000
CLAIMS = PageQuery(
    views=("claim", "claim_line"),
    select=f"""SELECT c.claim_id, c.number, c.version, c.kind, c.period, c.submitted_on,
            c.decided_on, c.paid_on, coalesce(c.paid_on, {LAST_DAY}) AS paid_by, c.paid_amount,
            c.submitted_version, c.decided_version, c.paid_version,
            l.documents, l.declared, l.reduced
        FROM views.claim AS c
        CROSS JOIN LATERAL (
            SELECT count(*) AS documents, coalesce(sum(amount), 0.00) AS declared,
                coalesce(sum(reduction), 0.00) AS reduced
            FROM views.claim_line WHERE claim_id = c.claim_id AND to_position IS NULL) AS l
        WHERE c.project_id = %(project)s AND c.to_position IS NULL AND c.number IS NOT NULL
            AND (%(claim)s::uuid IS NULL OR c.claim_id = %(claim)s::uuid)""",
    order={"number": "int", "claim_id": "uuid"},
    sorts={
        "number": {"number": "int"},
        "submitted_on": {"submitted_on": "date"},
        "paid_on": {"paid_by": "date"},
        "declared": {"declared": "numeric"},
    },
    tie={"claim_id": "uuid"},
    filters={
        **equal("kind", "period"),
        "stage": """CASE WHEN listed.paid_on IS NOT NULL THEN 'paid'
            WHEN listed.decided_on IS NOT NULL THEN 'decided' ELSE 'submitted' END
            = %(only_stage)s""",
    },
)
LINES = f"""SELECT document_id, reference, allocation, item, amount, reduction
    FROM views.claim_line WHERE claim_id = %(claim)s AND to_position IS NULL
    ORDER BY line_index LIMIT {LINES_MAX}"""
# A page of them; the claim is one of the project's.
LINES_PAGED = PageQuery(
    views=("claim_line",),
    select="""SELECT document_id, reference, line_index, item, amount, reduction
        FROM views.claim_line
        WHERE claim_id = %(claim)s AND project_id = %(project)s AND to_position IS NULL""",
    order={"line_index": "int"},
)
# Whether a line may be claimed is judged again on the documents' own streams.
CANDIDATES = f"""SELECT DISTINCT document_id FROM views.spend
    WHERE project_id = %(project)s AND blocked_on IS NULL AND to_position IS NULL
    LIMIT {LINES_MAX}"""
