"""Which rows of a project's tables are recorded: known by table and row id, compared by an HMAC."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from service.store.database import Pool, in_tenant
from service.store.log import Beside

KNOWN = """SELECT table_name, row_id, row_hmac FROM ledger.imported_row
    WHERE tenant_id = %(tenant)s AND project_id = %(project)s"""
REMEMBER = """INSERT INTO ledger.imported_row (tenant_id, project_id, table_name, row_id, row_hmac,
        stream_id, version, operation_id)
    SELECT %(tenant)s, %(project)s, t.table_name, t.row_id, t.row_hmac, t.stream_id, t.version,
        %(operation)s
    FROM unnest(%(tables)s::text[], %(rows)s::text[], %(hmacs)s::bytea[], %(streams)s::uuid[],
        %(versions)s::bigint[]) AS t (table_name, row_id, row_hmac, stream_id, version)"""


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """A row that a batch records, and the first event of it."""

    table: str
    row_id: str
    hmac: bytes
    stream: UUID
    version: int


def known_rows(pool: Pool, tenant: UUID, project: UUID) -> dict[tuple[str, str], bytes]:
    """The HMAC of every recorded row of the project, by table and row id."""
    found = in_tenant(pool, tenant, KNOWN, {"tenant": tenant, "project": project})
    return {(table, row_id): bytes(hmac) for table, row_id, hmac in found}


def remember(tenant: UUID, project: UUID, operation: UUID, rows: Iterable[RecordedRow]) -> Beside:
    """Stores which rows a batch records, in the batch's own transaction."""
    recorded = list(rows)
    return Beside(
        REMEMBER,
        {
            "tenant": tenant,
            "project": project,
            "operation": operation,
            "tables": [row.table for row in recorded],
            "rows": [row.row_id for row in recorded],
            "hmacs": [row.hmac for row in recorded],
            "streams": [row.stream for row in recorded],
            "versions": [row.version for row in recorded],
        },
    )
