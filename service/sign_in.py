"""Signing in with login, password and code: the same answer and time for whatever is wrong.

Each attempt is counted before it is judged, for the login and for the address, so that guesses sent
at once count as well; a success takes it back. After the free attempts the wait doubles up to a
quarter of an hour and is forgotten after a day. Who is signed in already is not locked out.
"""

from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any, Literal
from uuid import UUID

import structlog
from psycopg import Connection

from service import passwords
from service.store.database import Pool, in_tenant, transaction_of
from service.store.vault import Vault
from service.totp import Factor

FREE_OF_LOGIN, FREE_OF_ADDRESS = 5, 20
WAIT_S_MAX = 900
log = structlog.get_logger("grantledger.identity")

# No row: the subject is blocked. The wait of attempt n is known before it is judged.
COUNT = """INSERT INTO identity.sign_in_limit AS l
        (tenant_id, subject_hmac, failures, blocked_until, last_at)
    VALUES (%(tenant)s, %(subject)s, 1, clock_timestamp(), clock_timestamp())
    ON CONFLICT (tenant_id, subject_hmac) DO UPDATE SET
        failures = CASE WHEN l.last_at < clock_timestamp() - interval '1 day' THEN 1
            ELSE least(l.failures + 1, 1000) END,
        blocked_until = clock_timestamp() + make_interval(secs => CASE
            WHEN l.last_at < clock_timestamp() - interval '1 day'
                OR l.failures + 1 < %(free)s THEN 0
            ELSE least(%(wait)s, 2 ^ least(l.failures + 1 - %(free)s, 20)) END),
        last_at = clock_timestamp()
    WHERE l.blocked_until <= clock_timestamp()
    RETURNING failures"""
WAIT = """SELECT ceil(extract(epoch FROM blocked_until - clock_timestamp()))::int
    FROM identity.sign_in_limit WHERE tenant_id = %(tenant)s AND subject_hmac = %(subject)s"""
UNCOUNT = """UPDATE identity.sign_in_limit
    SET failures = greatest(failures - 1, 0), blocked_until = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND subject_hmac = ANY(%(subjects)s)"""
FORGET = """DELETE FROM identity.sign_in_limit
    WHERE tenant_id = %(tenant)s
        AND (subject_hmac = %(login)s OR last_at < clock_timestamp() - interval '1 day')"""
FIND = """SELECT p.user_id, p.hash FROM identity.password AS p
    JOIN identity.app_user AS u ON u.tenant_id = p.tenant_id AND u.user_id = p.user_id
    WHERE p.tenant_id = %(tenant)s AND p.login_hmac = %(login)s AND u.disabled_at IS NULL"""
REHASH = """UPDATE identity.password SET hash = %(hash)s
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s"""
# Compared with the password of nobody, so that nobody takes as long as somebody.
NOBODYS = passwords.HASHER.hash("the password of nobody")


class SignInRefused(Exception):
    """Login, password or code is wrong, or the user is disabled: which, is not said."""


class SignInBlocked(Exception):
    """Too many attempts; `wait_s` seconds until the next one is judged."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many attempts: wait {wait_s} s")
        self.wait_s = wait_s


class CodeNeeded(Exception):
    """Login and password are right; the second factor is wanted too."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody sent, from where, at which Unix time."""

    login: str = field(repr=False)
    password: str = field(repr=False)
    code: str | None = field(repr=False)
    address: str = field(repr=False)
    now: float


def sign_in(pool: Pool, vault: Vault, tenant: UUID, attempt: Attempt) -> UUID:
    """The user. Raises SignInRefused, SignInBlocked, CodeNeeded."""
    login = passwords.login_hmac(vault, tenant, attempt.login)
    of_login = vault.hmac(tenant, "sign-in-login", login.hex())
    of_address = vault.hmac(tenant, "sign-in-address", network(attempt.address))
    for subject, free in ((of_address, FREE_OF_ADDRESS), (of_login, FREE_OF_LOGIN)):
        _count(pool, tenant, subject, free)
    found = in_tenant(pool, tenant, FIND, {"tenant": tenant, "login": login})
    user, stored = found[0] if found else (None, NOBODYS)
    if not passwords.matches(stored, attempt.password) or user is None:
        log.warning("sign-in refused", tenant=str(tenant), user=user and str(user))
        raise SignInRefused
    subjects = {"tenant": tenant, "login": of_login, "address": of_address}
    with transaction_of(pool, tenant) as connection:
        second = _second(connection, Factor(vault, tenant, user, attempt.now), attempt.code)
        match second:
            case "right":
                connection.execute(FORGET, subjects)
                connection.execute(UNCOUNT, {**subjects, "subjects": [of_address]})
                _renew(connection, tenant, user, stored, attempt.password)
            case "missing":  # not forgotten: the password alone gives no new tries at the code
                connection.execute(UNCOUNT, {**subjects, "subjects": [of_login, of_address]})
            case "wrong":
                pass
    log.info("sign-in", tenant=str(tenant), user=str(user), second_factor=second)
    if second == "missing":
        raise CodeNeeded
    if second == "wrong":
        raise SignInRefused
    return user


def _second(
    connection: Connection[Any], factor: Factor, code: str | None
) -> Literal["right", "missing", "wrong"]:
    if not factor.needed(connection):
        return "right"
    if code is None:
        return "missing"
    return "right" if factor.take(connection, code) else "wrong"


def _renew(
    connection: Connection[Any], tenant: UUID, user: UUID, stored: str, password: str
) -> None:
    if passwords.HASHER.check_needs_rehash(stored):
        values = {"tenant": tenant, "user": user, "hash": passwords.hashed(password)}
        connection.execute(REHASH, values)


def _count(pool: Pool, tenant: UUID, subject: bytes, free: int) -> None:
    values: dict[str, Any] = {
        "tenant": tenant,
        "subject": subject,
        "free": free,
        "wait": WAIT_S_MAX,
    }
    if not in_tenant(pool, tenant, COUNT, values):
        rows = in_tenant(pool, tenant, WAIT, values)
        wait_s = max(1, rows[0][0] if rows else 1)
        log.warning("sign-in blocked", tenant=str(tenant), wait_s=wait_s)
        raise SignInBlocked(wait_s)


def network(address: str) -> str:
    """What is counted as one address: of IPv6 the /64, whose 2^64 addresses one subscriber has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
