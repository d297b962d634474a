"""Other programs: a client with a secret, as which user it acts, and what it may ask for.

The id is `glc_<tenant>_<client>`, so that the tenant is set before the look-up; the secret has 256
random bits and is stored as SHA-256, so guessing needs no limit. A client acts as a user of its own
with the role `integration`; its scopes bound every token that it gets.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.rejection import InvalidValue, NotFound
from projections.page_query import PageQuery
from service.identity import NewUser
from service.memberships import MEMBERSHIPS, Grant, grant, rights_of
from service.permissions import OF_ROLE, Rights, check_scopes
from service.store.database import Pool, in_tenant, transaction_of
from service.store.vault import Vault

INTEGRATION = "integration"
SECRET_BYTES = 32
NAME_LENGTH_MAX = 100
CLIENT = re.compile(r"glc_(?P<tenant>[0-9a-f]{32})_(?P<client>[0-9a-f]{32})")

NEW = """INSERT INTO identity.client
        (tenant_id, client_id, user_id, name, secret_sha256, scopes, created_by, expires_at)
    VALUES (%(tenant)s, %(client)s, %(user)s, %(name)s, %(hash)s, %(scopes)s, %(actor)s,
        %(expires)s)"""
IN_FORCE = """c.revoked_at IS NULL AND u.disabled_at IS NULL
            AND (c.expires_at IS NULL OR c.expires_at > clock_timestamp())"""
FIND = f"""WITH found AS (
        SELECT c.tenant_id, c.client_id, c.user_id, c.secret_sha256, c.scopes, c.last_used_at
        FROM identity.client AS c
        JOIN identity.app_user AS u ON u.tenant_id = c.tenant_id AND u.user_id = c.user_id
        WHERE c.tenant_id = %(tenant)s AND c.client_id = %(client)s AND {IN_FORCE}
    ), used AS (
        UPDATE identity.client AS c SET last_used_at = clock_timestamp() FROM found
        WHERE c.tenant_id = found.tenant_id AND c.client_id = found.client_id
            AND (c.last_used_at IS NULL
                 OR c.last_used_at < clock_timestamp() - interval '1 minute')
    )
    SELECT user_id, secret_sha256, scopes, {MEMBERSHIPS} FROM found"""
REVOKE = """UPDATE identity.client SET revoked_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND client_id = %(client)s AND revoked_at IS NULL
    RETURNING client_id"""
CLIENTS = PageQuery(
    views=(),
    select="""SELECT client_id, user_id, name, scopes, created_at, expires_at, last_used_at,
            revoked_at
        FROM identity.client WHERE tenant_id = %(tenant)s""",
    order={"created_at": "timestamptz", "client_id": "uuid"},
)


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of a client; never its secret."""

    client_id: UUID
    user_id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientOrder:
    """A client to be made; `name` is the program's, `project` None = the whole organisation."""

    name: str
    scopes: Sequence[str]
    project: UUID | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClientInForce:
    """A client that is neither revoked nor expired, and what it may do now."""

    tenant: UUID
    client_id: UUID
    user_id: UUID
    secret_sha256: bytes
    scopes: tuple[str, ...]
    rights: Rights

    @property
    def text(self) -> str:
        """The client's id as it is sent."""
        return client_text(self.tenant, self.client_id)

    def proves(self, secret: str) -> bool:
        """Whether it is the client's secret."""
        return compare_digest(self.secret_sha256, _hash(secret))


def client_text(tenant: UUID, client: UUID) -> str:
    """A client's id as it is sent."""
    return f"glc_{tenant.hex}_{client.hex}"


def new_client(
    connection: Connection[Any],
    user: NewUser,
    tenant: UUID,
    client: UUID,
    order: ClientOrder,
    actor: str,
) -> str:
    """Stores a client with its own user; the secret, seen only now. InvalidValue, NotFound."""
    check_order(order)
    user.store(connection)
    membership = Grant(user.user_id, INTEGRATION, order.project, order.expires)
    grant(connection, tenant, membership, client, actor)
    secret = f"gls_{secrets.token_urlsafe(SECRET_BYTES)}"
    values = {
        "tenant": tenant,
        "client": client,
        "user": user.user_id,
        "name": order.name,
        "hash": _hash(secret),
        "scopes": sorted(set(order.scopes)),
        "actor": actor,
        "expires": order.expires,
    }
    connection.execute(NEW, values)
    return secret


def check_order(order: ClientOrder) -> None:
    """Raises InvalidValue: no name, no scopes, or what no program may do."""
    if not order.name.strip() or len(order.name) > NAME_LENGTH_MAX:
        raise InvalidValue(f"expected 1 to {NAME_LENGTH_MAX} signs", "/name")
    if not order.scopes:
        raise InvalidValue("expected at least one scope", "/scopes")
    try:
        check_scopes(order.scopes)
    except ValueError as error:
        raise InvalidValue(str(error), "/scopes") from None
    if beyond := sorted(set(order.scopes) - OF_ROLE[INTEGRATION]):
        raise InvalidValue(f"no program may have {beyond[0]}", "/scopes")


def client_user(vault: Vault, tenant: UUID, name: str, user_id: UUID) -> NewUser:
    """The user that a client acts as; its name is the program's."""
    return NewUser(vault, tenant, name, [], user_id)


def client_in_force(pool: Pool, tenant: UUID, client: UUID) -> ClientInForce | None:
    """The client as it may act now; None: unknown, revoked, expired, or its user is disabled."""
    values = {"tenant": tenant, "client": client}
    for user, stored, scopes, memberships in in_tenant(pool, tenant, FIND, values):
        rights = rights_of(memberships, scopes)
        return ClientInForce(tenant, client, user, stored, tuple(scopes), rights)
    return None


def parse_client(text: str) -> tuple[UUID, UUID] | None:
    """Tenant and client of an id as it was sent."""
    match = CLIENT.fullmatch(text)
    return (UUID(match["tenant"]), UUID(match["client"])) if match else None


def revoke_client(connection: Connection[Any], tenant: UUID, client: UUID) -> None:
    """From now on it gets no token, and those that it has are refused. Raises NotFound."""
    values = {"tenant": tenant, "client": client}
    if connection.execute(REVOKE, values).fetchone() is None:
        raise NotFound("there is no such client in force", "/client_id")


def list_clients(pool: Pool, tenant: UUID) -> list[Client]:
    """The clients of a tenant, the oldest first."""
    with transaction_of(pool, tenant) as connection:
        batches = CLIENTS.batches(connection, {"tenant": tenant}, {})
        return [Client(**row) for batch in batches for row in batch]


def clients_page(
    pool: Pool, tenant: UUID, limit: int, after: tuple[str, ...] | None
) -> tuple[list[Client], tuple[str, ...] | None]:
    """Some of them."""
    with transaction_of(pool, tenant) as connection:
        found, last = CLIENTS.page(connection, {"tenant": tenant}, limit, after)
    return [Client(**row) for row in found], last


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
