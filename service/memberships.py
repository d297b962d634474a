"""What a user's memberships are worth now: one piece of SQL for every way of signing in."""

from typing import Any
from uuid import UUID

from service.permissions import Membership, Rights

# Goes where a query has the user as `found.tenant_id` and `found.user_id`.
MEMBERSHIPS = """(SELECT coalesce(jsonb_agg(jsonb_build_array(m.role, NULL)), '[]')
        FROM identity.membership AS m
        WHERE m.tenant_id = found.tenant_id AND m.user_id = found.user_id)"""


def rights_of(memberships: list[list[Any]], scopes: list[str] | None) -> Rights:
    """The rights of what `MEMBERSHIPS` found, no wider than the scopes."""
    held = sorted(((role, project or "") for role, project in memberships))
    return Rights(
        tuple(Membership(role, UUID(project) if project else None) for role, project in held),
        None if scopes is None else frozenset(scopes),
    )
