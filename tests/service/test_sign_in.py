"""Signing in: one answer for whatever is wrong, and a wait that doubles."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from psycopg import Connection
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from domain.rejection import AlreadyRecorded, InvalidValue
from service.identity import create_tenant, create_user
from service.passwords import HASHER, LENGTH_MIN, check_password, matches, set_password
from service.permissions import Rights
from service.sessions import begin_session, current_session
from service.sign_in import (
    FREE_OF_ADDRESS,
    FREE_OF_LOGIN,
    WAIT_S_MAX,
    Attempt,
    SignInBlocked,
    SignInRefused,
    sign_in,
)
from service.store.database import Pool, in_tenant, transaction_of
from service.store.vault import Vault
from service.tokens import Identity
from tests.service.disabling import disable_user
from tests.service.doors import LOGIN, PASSWORD, Door, door_of


@pytest.fixture
def door(pool: Pool, vault: Vault, keyed_tenant: UUID) -> Door:
    return door_of(pool, vault, keyed_tenant)


def test_login_and_password_are_the_user(door: Door) -> None:
    assert door.attempt() == door.user
    assert door.attempt(login="  JANA@Example.org ") == door.user
    assert door.attempt(password="a long sentence with e\u030cs\u030cc\u030cr\u030cz\u030c") == (
        door.user
    ), "letters that a keyboard composes otherwise"


def test_only_the_argon2id_hash_and_no_login_is_stored(door: Door) -> None:
    ((stored, row),) = in_tenant(
        door.pool, door.tenant, "SELECT hash, p::text FROM identity.password AS p", []
    )
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert LOGIN not in row
    assert PASSWORD not in row
    assert matches(stored, PASSWORD)
    assert not matches(stored, PASSWORD + " ")


@pytest.mark.parametrize("secret", ["", "short", "x" * 201, "jana@example.org!", "\ud800"])
def test_a_password_that_will_not_do_is_refused(door: Door, secret: str) -> None:
    with (
        pytest.raises(InvalidValue),
        transaction_of(door.pool, door.tenant) as connection,
    ):
        set_password(connection, door.vault, door.tenant, door.user, LOGIN, secret)
    assert door.attempt() == door.user


def refused_passwords(given: Iterable[str]) -> list[str]:
    found: list[str] = []
    for password in given:
        try:
            check_password(LOGIN, password)
        except InvalidValue:
            found.append(password)
    return found


def test_common_passwords_and_what_is_made_of_them_are_refused() -> None:
    common = [one for one in FREQUENCY_LISTS["passwords"] if len(one) >= LENGTH_MIN]
    assert len(common) > 200
    made = ["password1234", "Heslo1234567", "grantledger2026!", "December2026!", "passwordpassword"]
    made += ["123456789012", "x" * 200, "sonyericsson", "1q2w3e4r5t6y", "janajanajana"]
    assert refused_passwords([*common, *made]) == [*common, *made]
    sentences = [PASSWORD, "another long one", "kolo strom voda zima", "9f8a-k2lp-77qz"]
    assert refused_passwords(sentences) == [], "control"


def test_a_new_password_ends_the_sessions_of_its_user_only(door: Door) -> None:
    other = create_user(door.pool, door.vault, door.tenant, "Petr Svoboda", [])
    mine, theirs = (
        begin_session(door.pool, Identity(door.tenant, user, Rights(())), None)
        for user in (door.user, other)
    )
    with transaction_of(door.pool, door.tenant) as connection:
        set_password(connection, door.vault, door.tenant, door.user, LOGIN, "another long one")
    assert current_session(door.pool, mine) is None
    assert current_session(door.pool, theirs) is not None, "control"
    with pytest.raises(SignInRefused):
        door.attempt()
    assert door.attempt(password="another long one") == door.user


def test_a_login_is_of_one_user_in_a_tenant(door: Door) -> None:
    other = create_user(door.pool, door.vault, door.tenant, "Petr Svoboda", [])
    with (
        pytest.raises(AlreadyRecorded),
        transaction_of(door.pool, door.tenant) as connection,
    ):
        set_password(connection, door.vault, door.tenant, other, LOGIN.upper(), PASSWORD)
    elsewhere = create_tenant(door.pool, door.vault)
    user = create_user(door.pool, door.vault, elsewhere, "Petr Svoboda", [])
    with transaction_of(door.pool, elsewhere) as connection:
        set_password(connection, door.vault, elsewhere, user, LOGIN, PASSWORD)
    assert door.attempt() == door.user


def test_whatever_is_wrong_is_refused_alike(door: Door) -> None:
    door.refused(1)
    door.refused(1, login="nobody@example.org")
    with pytest.raises(SignInRefused):
        door.attempt(login="nobody@example.org")
    with pytest.raises(SignInRefused):
        sign_in(
            door.pool,
            door.vault,
            create_tenant(door.pool, door.vault),
            Attempt(LOGIN, PASSWORD, None, "192.0.2.1", time.time()),
        )
    disable_user(door.pool, door.tenant, door.user)
    with pytest.raises(SignInRefused):
        door.attempt()


def test_nobody_takes_as_long_as_somebody(door: Door) -> None:
    """Both compute one hash; the database's part is the same too."""

    def seconds(login: str) -> float:
        began = time.perf_counter()
        door.refused(1, login=login, address=str(uuid4()))
        return time.perf_counter() - began

    known = min(seconds(LOGIN) for _ in range(4))
    unknown = min(seconds(f"nobody-{n}@example.org") for n in range(4))
    assert 0.4 < known / unknown < 2.5, "without the hash it would be a fifth"


