"""Users as they are administered: listed, disabled, and what each may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.rejection import NotFound
from projections.page_query import PageQuery, Row
from service.memberships import MEMBERSHIPS, Held, keeping_an_owner, memberships, rights_of
from service.permissions import Rights
from service.store.database import Pool, in_tenant, transaction_of
from service.store.log import CommandReused

USERS = PageQuery(
    views=(),
    select="""SELECT u.user_id, u.created_at, u.disabled_at, p.user_id IS NOT NULL AS has_password,
            t.confirmed_at IS NOT NULL AS has_totp
        FROM identity.app_user AS u
        LEFT JOIN identity.password AS p ON p.tenant_id = u.tenant_id AND p.user_id = u.user_id
        LEFT JOIN identity.totp AS t ON t.tenant_id = u.tenant_id AND t.user_id = u.user_id
        WHERE u.tenant_id = %(tenant)s
            AND (%(user)s::uuid IS NULL OR u.user_id = %(user)s::uuid)""",
    order={"created_at": "timestamptz", "user_id": "uuid"},
)
DISABLE = """UPDATE identity.app_user SET disabled_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND disabled_at IS NULL
    RETURNING user_id"""
# Waits for another's change, so that what is judged is what will be changed.
LOCK = """SELECT disabled_at IS NOT NULL FROM identity.app_user
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s FOR UPDATE"""
CHANGES = """SELECT count(*) + count(revoked_at) FROM identity.membership
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s"""
FIRST_TIME = """INSERT INTO identity.request (tenant_id, command_id, request_hash)
    VALUES (%(tenant)s, %(command)s, %(hash)s)
    ON CONFLICT (tenant_id, command_id) DO NOTHING RETURNING command_id"""
ASKED = """SELECT request_hash FROM identity.request
    WHERE tenant_id = %(tenant)s AND command_id = %(command)s"""
USED_OTHERWISE = """SELECT 1 FROM identity.request
    WHERE tenant_id = %(tenant)s AND command_id = %(command)s AND request_hash <> %(hash)s
    UNION ALL
    SELECT 1 FROM ledger.event
    WHERE tenant_id = %(tenant)s AND command_id = %(command)s AND request_hash <> %(hash)s
    LIMIT 1"""
KEPT_DAYS = 30  # longer than anybody tries a request again
FORGET = f"""DELETE FROM identity.request
    WHERE tenant_id = %(tenant)s AND done_at < clock_timestamp() - interval '{KEPT_DAYS} days'"""


IN_FORCE = f"""WITH found AS (
        SELECT tenant_id, user_id FROM identity.app_user
        WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND disabled_at IS NULL
    )
    SELECT {MEMBERSHIPS} FROM found"""


@dataclass(frozen=True, slots=True)
class User:
    """A user, without the name, which is read from the vault."""

    user_id: UUID
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_totp: bool
    memberships: tuple[Held, ...]

    @property
    def version(self) -> int:
        """How often it was changed: memberships are only ever given and revoked."""
        revoked = sum(one.revoked_at is not None for one in self.memberships)
        return 1 + len(self.memberships) + revoked + (self.disabled_at is not None)


def first_time(
    connection: Connection[Any], tenant: UUID, command_id: UUID, request_hash: bytes
) -> bool:
    """Whether a request is new; it is remembered in the transaction of what it does, for a month.

    Raises CommandReused when another request had the same key.
    """
    values = {"tenant": tenant, "command": command_id, "hash": request_hash}
    if connection.execute(FIRST_TIME, values).fetchone():
        connection.execute(FORGET.encode(), values)
        return True
    asked = connection.execute(ASKED, values).fetchone()
    if asked is None or asked[0] != request_hash:
        raise CommandReused(str(command_id))
    return False


def check_same(pool: Pool, tenant: UUID, command_id: UUID, request_hash: bytes) -> None:
    """Raises CommandReused when another request had the key, of whatever kind it was."""
    values = {"tenant": tenant, "command": command_id, "hash": request_hash}
    if in_tenant(pool, tenant, USED_OTHERWISE, values):
        raise CommandReused(str(command_id))


def users_page(
    pool: Pool, tenant: UUID, limit: int, after: tuple[str, ...] | None
) -> tuple[list[User], tuple[str, ...] | None]:
    """The users with all that they were ever granted, in the order in which they came."""
    return _page(pool, tenant, None, limit, after)


def user(pool: Pool, tenant: UUID, user_id: UUID) -> User:
    """One user. Raises NotFound."""
    found, _ = _page(pool, tenant, user_id, 1, None)
    if not found:
        raise NotFound("there is no such user", "/user_id")
    return found[0]


def version_of(connection: Connection[Any], tenant: UUID, user_id: UUID) -> int:
    """Which nobody changes until the end of the transaction. Raises NotFound."""
    values = {"tenant": tenant, "user": user_id}
    locked = connection.execute(LOCK, values).fetchone()
    if locked is None:
        raise NotFound("there is no such user", "/user_id")
    changes = connection.execute(CHANGES, values).fetchone()
    assert changes is not None
    return 1 + changes[0] + locked[0]


def rights_in_force(
    pool: Pool, tenant: UUID, user_id: UUID, scopes: list[str] | None
) -> Rights | None:
    """What a user may do now within some scopes; None: there is no such user, or it is disabled."""
    found = in_tenant(pool, tenant, IN_FORCE, {"tenant": tenant, "user": user_id})
    return rights_of(found[0][0], scopes) if found else None


def disable(connection: Connection[Any], tenant: UUID, user_id: UUID) -> None:
    """From now on nothing of the user is taken. Raises NotFound (also when so), LastOwner."""
    with keeping_an_owner(connection, tenant):
        values = {"tenant": tenant, "user": user_id}
        if connection.execute(DISABLE, values).fetchone() is None:
            raise NotFound("there is no such user, or it is disabled", "/user_id")


def _page(
    pool: Pool, tenant: UUID, user_id: UUID | None, limit: int, after: tuple[str, ...] | None
) -> tuple[list[User], tuple[str, ...] | None]:
    with transaction_of(pool, tenant) as connection:
        values = {"tenant": tenant, "user": user_id}
        found, last = USERS.page(connection, values, limit, after)
    held = memberships(pool, tenant, [row["user_id"] for row in found])
    return [_user(row, held) for row in found], last


def _user(row: Row, held: Sequence[Held]) -> User:
    own = tuple(one for one in held if one.user_id == row["user_id"])
    return User(**row, memberships=own)
