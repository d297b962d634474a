"""Finding a record by what people call it (FP00001, WS01, 60000) in one project."""

from uuid import UUID

from domain.rejection import InvalidValue, NotFound
from service.cli.session import Session
from service.store.database import in_tenant

BY_REFERENCE = """SELECT stream_id, kind FROM views.audit_stream
    WHERE (project_id = %(project)s OR project_id IS NULL) AND reference = %(reference)s
        AND to_position IS NULL ORDER BY kind, stream_id LIMIT 100"""
BY_ID = """SELECT stream_id, kind FROM views.audit_stream
    WHERE (project_id = %(project)s OR project_id IS NULL) AND stream_id = %(stream)s
        AND to_position IS NULL"""


def stream_of(session: Session, project: UUID, name: str) -> UUID:
    """The stream of a reference or of its own id. Raises NotFound; InvalidValue for several."""
    try:
        query, values = BY_ID, {"project": project, "stream": UUID(name)}
    except ValueError:
        query, values = BY_REFERENCE, {"project": project, "reference": name}
    found = in_tenant(session.services.pool, session.tenant, query, values)
    if not found:
        raise NotFound(f"the project has no record {name}")
    if len(found) > 1:
        several = ", ".join(f"{kind} {stream}" for stream, kind in found)
        raise InvalidValue(f"{name} names several records, give the id of one: {several}")
    return found[0][0]
