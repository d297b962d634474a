"""API tokens: `gl_<tenant>_<secret>`, shown once, stored as SHA-256.

The tenant is part of the token, so that sign-in sets it first and row-level security holds for the
look-up too. A plain hash is enough: the secret has 256 random bits, there is nothing to guess.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from projections.page_query import PageQuery
from service.memberships import MEMBERSHIPS, rights_of
from service.permissions import Rights, check_scopes
from service.store.database import Pool, in_tenant, transaction_of

SECRET_BYTES = 32
PREFIX_LENGTH = 6  # of the secret's 43 characters: tells tokens apart, helps nobody to guess
TOKEN = re.compile(r"gl_(?P<tenant>[0-9a-f]{32})_[A-Za-z0-9_-]{43,86}")
NAME_LENGTH_MAX = 100

CREATE = """INSERT INTO identity.api_token
        (tenant_id, token_id, user_id, name, token_sha256, created_at, expires_at, prefix, scopes,
            created_by)
    SELECT tenant_id, %(token)s, user_id, %(name)s, %(hash)s, clock_timestamp(), %(expires)s,
        %(prefix)s, %(scopes)s, %(actor)s
    FROM identity.app_user
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND disabled_at IS NULL
    RETURNING token_id"""
# Noting the use of a token at every request would write a row a request: once a minute is enough.
AUTHENTICATE = f"""WITH found AS (
        SELECT t.tenant_id, t.token_id, t.user_id, t.token_sha256, t.last_used_at, t.scopes
        FROM identity.api_token AS t
        JOIN identity.app_user AS u ON u.tenant_id = t.tenant_id AND u.user_id = t.user_id
        WHERE t.tenant_id = %(tenant)s AND t.token_sha256 = %(hash)s
            AND t.revoked_at IS NULL AND u.disabled_at IS NULL
            AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
    ), used AS (
        UPDATE identity.api_token AS t SET last_used_at = clock_timestamp() FROM found
        WHERE t.tenant_id = found.tenant_id AND t.token_id = found.token_id
            AND (t.last_used_at IS NULL
                 OR t.last_used_at < clock_timestamp() - interval '1 minute')
    )
    SELECT user_id, token_sha256, scopes, {MEMBERSHIPS}
    FROM found"""
REVOKE = """UPDATE identity.api_token SET revoked_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND token_id = %(token)s AND revoked_at IS NULL
    RETURNING token_id"""
TOKENS = PageQuery(
    views=(),
    select="""SELECT token_id, user_id, name, prefix, scopes, created_at, expires_at, last_used_at,
            revoked_at
        FROM identity.api_token WHERE tenant_id = %(tenant)s""",
    order={"created_at": "timestamptz", "token_id": "uuid"},
)


class UnknownUser(Exception):
    """No such user in this tenant, or disabled."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sent a request."""

    tenant: UUID
    user_id: UUID
    rights: Rights


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; never the token itself."""

    token_id: UUID
    user_id: UUID
    name: str
    prefix: str | None
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenOrder:
    """A token to be made; `name` says where it is used, not by whom; no scopes: all he may do."""

    user: UUID
    name: str
    expires: datetime | None = None
    scopes: Sequence[str] | None = None


def create_token(pool: Pool, tenant: UUID, user: UUID, name: str, expires: datetime | None) -> str:
    """A token of all that the user may do. The only time that it is seen."""
    with transaction_of(pool, tenant) as connection:
        return new_token(connection, tenant, TokenOrder(user, name, expires), uuid4(), str(user))


def new_token(
    connection: Connection[Any], tenant: UUID, order: TokenOrder, token_id: UUID, actor: str
) -> str:
    """The only time the token is seen. Raises ValueError, UnknownUser."""
    if not order.name.strip() or len(order.name) > NAME_LENGTH_MAX:
        raise ValueError(f"a token's name has 1 to {NAME_LENGTH_MAX} characters")
    if order.expires is not None and order.expires.tzinfo is None:
        raise ValueError("the expiry of a token needs a time zone")
    check_scopes(order.scopes or ())
    secret = secrets.token_urlsafe(SECRET_BYTES)
    token = f"gl_{tenant.hex}_{secret}"
    values = {
        "tenant": tenant,
        "token": token_id,
        "user": order.user,
        "name": order.name,
        "hash": _hash(token),
        "expires": order.expires,
        "prefix": secret[:PREFIX_LENGTH],
        "scopes": None if order.scopes is None else sorted(set(order.scopes)),
        "actor": actor,
    }
    if connection.execute(CREATE, values).fetchone() is None:
        raise UnknownUser(f"there is no user {order.user}, or it is disabled")
    return token


def authenticate(pool: Pool, token: str) -> Identity | None:
    """Who a token stands for; None for every reason alike: unknown, expired, revoked, disabled."""
    match = TOKEN.fullmatch(token)
    if match is None:
        return None
    tenant, given = UUID(match["tenant"]), _hash(token)
    for user, stored, scopes, memberships in in_tenant(
        pool, tenant, AUTHENTICATE, {"tenant": tenant, "hash": given}
    ):
        if compare_digest(stored, given):
            return Identity(tenant, user, rights_of(memberships, scopes))
    return None


def revoke_token(pool: Pool, tenant: UUID, token_id: UUID) -> bool:
    """From now on the token is refused; False: it was so, or is unknown."""
    with transaction_of(pool, tenant) as connection:
        return revoke(connection, tenant, token_id)


def revoke(connection: Connection[Any], tenant: UUID, token_id: UUID) -> bool:
    """The same in the caller's transaction."""
    values = {"tenant": tenant, "token": token_id}
    return connection.execute(REVOKE, values).fetchone() is not None


def list_tokens(pool: Pool, tenant: UUID) -> list[Token]:
    """The tokens of a tenant, the oldest first."""
    with transaction_of(pool, tenant) as connection:
        batches = TOKENS.batches(connection, {"tenant": tenant}, {})
        return [Token(**row) for batch in batches for row in batch]


def tokens_page(
    pool: Pool, tenant: UUID, limit: int, after: tuple[str, ...] | None
) -> tuple[list[Token], tuple[str, ...] | None]:
    """Some of them."""
    with transaction_of(pool, tenant) as connection:
        found, last = TOKENS.page(connection, {"tenant": tenant}, limit, after)
    return [Token(**row) for row in found], last


def _hash(token: str) -> bytes:
    return sha256(token.encode("ascii")).digest()
