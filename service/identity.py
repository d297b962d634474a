"""Tenants and users. A user is a person: the name is sealed, the log holds only the user's id.

On the embedded database whoever may run the program is known by the login of the operating
system: the first command makes a user with the owner's role. The login itself is kept only as an
HMAC, so that a dump names nobody.
"""

import os
import pwd
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.errors import UniqueViolation

from service.store.database import Pool, act_for, in_tenant, new_tenant
from service.store.keys import load_root_key
from service.store.tenant_keys import TENANT_KEY
from service.store.vault import Vault

OWNER = "owner"
FIRST_TENANT_LOCK = 0x6772616E74  # "grant": of a transaction, not of a session
NAME_LENGTH_MAX = 200

LOGIN_USER = """SELECT u.user_id, u.disabled_at IS NOT NULL FROM identity.os_login AS l
    JOIN identity.app_user AS u ON u.tenant_id = l.tenant_id AND u.user_id = l.user_id
    WHERE l.tenant_id = %(tenant)s AND l.login_hmac = %(hmac)s"""
NEW_USER = """INSERT INTO identity.app_user
        (tenant_id, user_id, person_id, sealed_sha256, created_at)
    VALUES (%s, %s, %s, %s, clock_timestamp())"""
NEW_ROLES = """INSERT INTO identity.membership (tenant_id, membership_id, user_id, role)
    SELECT %s, gen_random_uuid(), %s, * FROM unnest(%s::text[])"""
NEW_LOGIN = """INSERT INTO identity.os_login (tenant_id, login_hmac, user_id)
    VALUES (%s, %s, %s)"""
SEALED_NAMES = """SELECT user_id, sealed_sha256 FROM identity.app_user
    WHERE tenant_id = %(tenant)s AND user_id = ANY(%(users)s)"""


class UserDisabled(Exception):
    """The user exists and may no longer do anything."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who runs this process, as the operating system has it."""

    login: str = field(repr=False)
    name: str = field(repr=False)


def tenant_ids(pool: Pool) -> list[UUID]:
    """All tenants of the database: ids, nothing else."""
    with pool.connection() as connection:
        rows = connection.execute("SELECT * FROM ledger.only_tenant()").fetchall()
    return sorted(tenant for (tenant,) in rows)


def open_vault(pool: Pool, key_file: Path) -> Vault:
    """The vault of a database; its root key is made only while there is no tenant.

    Closed where tenants have no keys, which only a restore without the vault leaves behind. Raises
    KeyMissing and KeyWrong, before anything is served.
    """
    tenants = tenant_ids(pool)
    if tenants and not in_tenant(pool, tenants[0], TENANT_KEY, {"tenant": tenants[0]}):
        return Vault(pool, None)
    vault = Vault(pool, load_root_key(key_file, create=not tenants))
    if tenants:
        vault.check(tenants[0])  # one root key wraps them all
    return vault


def create_tenant(pool: Pool, vault: Vault) -> UUID:
    """A new tenant with its key, in one transaction."""
    with pool.connection() as connection, connection.transaction():
        return _create_tenant(connection, vault)


def ensure_tenant(pool: Pool, vault: Vault) -> UUID | None:
    """The sole tenant, made when there is none; None when there are several to choose from."""
    with pool.connection() as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_TENANT_LOCK])
        rows = connection.execute("SELECT * FROM ledger.only_tenant()").fetchall()
        if not rows:
            return _create_tenant(connection, vault)
    return rows[0][0] if len(rows) == 1 else None


def create_user(pool: Pool, vault: Vault, tenant: UUID, name: str, roles: Collection[str]) -> UUID:
    """A user with a sealed name."""
    user = NewUser(vault, tenant, name, roles)
    with pool.connection() as connection, connection.transaction():
        act_for(connection, tenant)
        user.store(connection)
    return user.user_id


def os_login() -> Login:
    """The login of this process's user id; variables of the environment are not believed."""
    number = os.getuid()
    try:
        entry = pwd.getpwuid(number)
    except KeyError:  # a container with a user id of its own
        return Login(f"uid-{number}", f"uid-{number}")
    return Login(entry.pw_name, entry.pw_gecos.split(",")[0].strip() or entry.pw_name)


def ensure_login_user(pool: Pool, vault: Vault, tenant: UUID, login: Login) -> UUID:
    """The user of a login; the first time it is made, as owner. Raises UserDisabled."""
    hmac = vault.hmac(tenant, "os-login", login.login)
    found = _login_user(pool, tenant, hmac)
    if found is None:
        try:
            return _create_login_user(pool, vault, tenant, login, hmac)
        except UniqueViolation:  # another process of the same login was first: nothing stored here
            found = _login_user(pool, tenant, hmac)
            assert found is not None, "who broke the unique key has committed"
    user, disabled = found
    if disabled:
        raise UserDisabled(f"user {user} is disabled")
    return user


def user_names(
    pool: Pool, vault: Vault, tenant: UUID, users: Collection[UUID], *, actor: str, purpose: str
) -> dict[UUID, str]:
    """Names by user id, one logged read; users who are unknown or erased are absent."""
    if not users:
        return {}
    values = {"tenant": tenant, "users": list(users)}
    rows: Sequence[Any] = in_tenant(pool, tenant, SEALED_NAMES, values)
    sealed: dict[UUID, bytes] = dict(rows)
    fields = vault.unseal(tenant, set(sealed.values()), actor=actor, purpose=purpose)
    return {
        user: fields[address]["name"] or "" for user, address in sealed.items() if address in fields
    }


def _login_user(pool: Pool, tenant: UUID, hmac: bytes) -> tuple[UUID, bool] | None:
    rows = in_tenant(pool, tenant, LOGIN_USER, {"tenant": tenant, "hmac": hmac})
    return (rows[0][0], rows[0][1]) if rows else None


def _create_login_user(pool: Pool, vault: Vault, tenant: UUID, login: Login, hmac: bytes) -> UUID:
    user = NewUser(vault, tenant, login.name, [OWNER])
    with pool.connection() as connection, connection.transaction():
        act_for(connection, tenant)
        user.store(connection)
        connection.execute(NEW_LOGIN, [tenant, hmac, user.user_id])
    return user.user_id


class NewUser:
    """Sealed before the transaction begins: a transaction never waits for a second connection."""

    def __init__(
        self,
        vault: Vault,
        tenant: UUID,
        name: str,
        roles: Collection[str],
        user_id: UUID | None = None,
    ) -> None:
        if not name.strip() or len(name) > NAME_LENGTH_MAX:
            raise ValueError(f"a user's name has 1 to {NAME_LENGTH_MAX} characters")
        self.user_id, self._tenant, self._roles = user_id or uuid4(), tenant, sorted(set(roles))
        self._sealed, self._beside = vault.seal(tenant, uuid4(), {"name": name}, new_person=True)

    def store(self, connection: Connection[Any]) -> None:
        """In the caller's transaction, which has set the tenant."""
        for statement in self._beside:
            connection.execute(statement.sql.encode(), statement.values)
        connection.execute(
            NEW_USER, [self._tenant, self.user_id, self._sealed.person_id, self._sealed.sha256]
        )
        connection.execute(NEW_ROLES, [self._tenant, self.user_id, self._roles])


def _create_tenant(connection: Connection[Any], vault: Vault) -> UUID:
    tenant = new_tenant(connection)
    vault.create_tenant_key(connection, tenant)
    return tenant
