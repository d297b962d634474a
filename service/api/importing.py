"""Which projects an import has begun and not ended."""

from uuid import UUID

from service.store.database import Pool, in_tenant

IMPORTING = """SELECT DISTINCT project_id FROM ledger.import_run
    WHERE tenant_id = %(tenant)s AND state = 'running' AND project_id IS NOT NULL LIMIT 10000"""


def importing_projects(pool: Pool, tenant: UUID) -> set[UUID]:
    """The projects that are shown as importing."""
    return {project for (project,) in in_tenant(pool, tenant, IMPORTING, {"tenant": tenant})}
