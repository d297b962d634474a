"""A tenant with one user who signs in with login and password."""

import base64
import time
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from service.identity import create_user
from service.passwords import set_password
from service.sign_in import (
    WAIT_S_MAX,
    Attempt,
    SignInBlocked,
    SignInRefused,
    sign_in,
)
from service.store.database import Pool, in_tenant, transaction_of
from service.store.vault import Vault
from service.totp import Factor

LOGIN, PASSWORD = "jana@example.org", "a long sentence with ěščřž"
EARLIER = """UPDATE identity.sign_in_limit
    SET blocked_until = blocked_until - make_interval(secs => %s),
        last_at = last_at - make_interval(secs => %s)
    WHERE blocked_until > last_at OR %s"""
PLANNED = """SELECT round(max(extract(epoch FROM blocked_until - last_at)))
    FROM identity.sign_in_limit"""


@dataclass(frozen=True)
class Door:
    """A tenant with one user who has a password."""

    pool: Pool
    vault: Vault
    tenant: UUID
    user: UUID
    codes: list[str] = field(default_factory=list[str])  # recovery codes, once there are some

    def attempt(self, **changes: object) -> UUID:
        given = Attempt(LOGIN, PASSWORD, None, "192.0.2.1", time.time())
        return sign_in(self.pool, self.vault, self.tenant, replace(given, **changes))

    def refused(self, times: int, **changes: object) -> None:
        for _ in range(times):
            with pytest.raises(SignInRefused):
                self.attempt(password="not the password", **changes)

    def planned(self) -> int:
        """The longest wait that was set, in seconds."""
        return int(in_tenant(self.pool, self.tenant, PLANNED, [])[0][0])

    def blocked(self, **changes: object) -> None:
        """The wait, made longer than this test takes, holds and is told."""
        self.later(-1000)
        with pytest.raises(SignInBlocked) as blocked:
            self.attempt(**changes)
        assert 0 < blocked.value.wait_s <= 1000 + WAIT_S_MAX
        self.later(1000)

    def later(self, seconds: int) -> None:
        in_tenant(self.pool, self.tenant, EARLIER, [seconds, seconds, seconds > 0])

    def app(self) -> TOTP:
        """Sets the second factor up; the app of the user's phone."""
        now = time.time() - 300
        factor = Factor(self.vault, self.tenant, self.user, now)
        with transaction_of(self.pool, self.tenant) as connection:
            address = factor.begin(connection)
        secret = parse_qs(urlsplit(address).query)["secret"][0]
        made = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
        with transaction_of(self.pool, self.tenant) as connection:
            self.codes.extend(factor.confirm(connection, made.generate(int(now)).decode()))
        return made


def door_of(pool: Pool, vault: Vault, keyed_tenant: UUID) -> Door:
    user = create_user(pool, vault, keyed_tenant, "Jana Nováková", [])
    with transaction_of(pool, keyed_tenant) as connection:
        set_password(connection, vault, keyed_tenant, user, LOGIN, PASSWORD)
    return Door(pool, vault, keyed_tenant, user)
