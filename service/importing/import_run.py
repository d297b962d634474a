"""The run of an import: file hashes and progress, stored with each batch.

While a project has a run that goes on, it is shown as importing and reports refuse. A process that
died leaves its row; importing the same files continues it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from service.store.database import Pool, in_tenant
from service.store.log import Beside

RUNNING, COMPLETE, FAILED = "running", "complete", "failed"
KIND = "import project"
UNFINISHED = """SELECT run_id, files FROM ledger.import_run
    WHERE tenant_id = %(tenant)s AND project_id = %(project)s AND state = 'running'
    ORDER BY started_at DESC"""
BEGIN = """INSERT INTO ledger.import_run (tenant_id, run_id, kind, project_id, state, actor,
        started_at, updated_at, files, done, total, detail)
    VALUES (%(tenant)s, %(run)s, %(kind)s, %(project)s, 'running', %(actor)s,
        clock_timestamp(), clock_timestamp(), %(files)s::jsonb, 0, %(total)s, '{}'::jsonb)
    ON CONFLICT (tenant_id, run_id) DO UPDATE
        SET updated_at = excluded.updated_at, total = ledger.import_run.done + excluded.total"""
SUPERSEDE = """UPDATE ledger.import_run SET state = 'failed', updated_at = clock_timestamp(),
        detail = detail || '{"continued_by": "another run"}'::jsonb
    WHERE tenant_id = %(tenant)s AND project_id = %(project)s AND state = 'running'
        AND run_id <> %(run)s"""
ADVANCE = """UPDATE ledger.import_run SET done = done + %(rows)s, state = %(state)s,
        updated_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND run_id = %(run)s"""

ROWS = """SELECT done FROM ledger.import_run
    WHERE tenant_id = %(tenant)s AND run_id = %(run)s"""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import of one project."""

    tenant: UUID
    run_id: UUID
    project: UUID

    def begin(self, actor: str, files: Mapping[str, str], total: int) -> list[Beside]:
        """Starts or continues it, in the first batch; earlier unfinished ones are superseded."""
        values: dict[str, Any] = {
            "tenant": self.tenant,
            "run": self.run_id,
            "kind": KIND,
            "project": self.project,
            "actor": actor,
            "files": json.dumps(dict(files)),
            "total": total,
        }
        superseded = {key: values[key] for key in ("tenant", "project", "run")}
        return [Beside(SUPERSEDE, superseded), Beside(BEGIN, values)]

    def advance(self, rows: int, *, last: bool) -> Beside:
        """Notes the rows of a batch; the last batch completes the run."""
        state = COMPLETE if last else RUNNING
        values = {"tenant": self.tenant, "run": self.run_id, "rows": rows, "state": state}
        return Beside(ADVANCE, values)


def unfinished(pool: Pool, tenant: UUID, project: UUID) -> list[tuple[UUID, dict[str, str]]]:
    """The runs of the project that began and did not end, the newest first."""
    rows = in_tenant(pool, tenant, UNFINISHED, {"tenant": tenant, "project": project})
    return [(run, files) for run, files in rows]


def importing_now(connection: Connection[Any], tenant: UUID, project: UUID) -> bool:
    """The same as `is_importing`, in a transaction of the tenant."""
    values = {"tenant": tenant, "project": project}
    return connection.execute(UNFINISHED, values).fetchone() is not None


def is_importing(pool: Pool, tenant: UUID, project: UUID) -> bool:
    """Whether an import of the project began and did not end."""
    return bool(unfinished(pool, tenant, project))


def rows_of(pool: Pool, tenant: UUID, run: UUID) -> int:
    """How many rows a run has recorded or corrected so far, however often it was begun."""
    rows = in_tenant(pool, tenant, ROWS, {"tenant": tenant, "run": run})
    return rows[0][0] if rows else 0
