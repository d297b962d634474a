"""The documents of a project that are recorded: claims of a later file may hold them."""

from collections.abc import Callable, Sequence
from uuid import UUID

from service.composition import Services
from service.store.database import in_tenant

# The views keep each document by the projects that bear a part of it.
DOCUMENTS = """SELECT DISTINCT document_id FROM views.spend
    WHERE project_id = %(project)s AND to_position IS NULL"""


def documents_of(services: Services, tenant: UUID) -> Callable[[UUID], Sequence[UUID]]:
    """What tells the documents of a project, from views that are brought up to date."""

    def documents(project: UUID) -> Sequence[UUID]:
        services.runner.catch_up(tenant)
        rows = in_tenant(services.pool, tenant, DOCUMENTS, {"project": project})
        return [document for (document,) in rows]

    return documents