def test_after_the_free_attempts_the_wait_doubles_up_to_its_longest(door: Door) -> None:
    door.refused(FREE_OF_LOGIN)
    waits = [door.planned()]
    for _ in range(11):
        door.later(waits[-1] + 1)
        door.refused(1)
        waits.append(door.planned())
    assert waits == [min(2**n, WAIT_S_MAX) for n in range(12)]


def test_while_it_waits_the_right_password_is_refused_too_and_then_forgets(door: Door) -> None:
    door.refused(FREE_OF_LOGIN)
    assert door.planned() == 1
    door.blocked()
    door.blocked(address="192.0.2.99")
    door.later(2)
    assert door.attempt() == door.user
    door.refused(FREE_OF_LOGIN - 1)
    assert door.attempt() == door.user, "the count began anew"


def test_the_wait_is_the_same_for_a_login_that_does_not_exist(door: Door) -> None:
    door.refused(FREE_OF_LOGIN, login="nobody@example.org")
    assert door.planned() == 1
    door.blocked(login="nobody@example.org")


def test_an_address_that_tries_many_logins_waits_too(door: Door) -> None:
    for number in range(FREE_OF_ADDRESS):
        with pytest.raises(SignInRefused):
            door.attempt(login=f"user-{number}@example.org")
    assert door.planned() == 1
    door.blocked(login="another@example.org")
    assert door.attempt(address="192.0.2.2") == door.user, "control: another address"


def test_a_success_does_not_wash_an_address_clean(door: Door) -> None:
    for number in range(FREE_OF_ADDRESS - 1):
        with pytest.raises(SignInRefused):
            door.attempt(login=f"user-{number}@example.org")
    assert door.attempt() == door.user
    with pytest.raises(SignInRefused):
        door.attempt(login="another@example.org")
    assert door.planned() == 1
    door.blocked()


def test_guesses_at_the_same_time_count_as_well(door: Door) -> None:
    def guess(_: int) -> str:
        try:
            door.attempt(password="not the password")
        except (SignInRefused, SignInBlocked) as error:
            return type(error).__name__
        return "in"

    door.refused(1)
    in_tenant(door.pool, door.tenant, "UPDATE identity.sign_in_limit SET failures = 10", [])
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(guess, range(16)))
    assert sorted(answers) == ["SignInBlocked"] * 15 + ["SignInRefused"]


def test_a_day_later_it_is_forgotten(door: Door) -> None:
    door.refused(FREE_OF_LOGIN)
    door.later(86_401)
    door.refused(FREE_OF_LOGIN - 1)
    assert door.attempt() == door.user


def test_the_limits_hold_no_login_and_no_address(door: Door) -> None:
    door.refused(1)
    rows = in_tenant(door.pool, door.tenant, "SELECT l::text FROM identity.sign_in_limit AS l", [])
    assert len(rows) == 2
    assert all("example" not in row and "192.0.2" not in row for (row,) in rows)


def test_a_weaker_hash_is_renewed_at_the_next_sign_in(door: Door, admin: Connection) -> None:
    weak = HASHER.__class__(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    admin.execute("UPDATE identity.password SET hash = %s WHERE user_id = %s", [weak, door.user])
    assert door.attempt() == door.user
    ((stored,),) = in_tenant(door.pool, door.tenant, "SELECT hash FROM identity.password", [])
    assert stored != weak
    assert not HASHER.check_needs_rehash(stored)
