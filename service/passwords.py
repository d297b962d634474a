"""Passwords: argon2id, the login known only by its HMAC, all sessions ended by a new one.

Parameters are those of OWASP's cheat sheet, 2 passes over 19 MiB in 1 lane: strong enough beside
the limits of `sign_in`, and a small server stays usable while somebody guesses. A hash says its
parameters, so that older ones are renewed at the next sign-in. At most two are computed at once,
which bounds the memory.
"""

import unicodedata
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from psycopg import Connection
from psycopg.errors import UniqueViolation

from domain.person import normalised
from domain.rejection import AlreadyRecorded, InvalidValue
from service.store.vault import Vault

LENGTH_MIN, LENGTH_MAX = 12, 200
LOGIN_LENGTH_MIN, LOGIN_LENGTH_MAX = 3, 200
AT_ONCE_MAX = 2
GUESSES_MIN = 10**8  # before it is found by who tries what people choose
LOOKED_AT_MAX = 72  # signs that are looked at: enough to judge, and it takes no time
WORDS_OF_HERE = ("grantledger", "heslo")
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_slots = BoundedSemaphore(AT_ONCE_MAX)

SET = """INSERT INTO identity.password (tenant_id, user_id, login_hmac, hash)
    VALUES (%(tenant)s, %(user)s, %(login)s, %(hash)s)
    ON CONFLICT (tenant_id, user_id) DO UPDATE
        SET login_hmac = excluded.login_hmac, hash = excluded.hash, set_at = clock_timestamp()"""
END_SESSIONS = """DELETE FROM identity.session
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s"""


def set_password(
    connection: Connection[Any], vault: Vault, tenant: UUID, user: UUID, login: str, password: str
) -> None:
    """Gives a user a login and a password. Raises InvalidValue, AlreadyRecorded (the login)."""
    if not LOGIN_LENGTH_MIN <= len(login.strip()) <= LOGIN_LENGTH_MAX:
        raise InvalidValue(f"expected {LOGIN_LENGTH_MIN} to {LOGIN_LENGTH_MAX} signs", "/login")
    check_password(login, password)
    values = {
        "tenant": tenant,
        "user": user,
        "login": login_hmac(vault, tenant, login),
        "hash": hashed(password),
    }
    try:
        connection.execute(SET, values)
    except UniqueViolation:
        raise AlreadyRecorded("another user has this login", "/login") from None
    connection.execute(END_SESSIONS, values)


def check_password(login: str, password: str) -> None:
    """Long enough, not the login, and none that is guessed early (NIST SP 800-63B).

    What signs it is made of is nobody's business.
    """
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise InvalidValue(f"expected {LENGTH_MIN} to {LENGTH_MAX} signs", "/password")
    if normalised(login) in normalised(password):
        raise InvalidValue("the password holds the login", "/password")
    if guesses(login, password) < GUESSES_MIN:
        raise InvalidValue(
            "the password is a common one, or made of such: a sentence is better", "/password"
        )


def guesses(login: str, password: str) -> int:
    """About how many: by lists of common passwords, words and names, keyboards, dates, repeats."""
    from zxcvbn import zxcvbn  # its lists are loaded only where a password is set

    judged = zxcvbn(password[:LOOKED_AT_MAX], [login, *WORDS_OF_HERE], LOOKED_AT_MAX)
    return int(judged["guesses"])


def login_hmac(vault: Vault, tenant: UUID, login: str) -> bytes:
    """What a login is kept as and found by."""
    return vault.hmac(tenant, "password-login", normalised(login))


def hashed(password: str) -> str:
    """argon2id with a random salt and its parameters."""
    with _slots:
        return HASHER.hash(_same(password))


def matches(hashed_password: str, password: str) -> bool:
    """Whether it is the password; takes the same time either way."""
    with _slots:
        try:
            return HASHER.verify(hashed_password, _same(password))
        except (VerificationError, InvalidHashError):
            return False


def _same(password: str) -> bytes:
    """Keyboards write the same letter in several ways; stray bytes of a form are no error."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
