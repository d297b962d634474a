"""Sessions of the pages: a cookie `gs_<tenant>_<secret>`, stored as SHA-256.

As with a token the tenant is part of it, so that it is set before the look-up and row-level
security holds. A session ends by itself (after a while unused, and at the latest after a working
day), and with the token that began it or the user. Its row is deleted, nothing is kept of it.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID, uuid4

from service.memberships import MEMBERSHIPS, rights_of
from service.store.database import Pool, in_tenant
from service.tokens import Identity

SECRET_BYTES = 32
SESSION = re.compile(r"gs_(?P<tenant>[0-9a-f]{32})_[A-Za-z0-9_-]{43}")
LIFE_S_MAX, IDLE_S_MAX = 12 * 3600, 3600
FORM_KEY = b"grantledger form token"

# Who begins a session also clears away those of the tenant that have ended by themselves.
BEGIN = """WITH ended AS (
        DELETE FROM identity.session WHERE tenant_id = %(tenant)s
            AND (expires_at <= clock_timestamp()
                OR last_used_at <= clock_timestamp() - make_interval(secs => %(idle)s))
    )
    INSERT INTO identity.session
        (tenant_id, session_id, user_id, token_id, session_sha256, created_at, last_used_at,
            expires_at)
    VALUES (%(tenant)s, %(session)s, %(user)s, (
            SELECT token_id FROM identity.api_token
            WHERE tenant_id = %(tenant)s AND token_sha256 = %(token)s),
        %(hash)s, clock_timestamp(), clock_timestamp(),
        clock_timestamp() + make_interval(secs => %(life)s))"""
# The use is noted at most once a minute, as that of a token.
CURRENT = f"""WITH found AS (
        SELECT s.tenant_id, s.session_id, s.user_id, s.session_sha256, s.last_used_at, t.scopes
        FROM identity.session AS s
        JOIN identity.app_user AS u ON u.tenant_id = s.tenant_id AND u.user_id = s.user_id
        LEFT JOIN identity.api_token AS t
            ON t.tenant_id = s.tenant_id AND t.token_id = s.token_id AND t.revoked_at IS NULL
            AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
        WHERE s.tenant_id = %(tenant)s AND s.session_sha256 = %(hash)s
            AND s.expires_at > clock_timestamp()
            AND s.last_used_at > clock_timestamp() - make_interval(secs => %(idle)s)
            AND u.disabled_at IS NULL AND (s.token_id IS NULL OR t.token_id IS NOT NULL)
    ), used AS (
        UPDATE identity.session AS s SET last_used_at = clock_timestamp() FROM found
        WHERE s.tenant_id = found.tenant_id AND s.session_id = found.session_id
            AND s.last_used_at < clock_timestamp() - interval '1 minute'
    )
    SELECT user_id, session_sha256, scopes, {MEMBERSHIPS}
    FROM found"""
END = """DELETE FROM identity.session
    WHERE tenant_id = %(tenant)s AND session_sha256 = %(hash)s"""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds: whose it is, and what its forms must send back."""

    identity: Identity
    form_token: str = field(repr=False)


def begin_session(pool: Pool, identity: Identity, token: str | None) -> str:
    """The cookie of a new session; with the `token` that it is begun with it ends."""
    session = f"gs_{identity.tenant.hex}_{secrets.token_urlsafe(SECRET_BYTES)}"
    values = {
        "tenant": identity.tenant,
        "session": uuid4(),
        "user": identity.user_id,
        "token": None if token is None else _hash(token),
        "hash": _hash(session),
        "life": LIFE_S_MAX,
        "idle": IDLE_S_MAX,
    }
    in_tenant(pool, identity.tenant, BEGIN, values)
    return session


def current_session(pool: Pool, session: str) -> Session | None:
    """Whose session it is; None for every reason alike: unknown, ended, token or user refused."""
    match = SESSION.fullmatch(session)
    if match is None:
        return None
    tenant, given = UUID(match["tenant"]), _hash(session)
    values = {"tenant": tenant, "hash": given, "idle": IDLE_S_MAX}
    for user, stored, scopes, memberships in in_tenant(pool, tenant, CURRENT, values):
        if compare_digest(stored, given):
            identity = Identity(tenant, user, rights_of(memberships, scopes))
            return Session(identity, form_token_of(session))
    return None


def end_session(pool: Pool, session: str) -> None:
    """From now on the cookie is refused."""
    if match := SESSION.fullmatch(session):
        tenant = UUID(match["tenant"])
        in_tenant(pool, tenant, END, {"tenant": tenant, "hash": _hash(session)})


def form_token_of(session: str) -> str:
    """What the session's forms send back: derived, so that nothing more is stored."""
    return hmac.new(session.encode("ascii"), FORM_KEY, sha256).hexdigest()


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("ascii")).digest()
