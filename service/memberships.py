"""Memberships: who has which role, where and until when. None is ever deleted.

`MEMBERSHIPS` is the one piece of SQL that says what a user may do now, for every way of signing in.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.rejection import InvalidValue, NotFound, Rejection
from service.permissions import ROLES, Membership, Rights
from service.store.database import Pool, in_tenant

OWNER, AUDITOR = "owner", "auditor"
# Goes where a query has the user as `found.tenant_id` and `found.user_id`.
MEMBERSHIPS = """(SELECT coalesce(jsonb_agg(jsonb_build_array(m.role, m.project_id)), '[]')
        FROM identity.membership AS m
        WHERE m.tenant_id = found.tenant_id AND m.user_id = found.user_id
            AND m.revoked_at IS NULL
            AND (m.expires_at IS NULL OR m.expires_at > clock_timestamp()))"""
# The same role again (until another day, say) takes the place of the one that is held.
REPLACE = """UPDATE identity.membership
    SET revoked_at = clock_timestamp(), revoked_by = %(actor)s
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND role = %(role)s
        AND project_id IS NOT DISTINCT FROM %(project)s::uuid AND revoked_at IS NULL"""
GRANT = """INSERT INTO identity.membership
        (tenant_id, membership_id, user_id, role, project_id, granted_by, expires_at)
    VALUES (%(tenant)s, %(membership)s, %(user)s, %(role)s, %(project)s, %(actor)s, %(expires)s)"""
KNOWN_USER = "SELECT 1 FROM identity.app_user WHERE tenant_id = %(tenant)s AND user_id = %(user)s"
KNOWN_PROJECT = """SELECT 1 FROM ledger.event WHERE tenant_id = %(tenant)s
    AND stream_id = %(project)s AND version = 1 AND type = 'project.registered.v1'"""
REVOKE = """UPDATE identity.membership
    SET revoked_at = clock_timestamp(), revoked_by = %(actor)s
    WHERE tenant_id = %(tenant)s AND membership_id = %(membership)s AND revoked_at IS NULL
    RETURNING user_id"""
# Locked, so that of two owners who take each other out one is refused.
OWNERS = """SELECT m.user_id FROM identity.membership AS m
    JOIN identity.app_user AS u ON u.tenant_id = m.tenant_id AND u.user_id = m.user_id
    WHERE m.tenant_id = %(tenant)s AND m.role = 'owner' AND m.project_id IS NULL
        AND m.revoked_at IS NULL AND m.expires_at IS NULL AND u.disabled_at IS NULL
    ORDER BY m.membership_id LIMIT 1000 FOR UPDATE OF m"""
OF_TENANT = """SELECT membership_id, user_id, role, project_id, granted_at, granted_by, expires_at,
        revoked_at
    FROM identity.membership
    WHERE tenant_id = %(tenant)s AND (%(users)s::uuid[] IS NULL OR user_id = ANY(%(users)s::uuid[]))
    ORDER BY granted_at, membership_id LIMIT 10000"""


class LastOwner(Rejection):
    """Without an owner nobody could administer the organisation any more."""

    code = "last_owner"


@dataclass(frozen=True, slots=True)
class Held:
    """A membership as stored; `project` None = the whole organisation."""

    membership_id: UUID
    user_id: UUID
    role: str
    project: UUID | None
    granted_at: datetime
    granted_by: str | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role to be given."""

    user: UUID
    role: str
    project: UUID | None = None
    expires: datetime | None = None


def rights_of(memberships: list[list[Any]], scopes: list[str] | None) -> Rights:
    """The rights of what `MEMBERSHIPS` found, no wider than the scopes."""
    held = sorted((role, project or "") for role, project in memberships)
    return Rights(
        tuple(Membership(role, UUID(project) if project else None) for role, project in held),
        None if scopes is None else frozenset(scopes),
    )


def check_grant(role: str, expires: datetime | None) -> None:
    """Raises InvalidValue: no such role, or an auditor without a day."""
    if role not in ROLES:
        raise InvalidValue(f"expected one of {', '.join(ROLES)}", "/role")
    if role == AUDITOR and expires is None:
        raise InvalidValue("an auditor's role needs an end", "/expires_at")
    if expires is not None and expires.tzinfo is None:
        raise InvalidValue("expected a time zone", "/expires_at")


def grant(
    connection: Connection[Any], tenant: UUID, order: Grant, membership: UUID, actor: str
) -> None:
    """Gives a user a role; the same one that he holds there ends.

    Raises InvalidValue, NotFound, LastOwner (when the last one would get an end).
    """
    check_grant(order.role, order.expires)
    values = {
        "tenant": tenant,
        "membership": membership,
        "user": order.user,
        "role": order.role,
        "project": order.project,
        "expires": order.expires,
        "actor": actor,
    }
    if connection.execute(KNOWN_USER, values).fetchone() is None:
        raise NotFound("there is no such user", "/user_id")
    if order.project is not None and not connection.execute(KNOWN_PROJECT, values).fetchone():
        raise NotFound("there is no such project", "/project_id")
    with keeping_an_owner(connection, tenant):
        connection.execute(REPLACE, values)
        connection.execute(GRANT, values)


def revoke(connection: Connection[Any], tenant: UUID, membership: UUID, actor: str) -> UUID:
    """Takes a role back; whose it was. Raises NotFound (also when it was so), LastOwner."""
    values = {"tenant": tenant, "membership": membership, "actor": actor}
    with keeping_an_owner(connection, tenant):
        found = connection.execute(REVOKE, values).fetchone()
        if found is None:
            raise NotFound("there is no such membership in force", "/membership_id")
    return found[0]


@contextmanager
def keeping_an_owner(connection: Connection[Any], tenant: UUID) -> Generator[None]:
    """Raises LastOwner after what would take away the last owner whose role has no end."""
    before = connection.execute(OWNERS, {"tenant": tenant}).fetchall()
    yield
    if before and not connection.execute(OWNERS, {"tenant": tenant}).fetchall():
        raise LastOwner("the organisation would have no owner")


def memberships(pool: Pool, tenant: UUID, users: list[UUID] | None) -> list[Held]:
    """All that were ever given, the oldest first."""
    rows = in_tenant(pool, tenant, OF_TENANT, {"tenant": tenant, "users": users})
    return [Held(*row) for row in rows]
