"""The operation row of an import: file hashes and progress, stored with each batch.

While a project has an operation that runs, it is shown as importing and reports refuse. A process
that died leaves its row; the same command continues it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.store.database import Pool, in_tenant
from service.store.log import Beside

RUNNING, COMPLETE, FAILED = "running", "complete", "failed"
KIND = "import project"
UNFINISHED = """SELECT operation_id, files FROM ledger.operation
    WHERE tenant_id = %(tenant)s AND project_id = %(project)s AND state = 'running'
    ORDER BY started_at DESC"""
BEGIN = """INSERT INTO ledger.operation (tenant_id, operation_id, kind, project_id, state, actor,
        started_at, updated_at, files, done, total, detail)
    VALUES (%(tenant)s, %(operation)s, %(kind)s, %(project)s, 'running', %(actor)s,
        clock_timestamp(), clock_timestamp(), %(files)s::jsonb, 0, %(total)s, '{}'::jsonb)
    ON CONFLICT (tenant_id, operation_id) DO UPDATE
        SET updated_at = excluded.updated_at, total = ledger.operation.done + excluded.total"""
SUPERSEDE = """UPDATE ledger.operation SET state = 'failed', updated_at = clock_timestamp(),
        detail = detail || '{"continued_by": "another operation"}'::jsonb
    WHERE tenant_id = %(tenant)s AND project_id = %(project)s AND state = 'running'
        AND operation_id <> %(operation)s"""
ADVANCE = """UPDATE ledger.operation SET done = done + %(rows)s, state = %(state)s,
        updated_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One import of one project."""

    tenant: UUID
    operation: UUID
    project: UUID

    def begin(self, actor: str, files: Mapping[str, str], total: int) -> list[Beside]:
        """Starts or continues it, in the first batch; earlier unfinished ones are superseded."""
        values: dict[str, Any] = {
            "tenant": self.tenant,
            "operation": self.operation,
            "kind": KIND,
            "project": self.project,
            "actor": actor,
            "files": json.dumps(dict(files)),
            "total": total,
        }
        superseded = {key: values[key] for key in ("tenant", "project", "operation")}
        return [Beside(SUPERSEDE, superseded), Beside(BEGIN, values)]

    def advance(self, rows: int, *, last: bool) -> Beside:
        """Notes the rows of a batch; the last batch completes the operation."""
        state = COMPLETE if last else RUNNING
        values = {"tenant": self.tenant, "operation": self.operation, "rows": rows, "state": state}
        return Beside(ADVANCE, values)


def unfinished(pool: Pool, tenant: UUID, project: UUID) -> list[tuple[UUID, dict[str, str]]]:
    """The operations of the project that began and did not end, the newest first."""
    rows = in_tenant(pool, tenant, UNFINISHED, {"tenant": tenant, "project": project})
    return [(operation, files) for operation, files in rows]


def is_importing(pool: Pool, tenant: UUID, project: UUID) -> bool:
    """Whether an import of the project began and did not end."""
    return bool(unfinished(pool, tenant, project))
