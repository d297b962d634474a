"""The second factor: each code good once, wrong ones counted, the secret encrypted."""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from psycopg import Connection

from domain.rejection import InvalidValue
from service.sign_in import (
    FREE_OF_LOGIN,
    CodeNeeded,
    SignInBlocked,
    SignInRefused,
)
from service.store import keys
from service.store.database import Pool, in_tenant, transaction_of
from service.store.vault import Vault
from service.totp import Factor
from tests.service.doors import Door, door_of


@pytest.fixture
def door(pool: Pool, vault: Vault, keyed_tenant: UUID) -> Door:
    return door_of(pool, vault, keyed_tenant)


def test_with_a_second_factor_the_password_is_not_enough(door: Door) -> None:
    app = door.app()
    with pytest.raises(CodeNeeded):
        door.attempt()
    code = app.generate(int(time.time())).decode()
    assert door.attempt(code=code) == door.user


def test_the_codes_are_those_of_rfc_6238() -> None:
    """Appendix B, SHA-1, the last 6 of its 8 digits."""
    app = TOTP(b"12345678901234567890", 6, SHA1(), 30)
    known = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}
    assert {now: app.generate(now).decode() for now in known} == known


def test_a_code_is_good_once_and_no_earlier_one_after_it(door: Door) -> None:
    app, now = door.app(), time.time()
    current, before = (app.generate(int(now) - ago).decode() for ago in (0, 30))
    assert door.attempt(code=current, now=now) == door.user
    for replayed in (current, before):
        with pytest.raises(SignInRefused):
            door.attempt(code=replayed, now=now)
    assert door.attempt(code=app.generate(int(now) + 30).decode(), now=now + 30) == door.user


def test_a_code_sent_twice_at_once_is_taken_once(door: Door) -> None:
    app, now = door.app(), time.time()
    code = app.generate(int(now)).decode()

    def send(_: int) -> bool:
        try:
            return door.attempt(code=code, now=now) == door.user
        except (SignInRefused, SignInBlocked):
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(send, range(4))) == 1


def test_a_code_is_taken_a_step_early_or_late_and_not_two(door: Door) -> None:
    app, now = door.app(), time.time()
    for steps in (-2, 2):
        with pytest.raises(SignInRefused):
            door.attempt(code=app.generate(int(now) + steps * 30).decode(), now=now)
    assert door.attempt(code=app.generate(int(now) - 30).decode(), now=now) == door.user
    assert door.attempt(code=app.generate(int(now) + 30).decode(), now=now) == door.user


def test_wrong_codes_are_counted_and_the_password_alone_gives_no_new_tries(door: Door) -> None:
    door.app()
    for _ in range(FREE_OF_LOGIN):
        with pytest.raises(CodeNeeded):
            door.attempt()
        with pytest.raises(SignInRefused):
            door.attempt(code="000000", now=1e9)
    assert door.planned() == 1
    door.blocked()


def test_a_recovery_code_is_good_once_and_stored_as_a_hash(door: Door) -> None:
    door.app()
    assert len(set(door.codes)) == 10
    first = door.codes[0]
    assert door.attempt(code=first.lower()) == door.user
    with pytest.raises(SignInRefused):
        door.attempt(code=first)
    assert door.attempt(code=door.codes[1]) == door.user
    rows = in_tenant(door.pool, door.tenant, "SELECT c::text FROM identity.recovery_code AS c", [])
    assert len(rows) == 10
    assert all(code not in row for (row,) in rows for code in door.codes)


def test_the_secret_is_encrypted_and_bound_to_its_user(door: Door, admin: Connection) -> None:
    app = door.app()
    secret = base64.b32decode(
        parse_qs(urlsplit(app.get_provisioning_uri("x", "y")).query)["secret"][0]
    )
    rows = in_tenant(door.pool, door.tenant, "SELECT secret FROM identity.totp", [])
    assert len(rows) == 1
    assert secret not in rows[0][0]
    key = door.vault.key_of_secrets(door.tenant)
    about = keys.about_secret(door.tenant, door.user)
    assert keys.decrypt(key, rows[0][0], about) == secret, "control"
    with pytest.raises(keys.Unreadable):
        keys.decrypt(key, rows[0][0], keys.about_secret(door.tenant, uuid4()))


def test_a_factor_that_was_not_confirmed_is_not_asked_for(door: Door) -> None:
    factor = Factor(door.vault, door.tenant, door.user, time.time())
    with transaction_of(door.pool, door.tenant) as connection:
        factor.begin(connection)
    assert door.attempt() == door.user
    with (
        pytest.raises(InvalidValue),
        transaction_of(door.pool, door.tenant) as connection,
    ):
        factor.confirm(connection, "000000")
    assert door.attempt() == door.user
    door.app()
    with pytest.raises(CodeNeeded):
        door.attempt()
    with transaction_of(door.pool, door.tenant) as connection:
        assert factor.forget(connection)
    assert door.attempt() == door.user
