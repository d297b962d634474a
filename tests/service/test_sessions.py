"""A session holds for its user and ends with whatever it rests on."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from service.identity import OWNER, create_tenant, create_user
from service.permissions import Membership, Rights
from service.sessions import begin_session, current_session, end_session
from service.store.database import Pool, in_tenant, transaction_of
from service.store.vault import Vault
from service.tokens import (
    Identity,
    TokenOrder,
    create_token,
    list_tokens,
    new_token,
    revoke_token,
)
from tests.service.disabling import disable_user


@pytest.fixture
def identity(pool: Pool, vault: Vault, keyed_tenant: UUID) -> Identity:
    user = create_user(pool, vault, keyed_tenant, "Jana Nováková", [OWNER])
    return Identity(keyed_tenant, user, Rights((Membership(OWNER),)))


@pytest.fixture
def token(pool: Pool, identity: Identity) -> str:
    return create_token(pool, identity.tenant, identity.user_id, "laptop", None)


@pytest.fixture
def cookie(pool: Pool, identity: Identity, token: str) -> str:
    return begin_session(pool, identity, token)


def later(pool: Pool, tenant: UUID, column: str, interval: str) -> None:
    """As if so much time had passed. The app's role may move only the last use."""
    query = f"UPDATE identity.session SET {column} = {column} - interval '{interval}'"
    in_tenant(pool, tenant, query, [])


def stored(pool: Pool, tenant: UUID) -> list[tuple[object, ...]]:
    return in_tenant(pool, tenant, "SELECT s::text FROM identity.session AS s", [])


def test_a_session_is_its_users_with_the_roles_of_now(
    pool: Pool, identity: Identity, cookie: str
) -> None:
    session = current_session(pool, cookie)
    assert session is not None
    assert session.identity == identity
    add = """INSERT INTO identity.membership (tenant_id, user_id, role)
        VALUES (%(tenant)s, %(user)s, 'finance')"""
    in_tenant(pool, identity.tenant, add, {"tenant": identity.tenant, "user": identity.user_id})
    again = current_session(pool, cookie)
    assert again is not None
    assert again.identity.rights.memberships == (Membership("finance"), Membership(OWNER))


def test_neither_cookie_nor_form_token_is_stored_or_shown(
    pool: Pool, identity: Identity, cookie: str
) -> None:
    session = current_session(pool, cookie)
    assert session is not None
    (row,) = stored(pool, identity.tenant)
    for secret in (cookie, cookie.rpartition("_")[2], session.form_token):
        assert secret not in str(row)
        assert secret not in repr(session)


def test_form_tokens_differ_by_session(pool: Pool, identity: Identity, cookie: str) -> None:
    first, second = (
        current_session(pool, one) for one in (cookie, begin_session(pool, identity, None))
    )
    assert first is not None
    assert second is not None
    assert first.form_token != second.form_token


def test_whatever_is_not_the_cookie_is_refused(
    pool: Pool, identity: Identity, cookie: str, token: str
) -> None:
    last = "A" if cookie[-1] != "A" else "B"
    for other in (
        "",
        "gs_",
        token,
        cookie[:-1],
        cookie[:-1] + last,
        cookie + "\n",
        cookie.upper(),
        cookie.replace(identity.tenant.hex, uuid4().hex),
        "gs_" + identity.tenant.hex + "_" + "ž" * 43,
    ):
        assert current_session(pool, other) is None
    assert current_session(pool, cookie) is not None


def test_a_session_of_another_tenant_is_refused(
    pool: Pool, vault: Vault, identity: Identity, cookie: str
) -> None:
    foreign = create_tenant(pool, vault)
    assert current_session(pool, cookie.replace(identity.tenant.hex, foreign.hex)) is None


def revoke(pool: Pool, identity: Identity, cookie: str) -> None:
    (token,) = list_tokens(pool, identity.tenant)
    revoke_token(pool, identity.tenant, token.token_id)


def disable(pool: Pool, identity: Identity, cookie: str) -> None:
    disable_user(pool, identity.tenant, identity.user_id)


def sign_out(pool: Pool, identity: Identity, cookie: str) -> None:
    end_session(pool, cookie)


def leave_unused(pool: Pool, identity: Identity, cookie: str) -> None:
    later(pool, identity.tenant, "last_used_at", "61 minutes")


ENDINGS = (revoke, disable, sign_out, leave_unused)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_ends(
    pool: Pool,
    identity: Identity,
    cookie: str,
    ending: Callable[[Pool, Identity, str], None],
) -> None:
    assert current_session(pool, cookie) is not None
    ending(pool, identity, cookie)
    assert current_session(pool, cookie) is None


def test_a_session_ends_at_the_latest_after_a_working_day(
    pool: Pool, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.sessions.LIFE_S_MAX", 0)
    assert current_session(pool, begin_session(pool, identity, None)) is None


def test_one_begun_without_a_token_does_not_end_with_one(
    pool: Pool, identity: Identity, token: str
) -> None:
    kept = begin_session(pool, identity, None)
    revoke(pool, identity, token)
    assert current_session(pool, kept) is not None


def test_use_keeps_a_session_and_is_noted_once_a_minute(
    pool: Pool, identity: Identity, cookie: str
) -> None:
    used = "SELECT last_used_at FROM identity.session"
    later(pool, identity.tenant, "last_used_at", "59 minutes")
    current_session(pool, cookie)
    (first,) = in_tenant(pool, identity.tenant, used, [])
    current_session(pool, cookie)
    assert in_tenant(pool, identity.tenant, used, []) == [first]
    later(pool, identity.tenant, "last_used_at", "59 minutes")
    assert current_session(pool, cookie) is not None


def test_who_begins_a_session_clears_away_those_that_have_ended(
    pool: Pool, identity: Identity, cookie: str
) -> None:
    later(pool, identity.tenant, "last_used_at", "61 minutes")
    begin_session(pool, identity, None)
    assert len(stored(pool, identity.tenant)) == 1


def test_a_session_may_no_more_than_the_token_that_began_it(pool: Pool, identity: Identity) -> None:
    order = TokenOrder(identity.user_id, "narrow", None, frozenset({"projects.read"}))
    with transaction_of(pool, identity.tenant) as connection:
        narrow = new_token(connection, identity.tenant, order, uuid4(), "system:test")
    session = current_session(pool, begin_session(pool, identity, narrow))
    assert session is not None
    assert session.identity.rights.in_organisation() == {"projects.read"}
    whole = current_session(pool, begin_session(pool, identity, None))
    assert whole is not None
    assert len(whole.identity.rights.in_organisation()) > 10, "control"
