"""API tokens: shown once, hashed, and refused for every reason alike."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from service.identity import OWNER, create_tenant, create_user
from service.permissions import Membership, Rights
from service.store.database import Pool, in_tenant
from service.store.vault import Vault
from service.tokens import (
    Identity,
    UnknownUser,
    authenticate,
    create_token,
    list_tokens,
    revoke_token,
)
from tests.service.disabling import disable_user


@pytest.fixture
def user(pool: Pool, vault: Vault, keyed_tenant: UUID) -> UUID:
    return create_user(pool, vault, keyed_tenant, "Jana Nováková", [OWNER])


def test_a_token_stands_for_its_user(pool: Pool, keyed_tenant: UUID, user: UUID) -> None:
    token = create_token(pool, keyed_tenant, user, "laptop", None)

    assert authenticate(pool, token) == Identity(keyed_tenant, user, Rights((Membership(OWNER),)))


def test_a_token_names_the_tenant_and_has_256_random_bits(
    pool: Pool, keyed_tenant: UUID, user: UUID
) -> None:
    tokens = {create_token(pool, keyed_tenant, user, "laptop", None) for _ in range(20)}

    assert len(tokens) == 20
    for token in tokens:
        assert re.fullmatch(rf"gl_{keyed_tenant.hex}_[A-Za-z0-9_-]{{43}}", token)


def test_only_the_hash_of_a_token_is_stored(pool: Pool, keyed_tenant: UUID, user: UUID) -> None:
    token = create_token(pool, keyed_tenant, user, "laptop", None)

    query = "SELECT token_sha256, t::text FROM identity.api_token AS t"
    ((hashed, row),) = in_tenant(pool, keyed_tenant, query, [])
    assert hashed == sha256(token.encode()).digest()
    secret = token.split("_", 2)[2]
    assert secret not in row
    assert secret.encode().hex() not in row


def test_tokens_that_were_never_made_are_refused(
    pool: Pool, keyed_tenant: UUID, user: UUID
) -> None:
    token = create_token(pool, keyed_tenant, user, "laptop", None)
    last = "A" if token[-1] != "A" else "B"

    for other in (
        "",
        "gl_",
        token[:-1],
        token[:-1] + last,
        token + "\n",
        " " + token,
        token.upper(),
        token.replace(keyed_tenant.hex, uuid4().hex),
        token.replace(keyed_tenant.hex, "é" * 32),
        token + "A" * 10_000,
        "gl_" + keyed_tenant.hex + "_" + "ž" * 43,
    ):
        assert authenticate(pool, other) is None
    assert authenticate(pool, token) is not None


def test_a_token_of_another_tenant_is_refused(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    user = create_user(pool, vault, keyed_tenant, "Jana Nováková", [OWNER])
    foreign = create_tenant(pool, vault)
    token = create_token(pool, keyed_tenant, user, "laptop", None)

    assert authenticate(pool, token.replace(keyed_tenant.hex, foreign.hex)) is None
    with pytest.raises(UnknownUser):
        create_token(pool, foreign, user, "laptop", None)


def test_an_expired_token_is_refused(pool: Pool, keyed_tenant: UUID, user: UUID) -> None:
    now = datetime.now(UTC)
    past = create_token(pool, keyed_tenant, user, "old", now - timedelta(seconds=1))
    future = create_token(pool, keyed_tenant, user, "new", now + timedelta(hours=1))

    assert authenticate(pool, past) is None
    assert authenticate(pool, future) is not None


def test_an_expiry_without_a_time_zone_is_refused(
    pool: Pool, keyed_tenant: UUID, user: UUID
) -> None:
    with pytest.raises(ValueError, match="time zone"):
        create_token(pool, keyed_tenant, user, "old", datetime(2030, 1, 1))  # noqa: DTZ001


def test_a_revoked_token_is_refused(pool: Pool, keyed_tenant: UUID, user: UUID) -> None:
    token, kept = (create_token(pool, keyed_tenant, user, name, None) for name in ("lost", "kept"))
    (lost,) = (one for one in list_tokens(pool, keyed_tenant) if one.name == "lost")

    assert revoke_token(pool, keyed_tenant, lost.token_id)
    assert not revoke_token(pool, keyed_tenant, lost.token_id)

    assert authenticate(pool, token) is None
    assert authenticate(pool, kept) is not None


def test_a_token_of_a_disabled_user_is_refused(pool: Pool, keyed_tenant: UUID, user: UUID) -> None:
    token = create_token(pool, keyed_tenant, user, "laptop", None)
    disable_user(pool, keyed_tenant, user)

    assert authenticate(pool, token) is None
    with pytest.raises(UnknownUser):
        create_token(pool, keyed_tenant, user, "laptop", None)


def test_use_is_noted_once_a_minute(pool: Pool, keyed_tenant: UUID, user: UUID) -> None:
    token = create_token(pool, keyed_tenant, user, "laptop", None)
    assert list_tokens(pool, keyed_tenant)[0].last_used_at is None

    authenticate(pool, token)
    first = list_tokens(pool, keyed_tenant)[0].last_used_at
    authenticate(pool, token)
    assert list_tokens(pool, keyed_tenant)[0].last_used_at == first is not None

    earlier = "UPDATE identity.api_token SET last_used_at = last_used_at - interval '61 seconds'"
    in_tenant(pool, keyed_tenant, earlier, [])
    authenticate(pool, token)
    used = list_tokens(pool, keyed_tenant)[0].last_used_at
    assert used is not None
    assert used > first


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_a_token_needs_a_name(pool: Pool, keyed_tenant: UUID, user: UUID, name: str) -> None:
    with pytest.raises(ValueError, match="1 to 100"):
        create_token(pool, keyed_tenant, user, name, None)
