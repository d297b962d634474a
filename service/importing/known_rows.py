"""Which rows of a project's tables are recorded: known by table and row id, compared by an HMAC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from service.store.database import Pool, in_tenant
from service.store.log import Beside

KNOWN = """SELECT table_name, row_id, row_hmac, stream_id, version FROM ledger.imported_row
    WHERE tenant_id = %(tenant)s AND project_id = %(project)s"""
GIVEN = """unnest(%(tables)s::text[], %(rows)s::text[], %(hmacs)s::bytea[], %(streams)s::uuid[],
        %(versions)s::bigint[]) AS t (table_name, row_id, row_hmac, stream_id, version)"""
REMEMBER = f"""INSERT INTO ledger.imported_row (tenant_id, project_id, table_name, row_id, row_hmac,
        stream_id, version, run_id)
    SELECT %(tenant)s, %(project)s, t.table_name, t.row_id, t.row_hmac, t.stream_id, t.version,
        %(run)s
    FROM {GIVEN}"""
RENEW = f"""UPDATE ledger.imported_row AS r
    SET row_hmac = t.row_hmac, stream_id = t.stream_id, version = t.version,
        run_id = %(run)s
    FROM {GIVEN}
    WHERE r.tenant_id = %(tenant)s AND r.project_id = %(project)s
        AND r.table_name = t.table_name AND r.row_id = t.row_id"""


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row as it was last recorded: its content, and the first event of it."""

    hmac: bytes
    stream: UUID
    version: int


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """A row that a batch records or corrects, and the first event of it."""

    table: str
    row_id: str
    hmac: bytes
    stream: UUID
    version: int
    is_known: bool = False


def known_rows(pool: Pool, tenant: UUID, project: UUID) -> dict[tuple[str, str], KnownRow]:
    """Every recorded row of the project, by table and row id."""
    found = in_tenant(pool, tenant, KNOWN, {"tenant": tenant, "project": project})
    return {
        (table, row_id): KnownRow(bytes(hmac), stream, version)
        for table, row_id, hmac, stream, version in found
    }


def remember(tenant: UUID, project: UUID, run: UUID, rows: Iterable[RecordedRow]) -> list[Beside]:
    """Stores which rows a batch records and corrects, in the batch's own transaction."""
    recorded = list(rows)
    parts = (
        (REMEMBER, [row for row in recorded if not row.is_known]),
        (RENEW, [row for row in recorded if row.is_known]),
    )
    return [_statement(sql, (tenant, project, run), part) for sql, part in parts if part]


def _statement(sql: str, ids: tuple[UUID, UUID, UUID], rows: Sequence[RecordedRow]) -> Beside:
    tenant, project, run = ids
    return Beside(
        sql,
        {
            "tenant": tenant,
            "project": project,
            "run": run,
            "tables": [row.table for row in rows],
            "rows": [row.row_id for row in rows],
            "hmacs": [row.hmac for row in rows],
            "streams": [row.stream for row in rows],
            "versions": [row.version for row in rows],
        },
    )
