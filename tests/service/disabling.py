"""Disables a user who may be the last owner, which the program itself refuses."""

from uuid import UUID

from service.store.database import Pool, in_tenant
from service.users import DISABLE


def disable_user(pool: Pool, tenant: UUID, user: UUID) -> bool:
    """False: was so, or is unknown."""
    return bool(in_tenant(pool, tenant, DISABLE, {"tenant": tenant, "user": user}))
