"""The views in comparable form: facts in force at a position, sums, and sums recounted by SQL."""

from typing import Any
from uuid import UUID

from projections.verify import differences
from service.composition import Services
from service.store.database import in_tenant
from tests.end_to_end.running import Imported

# What differs between two tenants with the same facts: tenant, sealed rows, bytes that name them.
NOT_COMPARED = ("tenant_id", "to_position", "identity", "characteristics", "situation", "data")
UNION = " UNION ALL "
RECOUNTED = """
    SELECT 'budget_summary' AS sums, project_id, item AS a, period AS b, state AS c,
        sum(amount) AS amount, count(*) AS number
    FROM (
        SELECT project_id, item, period,
            CASE WHEN blocked_on IS NULL THEN 'recorded' ELSE 'blocked' END AS state, amount
        FROM views.spend WHERE to_position IS NULL
        UNION ALL SELECT project_id, item, period, 'declared', amount
        FROM views.claim_line WHERE to_position IS NULL
        UNION ALL SELECT project_id, item, period, 'approved', amount - reduction
        FROM views.claim_line WHERE to_position IS NULL AND decided_on IS NOT NULL
        UNION ALL SELECT project_id, item, period, 'reduced', reduction
        FROM views.claim_line
        WHERE to_position IS NULL AND decided_on IS NOT NULL AND reduction <> 0
    ) AS lines GROUP BY project_id, item, period, state
    UNION ALL SELECT 'finding_summary', project_id, code, 0, '', 0, count(*)
    FROM views.finding WHERE to_position IS NULL GROUP BY project_id, code
    UNION ALL SELECT 'participant_summary', project_id, status, 0, '', 0, count(*)
    FROM views.participant WHERE to_position IS NULL GROUP BY project_id, status
    UNION ALL SELECT 'indicator_summary', project_id, source, period, sex, 0, count(*)
    FROM (
        SELECT project_id, 'activity:' || kind AS source, period, '' AS sex
        FROM views.activity WHERE to_position IS NULL
        UNION ALL SELECT project_id, code, period, sex
        FROM views.contribution WHERE to_position IS NULL
        UNION ALL SELECT project_id, 'questionnaires', period, ''
        FROM views.questionnaire WHERE to_position IS NULL
        UNION ALL SELECT project_id, 'documents', period, ''
        FROM views.output WHERE to_position IS NULL AND counts AND published_on IS NOT NULL
    ) AS units GROUP BY project_id, source, period, sex"""
SUMMED = """
    SELECT 'budget_summary', project_id, item, period, state, amount, documents
    FROM views.budget_summary WHERE amount <> 0 OR documents <> 0
    UNION ALL SELECT 'finding_summary', project_id, code, 0, '', 0, documents
    FROM views.finding_summary WHERE documents <> 0
    UNION ALL SELECT 'participant_summary', project_id, status, 0, '', 0, persons
    FROM views.participant_summary WHERE persons <> 0
    UNION ALL SELECT 'indicator_summary', project_id, source, period, sex, 0, value
    FROM views.indicator_summary WHERE value <> 0"""


def facts_in_force(services: Services, tenant: UUID, position: int) -> list[str]:
    """Every row of every history table in force at a position, without what is not compared."""
    when = "from_position <= %(position)s AND (to_position IS NULL OR to_position > %(position)s)"
    return _rows(services, tenant, when, {"without": list(NOT_COMPARED), "position": position})


def history(services: Services, tenant: UUID) -> list[str]:
    """Every row of every history table, with its positions."""
    return _rows(services, tenant, "true", {"without": []})


def _rows(services: Services, tenant: UUID, when: str, values: dict[str, Any]) -> list[str]:
    queries = [
        f"""SELECT '{table.name} ' || (to_jsonb(r) - %(without)s::text[])::text
        FROM views.{table.name} AS r WHERE {when}"""
        for projection in services.projections
        for table in projection.tables
        if table.kind == "history"
    ]
    return sorted(row[0] for row in in_tenant(services.pool, tenant, UNION.join(queries), values))


def wrong_sums(services: Services, tenant: UUID) -> list[str]:
    """The sums that are not those of the facts in force now; empty when all hold."""
    summed = set(map(str, in_tenant(services.pool, tenant, SUMMED, [])))
    recounted = set(map(str, in_tenant(services.pool, tenant, RECOUNTED, [])))
    return sorted(summed ^ recounted)


def not_as_folded(project: Imported) -> list[str]:
    """What the live path stored otherwise than a fold of the whole log in memory."""
    services = project.services
    services.runner.catch_up(project.tenant)  # a report builds only the views that it reads
    return [
        difference
        for projection in services.projections
        for difference in differences(services.pool, projection, project.tenant, services.unseal)
    ]
