"""Set-based SQL that fills the tables of `budget_spend` and `audit_trail`: a reference.

It fills the rows in force only (no history) and knows no correction or cancellation, which the
measured log has none of; `differing` proves that what it fills is what the projection filled.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from projections.projection import Projection
from projections.store import columns_of, table_name

LOG = "ledger.event WHERE tenant_id = %(tenant)s AND type"

PROJECT = f"""INSERT INTO spend_project SELECT tenant_id, stream_id, data, position, position, NULL
    FROM {LOG} = 'project.registered.v1'"""
ITEM = """INSERT INTO budget_item
    SELECT tenant_id, stream_id, version, j.project, j.code, j.name, j.unit, j.unit_price, j.count,
        j.total, j.evidence, j.purchased_service, j.effective_on, position, position, NULL
    FROM ledger.event, json_to_record(convert_from(data, 'UTF8')::json) AS j (project uuid,
        code text, name text, unit text, unit_price numeric, count numeric, total numeric,
        evidence text, purchased_service boolean, effective_on date)
    WHERE tenant_id = %(tenant)s AND type = 'budget.item-added.v1'"""
EXPENDITURE = f"""INSERT INTO expenditure
    SELECT r.tenant_id, r.stream_id, r.type, r.data, r.version, p.version, s.version, p.day, s.day,
        (j ->> 'number_key')::uuid, r.position, p.position, s.position,
        greatest(r.position, p.position, s.position), NULL
    FROM (SELECT *, convert_from(data, 'UTF8')::json AS j FROM {LOG} IN (
            'accounting-document.recorded.v1', 'work-record.recorded.v1',
            'travel-order.recorded.v1')) AS r
    LEFT JOIN (SELECT stream_id, version, position,
            (convert_from(data, 'UTF8')::json ->> 'effective_on')::date AS day
        FROM {LOG} = 'expenditure.paid.v1') AS p USING (stream_id)
    LEFT JOIN (SELECT stream_id, version, position,
            (convert_from(data, 'UTF8')::json ->> 'effective_on')::date AS day
        FROM {LOG} = 'work-record.signed.v1') AS s USING (stream_id)"""
NUMBER = """INSERT INTO document_number
    SELECT tenant_id, stream_id, j.document, version, j.effective_on, position, position, NULL
    FROM ledger.event, json_to_record(convert_from(data, 'UTF8')::json)
        AS j (document uuid, effective_on date)
    WHERE tenant_id = %(tenant)s AND type = 'document-number.taken.v1'"""
MONTH = """INSERT INTO person_month
    SELECT tenant_id, stream_id, version, j.work_record, j.fte, position, position, NULL
    FROM ledger.event, json_to_record(convert_from(data, 'UTF8')::json)
        AS j (work_record uuid, fte numeric)
    WHERE tenant_id = %(tenant)s AND type = 'person-month.worked.v1'"""
# One row a line: the documents' allocations, or the one item of a work record or a trip.
LINES = """CREATE TEMP TABLE line ON COMMIT DROP AS
    SELECT e.*, j.reference, j.effective_on, j.month, j.departed_at::date AS departed_on,
        j.supplier_ico, j.fte AS own_fte, l.allocation, l.project, l.item, l.amount,
        coalesce(j.issued_on, j.month, j.departed_at) AS dated_at, j.amount AS total,
        j.document_number AS number,
        (coalesce(j.employee, j.traveller) ->> 'person')::uuid AS person
    FROM expenditure AS e,
        json_to_record(convert_from(e.data, 'UTF8')::json) AS j (reference text, effective_on date,
            month date, departed_at timestamp, supplier_ico text, fte numeric, project uuid,
            item text, amount numeric, allocations json, issued_on date, document_number text,
            employee json, traveller json),
        LATERAL (
            SELECT n::int - 1 AS allocation, (a ->> 'project')::uuid AS project,
                a ->> 'item' AS item, (a ->> 'amount')::numeric AS amount
            FROM json_array_elements(j.allocations) WITH ORDINALITY AS t (a, n)
            UNION ALL SELECT 0, j.project, j.item, j.amount WHERE j.allocations IS NULL) AS l
    WHERE e.tenant_id = %(tenant)s"""
FINDING = """INSERT INTO finding
    WITH act AS (
        SELECT project_id, (j ->> 'start')::date AS start, (j ->> 'end')::date AS ending,
            (j -> 'periods' -> -1 ->> 'report_due')::date AS last_due
        FROM spend_project, LATERAL (SELECT convert_from(act, 'UTF8')::json AS j) AS x
    ), number AS (
        SELECT document_id, min(effective_on) OVER (PARTITION BY number_key ORDER BY taken_version
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier FROM document_number
    ), fte AS (
        SELECT work_record, sum(fte) OVER (PARTITION BY month_key ORDER BY fact_version) AS month
        FROM person_month
    ), judged AS (
        SELECT DISTINCT ON (l.document_id, l.project) l.*, a.start, a.ending, a.last_due, n.earlier,
            f.month AS month_fte, array_remove(ARRAY[source, paid_source, signed_source], NULL)
                AS positions,
            lpad(supplier_ico, 8, '0') AS ico, date_trunc('month', l.month)::date
                + interval '1 month - 1 day' AS month_end
        FROM line AS l JOIN act AS a ON a.project_id = l.project
        LEFT JOIN number AS n ON n.document_id = l.document_id
        LEFT JOIN fte AS f ON f.work_record = l.document_id
    )
    SELECT tenant_id, document_id, project, code, reference, since,
        ARRAY(SELECT unnest(positions) ORDER BY 1), from_position, NULL
    FROM judged, LATERAL (
        SELECT 'duplicate_document', greatest(effective_on, earlier) WHERE earlier IS NOT NULL
        UNION ALL SELECT 'incurred_outside_project', effective_on WHERE NOT CASE
            WHEN month IS NOT NULL THEN date_trunc('month', month)
                BETWEEN date_trunc('month', start) AND date_trunc('month', ending)
            ELSE coalesce(departed_on, effective_on) BETWEEN start AND ending END
        UNION ALL SELECT 'invalid_supplier_id', effective_on WHERE ico IS NOT NULL
            AND (length(supplier_ico) > 8 OR substr(ico, 8, 1)::int <> (11 - (
                SELECT sum((9 - i) * substr(ico, i, 1)::int) FROM generate_series(1, 7) AS i
            ) %% 11) %% 10)
        UNION ALL SELECT 'paid_after_deadline', greatest(effective_on, paid_on)
            WHERE paid_on > last_due
        UNION ALL SELECT 'fte_above_one', effective_on WHERE own_fte > 0 AND month_fte > 1
        UNION ALL SELECT 'signed_before_last_worked_day', greatest(effective_on, signed_on)
            WHERE signed_on < month_end
                - greatest(extract(isodow FROM month_end)::int - 5, 0) * interval '1 day'
    ) AS found (code, since)"""
SPEND = """INSERT INTO spend
    WITH period AS (
        SELECT s.project_id, n, (p ->> 'number')::int AS number, (CASE WHEN n = count(*)
            OVER (PARTITION BY s.project_id) THEN p ->> 'report_due' ELSE p ->> 'end' END)::date
            AS until
        FROM spend_project AS s, json_array_elements(convert_from(act, 'UTF8')::json -> 'periods')
            WITH ORDINALITY AS t (p, n)
    ), blocked AS (
        SELECT document_id, project_id, min(since) AS since, array_agg(positions) FROM finding
        WHERE code <> 'fte_above_one' GROUP BY document_id, project_id
    )
    SELECT l.tenant_id, l.document_id, l.allocation, l.project, l.reference,
        CASE l.type WHEN 'accounting-document.recorded.v1' THEN 'SD-1'
            WHEN 'work-record.recorded.v1' THEN 'SD-2' ELSE 'SD-3' END,
        l.item, l.amount, l.effective_on, l.paid_on, coalesce((SELECT number FROM period AS p
            WHERE p.project_id = l.project AND l.paid_on <= p.until ORDER BY n LIMIT 1), 0),
        b.since, l.allocation = min(l.allocation) OVER (PARTITION BY l.document_id, l.project),
        l.dated_at, l.total, l.number, l.supplier_ico, l.person, l.source,
        ARRAY(SELECT p FROM unnest(ARRAY[l.source, l.paid_source, l.signed_source]) AS p
            WHERE p IS NOT NULL ORDER BY 1), l.from_position, NULL
    FROM line AS l
    LEFT JOIN blocked AS b ON b.document_id = l.document_id AND b.project_id = l.project"""
CLAIM = f"""INSERT INTO claim
    SELECT tenant_id, stream_id, j.project, j.number, j.version, j.kind, j.period, j.effective_on,
        d.day, p.day, p.amount, e.version, d.version, p.version, e.position, d.position, p.position,
        greatest(e.position, d.position, p.position), NULL
    FROM ledger.event AS e CROSS JOIN json_to_record(convert_from(data, 'UTF8')::json) AS j
        (project uuid, number int, version int, kind text, period int, effective_on date)
    LEFT JOIN (SELECT stream_id, version, position,
            (convert_from(data, 'UTF8')::json ->> 'effective_on')::date AS day
        FROM {LOG} = 'claim.decided.v1') AS d USING (stream_id)
    LEFT JOIN (SELECT stream_id, version, position,
            (convert_from(data, 'UTF8')::json ->> 'effective_on')::date AS day,
            (convert_from(data, 'UTF8')::json ->> 'amount')::numeric AS amount
        FROM {LOG} = 'claim.paid.v1') AS p USING (stream_id)
    WHERE tenant_id = %(tenant)s AND type = 'claim.submitted.v1'"""
CLAIM_LINE = """INSERT INTO claim_line
    WITH reduction AS (
        SELECT stream_id, n - 1 AS index, (r ->> 'document')::uuid AS document,
            (r ->> 'allocation')::int AS allocation, (r ->> 'amount')::numeric AS amount
        FROM ledger.event, json_array_elements(convert_from(data, 'UTF8')::json -> 'reductions')
            WITH ORDINALITY AS t (r, n)
        WHERE tenant_id = %(tenant)s AND type = 'claim.decided.v1'
    )
    SELECT c.tenant_id, c.claim_id, l.document, l.allocation, c.project_id, c.number,
        coalesce(c.period, 0), l.reference, l.item, l.amount, coalesce(r.amount, 0),
        c.submitted_on, c.decided_on, l.index - 1, r.index, c.submitted_source, c.decided_source,
        greatest(c.submitted_source, c.decided_source), NULL
    FROM claim AS c
    JOIN (SELECT stream_id, x.index, y.* FROM ledger.event,
            json_array_elements(convert_from(data, 'UTF8')::json -> 'lines')
                WITH ORDINALITY AS x (line, index),
            json_to_record(line) AS y (document uuid, allocation int, reference text, item text,
                amount numeric)
        WHERE tenant_id = %(tenant)s AND type = 'claim.submitted.v1') AS l
        ON l.stream_id = c.claim_id
    LEFT JOIN reduction AS r ON r.stream_id = c.claim_id AND r.document = l.document
        AND r.allocation = l.allocation"""
BUDGET_SUMMARY = """INSERT INTO budget_summary
    SELECT tenant_id, project_id, item, period, state, sum(amount), count(*)
    FROM (SELECT tenant_id, project_id, item, period,
            CASE WHEN blocked_on IS NULL THEN 'recorded' ELSE 'blocked' END AS state, amount
        FROM spend
        UNION ALL SELECT tenant_id, project_id, item, period, s.state, s.amount
        FROM claim_line, LATERAL (VALUES ('declared', amount),
            ('approved', CASE WHEN decided_on IS NOT NULL THEN amount - reduction END),
            ('reduced', CASE WHEN decided_on IS NOT NULL THEN nullif(reduction, 0) END))
            AS s (state, amount)
        WHERE s.amount IS NOT NULL) AS counted
    GROUP BY tenant_id, project_id, item, period, state"""
FINDING_SUMMARY = """INSERT INTO finding_summary
    SELECT tenant_id, project_id, code, count(*) FROM finding
    GROUP BY tenant_id, project_id, code"""
BUDGET = (
    *(PROJECT, ITEM, EXPENDITURE, NUMBER, MONTH, LINES, FINDING, SPEND),
    *(CLAIM, CLAIM_LINE, BUDGET_SUMMARY, FINDING_SUMMARY),
)
STREAM = f"""INSERT INTO audit_stream
    SELECT tenant_id, stream_id, CASE kind WHEN 'project' THEN stream_id ELSE j.project END, kind,
        CASE kind WHEN 'budget' THEN 'budget' ELSE coalesce(j.reference, j.code, j.number,
            j.registration_number, j.currency) END, position, NULL
    FROM (SELECT *, split_part(type, '.', 1) AS kind FROM {LOG} IS NOT NULL AND version = 1) AS e,
        json_to_record(convert_from(data, 'UTF8')::json) AS j (project uuid, reference text,
            code text, number text, registration_number text, currency text)"""
EVENT = """INSERT INTO audit_event
    SELECT e.tenant_id, e.position, s.project_id, e.stream_id, s.kind, s.reference, e.version,
        e.type, e.version, (convert_from(e.data, 'UTF8')::json ->> 'effective_on')::date, NULL,
        e.recorded_at, e.actor, e.event_id, e.causation, NULL
    FROM ledger.event AS e JOIN audit_stream AS s USING (stream_id)
    WHERE e.tenant_id = %(tenant)s"""
AUDIT = (STREAM, EVENT)


def prepare(connection: Connection[Any], projection: Projection, generation: int) -> None:
    """Empty tables like those that a rebuild fills, with their indexes, in schema `reference`."""
    for table in projection.tables:
        connection.execute(f"DROP TABLE IF EXISTS reference.{table.name}".encode())
        like = f"(LIKE {table_name(table, generation)} INCLUDING ALL)"
        connection.execute(f"CREATE TABLE reference.{table.name} {like}".encode())


def fill(connection: Connection[Any], statements: Sequence[str], tenant: UUID) -> None:
    """Fills them in one transaction, under the same row-level security as a rebuild."""
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        connection.execute("SET LOCAL search_path = reference")
        for statement in statements:
            connection.execute(statement.encode(), {"tenant": tenant})


def differing(connection: Connection[Any], projection: Projection, generation: int) -> list[str]:
    """The tables whose rows in force are not those of the projection.

    The words to search in are folded in Python only, so the reference goes without them.
    """
    found: list[str] = []
    for table in projection.tables:
        left_out = {"from_position", "to_position", "words"}
        columns = ", ".join(f'"{c.name}"' for c in columns_of(table) if c.name not in left_out)
        open_ = " WHERE to_position IS NULL" if table.kind == "history" else ""
        if table.kind == "sum":
            open_ = " WHERE " + " OR ".join(f'"{c.name}" <> 0' for c in table.values)
        rows = [
            f"SELECT {columns} FROM {name}{open_}"
            for name in (table_name(table, generation), f"reference.{table.name}")
        ]
        query = "(TABLE a EXCEPT TABLE b) UNION ALL (TABLE b EXCEPT TABLE a)"
        with_ = f"WITH a AS ({rows[0]}), b AS ({rows[1]}) SELECT count(*) FROM ({query}) AS d"
        (count,) = connection.execute(with_.encode()).fetchone() or (0,)
        if count:
            found.append(f"{table.name} ({count} rows)")
    return found
