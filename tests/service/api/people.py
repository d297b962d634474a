"""Users with a role, and how they come to the API."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from litestar.testing import TestClient

from service.composition import Services
from service.identity import create_user
from service.memberships import AUDITOR, Grant, grant
from service.permissions import PERMISSIONS
from service.store.database import transaction_of
from service.tokens import TokenOrder, new_token
from tests.service.api.requests import Api

NAME = "Planted-User"


def grant_role(
    services: Services, tenant: UUID, user: UUID, role: str, project: str | None = None
) -> UUID:
    """A membership; an auditor's ends tomorrow."""
    ends = datetime.now(UTC) + timedelta(days=1) if role == AUDITOR else None
    order, membership = Grant(user, role, UUID(project) if project else None, ends), uuid4()
    with transaction_of(services.pool, tenant) as connection:
        grant(connection, tenant, order, membership, "system:test")
    return membership


def user_with(
    services: Services, client: TestClient, tenant: UUID, role: str, project: str | None = None
) -> Api:
    """A user with one role; a program's token has all scopes, so that its role decides."""
    user = create_user(services.pool, services.vault, tenant, NAME, [])
    grant_role(services, tenant, user, role, project)
    scopes = PERMISSIONS if role == "integration" else None
    return Api(client, tenant, user, token_with(services, tenant, user, scopes))


def token_with(
    services: Services, tenant: UUID, user: UUID, scopes: tuple[str, ...] | None = None
) -> str:
    with transaction_of(services.pool, tenant) as connection:
        order = TokenOrder(user, "tests", None, scopes)
        return new_token(connection, tenant, order, uuid4(), "system:test")
