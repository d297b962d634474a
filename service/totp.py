"""The second factor: codes of RFC 6238 (SHA-1, 6 digits, 30 s), each good once; recovery codes.

The secret is encrypted under the tenant's key and shown once, as the address that an app reads.
A code is taken one step early or late. Recovery codes have 80 random bits, so a plain hash is
enough; each is good once.
"""

import base64
import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from psycopg import Connection

from domain.rejection import InvalidValue
from service.store import keys
from service.store.vault import Vault

SECRET_BYTES = 20  # as long as SHA-1's output (RFC 4226, 4)
STEP_S, DIGITS, STEPS_AROUND = 30, 6, 1
RECOVERY_CODES, RECOVERY_BYTES = 10, 10
CODE = re.compile(r"[0-9]{6}")
ISSUER = "grantledger"

BEGIN = """INSERT INTO identity.totp (tenant_id, user_id, secret)
    VALUES (%(tenant)s, %(user)s, %(secret)s)"""
FORGET = "DELETE FROM identity.totp WHERE tenant_id = %(tenant)s AND user_id = %(user)s"
FORGET_CODES = """DELETE FROM identity.recovery_code
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s"""
STORED = """SELECT secret, confirmed_at IS NOT NULL FROM identity.totp
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s"""
CONFIRM = """UPDATE identity.totp SET confirmed_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s"""
# One statement decides: of two who send the same code at once one is refused.
USE_STEP = """UPDATE identity.totp SET last_step = %(step)s
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND last_step < %(step)s
    RETURNING last_step"""
NEW_CODES = """INSERT INTO identity.recovery_code (tenant_id, user_id, code_sha256)
    SELECT %(tenant)s, %(user)s, * FROM unnest(%(hashes)s::bytea[])"""
USE_CODE = """UPDATE identity.recovery_code SET used_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND code_sha256 = %(hash)s
        AND used_at IS NULL
    RETURNING used_at"""


@dataclass(frozen=True, slots=True)
class Factor:
    """The second factor of one user, at one moment of Unix time."""

    vault: Vault = field(repr=False)
    tenant: UUID
    user: UUID
    now: float

    @property
    def _who(self) -> dict[str, Any]:
        return {"tenant": self.tenant, "user": self.user}

    def begin(self, connection: Connection[Any]) -> str:
        """A new secret in the place of any before; the `otpauth:` address, shown once.

        It counts from `confirm` on. The account is named by the user's id, not by a name.
        """
        secret = secrets.token_bytes(SECRET_BYTES)
        about = keys.about_secret(self.tenant, self.user)
        sealed = keys.encrypt(self.vault.key_of_secrets(self.tenant), secret, about)
        connection.execute(FORGET, self._who)
        connection.execute(FORGET_CODES, self._who)
        connection.execute(BEGIN, {**self._who, "secret": sealed})
        return _totp(secret).get_provisioning_uri(str(self.user), ISSUER)

    def confirm(self, connection: Connection[Any], code: str) -> list[str]:
        """From now on sign-in asks for a code; the recovery codes, shown once. InvalidValue."""
        found = self._secret(connection)
        if found is None or found[1] or not self._take_code(connection, found[0], code):
            raise InvalidValue("the code is not the one of this moment", "/code")
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        connection.execute(CONFIRM, self._who)
        connection.execute(NEW_CODES, {**self._who, "hashes": [_hash(one) for one in codes]})
        return codes

    def needed(self, connection: Connection[Any]) -> bool:
        """Whether sign-in asks for a code."""
        found = self._secret(connection)
        return found is not None and found[1]

    def take(self, connection: Connection[Any], code: str) -> bool:
        """Uses up a code of the app or a recovery code; False: it is not one, or was used."""
        found = self._secret(connection)
        if found is None or not found[1]:
            return False
        if CODE.fullmatch(code):
            return self._take_code(connection, found[0], code)
        values = {**self._who, "hash": _hash(code.strip().upper())}
        return connection.execute(USE_CODE, values).fetchone() is not None

    def forget(self, connection: Connection[Any]) -> bool:
        """Takes the second factor away; False: there was none."""
        connection.execute(FORGET_CODES, self._who)
        return connection.execute(FORGET, self._who).rowcount == 1

    def _secret(self, connection: Connection[Any]) -> tuple[bytes, bool] | None:
        row = connection.execute(STORED, self._who).fetchone()
        if row is None:
            return None
        about = keys.about_secret(self.tenant, self.user)
        return keys.decrypt(self.vault.key_of_secrets(self.tenant), row[0], about), row[1]

    def _take_code(self, connection: Connection[Any], secret: bytes, code: str) -> bool:
        current = int(self.now) // STEP_S
        made = _totp(secret)
        good = [
            step
            for step in range(max(current - STEPS_AROUND, 0), current + STEPS_AROUND + 1)
            if compare_digest(made.generate(step * STEP_S), code.encode())
        ]
        if not good:
            return False
        values = {**self._who, "step": good[0]}
        return connection.execute(USE_STEP, values).fetchone() is not None


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303 what RFC 6238's apps compute


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _hash(code: str) -> bytes:
    return sha256(code.encode()).digest()
