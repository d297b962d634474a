"""Tenants, users and the login of the operating system."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from service.identity import (
    OWNER,
    Login,
    UserDisabled,
    create_tenant,
    create_user,
    ensure_login_user,
    ensure_tenant,
    open_vault,
    os_login,
    tenant_ids,
    user_names,
)
from service.store import keys
from service.store.database import Pool, act_for, in_tenant, open_pool
from service.store.vault import Vault
from tests.database import migrated_database
from tests.service.disabling import disable_user

JANA = Login("jnovakova", "Jana Nováková")


def names(pool: Pool, vault: Vault, tenant: UUID, *users: UUID) -> dict[UUID, str]:
    return user_names(pool, vault, tenant, users, actor="system:test", purpose="audit trail")


def count(pool: Pool, tenant: UUID, table: str) -> int:
    return in_tenant(pool, tenant, f"SELECT count(*) FROM {table}", [])[0][0]


def test_a_users_name_is_sealed_and_read_with_a_log(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    jana = create_user(pool, vault, keyed_tenant, "Jana Nováková", [OWNER])
    petr = create_user(pool, vault, keyed_tenant, "Petr Svoboda", [])

    assert names(pool, vault, keyed_tenant, jana, petr, uuid4()) == {
        jana: "Jana Nováková",
        petr: "Petr Svoboda",
    }
    assert in_tenant(pool, keyed_tenant, "SELECT purpose, persons FROM vault.read_log", []) == [
        ("audit trail", 2)
    ]


def test_names_of_nobody_are_no_read(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    assert names(pool, vault, keyed_tenant) == {}
    assert names(pool, vault, keyed_tenant, uuid4()) == {}
    assert count(pool, keyed_tenant, "vault.read_log") == 0


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_user_needs_a_name(pool: Pool, vault: Vault, keyed_tenant: UUID, name: str) -> None:
    with pytest.raises(ValueError, match="1 to 200"):
        create_user(pool, vault, keyed_tenant, name, [OWNER])
    assert count(pool, keyed_tenant, "identity.app_user") == 0


def test_the_first_command_of_a_login_makes_an_owner(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    user = ensure_login_user(pool, vault, keyed_tenant, JANA)

    assert names(pool, vault, keyed_tenant, user) == {user: "Jana Nováková"}
    assert in_tenant(pool, keyed_tenant, "SELECT user_id, role FROM identity.membership", []) == [
        (user, OWNER)
    ]


def test_a_login_twice_is_one_user(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    first = ensure_login_user(pool, vault, keyed_tenant, JANA)
    other = ensure_login_user(pool, vault, keyed_tenant, Login("psvoboda", "Petr Svoboda"))

    assert ensure_login_user(pool, vault, keyed_tenant, JANA) == first
    assert other != first


def test_a_login_by_eight_at_once_is_one_user(pool: Pool, vault: Vault) -> None:
    for _ in range(10):
        keyed_tenant = create_tenant(pool, vault)
        with ThreadPoolExecutor(8) as threads:
            made = list(
                threads.map(lambda t: ensure_login_user(pool, vault, t, JANA), [keyed_tenant] * 8)
            )

        assert len(set(made)) == 1
        for table in ("identity.app_user", "identity.os_login", "vault.sealed", "vault.person_key"):
            assert count(pool, keyed_tenant, table) == 1


def test_a_disabled_user_is_refused(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    user = ensure_login_user(pool, vault, keyed_tenant, JANA)

    assert disable_user(pool, keyed_tenant, user)
    assert not disable_user(pool, keyed_tenant, user)

    with pytest.raises(UserDisabled) as refused:
        ensure_login_user(pool, vault, keyed_tenant, JANA)
    assert "Nov" not in str(refused.value)


def test_neither_login_nor_name_is_stored_in_clear(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    ensure_login_user(pool, vault, keyed_tenant, JANA)

    stored = ""
    for table in ("identity.app_user", "identity.os_login", "identity.membership", "vault.sealed"):
        rows = in_tenant(pool, keyed_tenant, f"SELECT t::text FROM {table} AS t", [])
        assert rows
        stored += "".join(row for (row,) in rows)
    for word in (JANA.login, JANA.name):
        assert word not in stored
        assert word.encode().hex() not in stored


def test_this_process_has_a_login() -> None:
    login = os_login()

    assert login.login
    assert login.name


def test_a_tenant_is_listed_and_has_a_key(pool: Pool, vault: Vault) -> None:
    tenant = create_tenant(pool, vault)

    assert tenant in tenant_ids(pool)
    vault.check(tenant)


def test_a_tenant_sees_only_its_own_users(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    user = ensure_login_user(pool, vault, keyed_tenant, JANA)
    foreign = create_tenant(pool, vault)

    assert names(pool, vault, foreign, user) == {}
    assert not disable_user(pool, foreign, user)
    with pool.connection() as connection:
        with connection.transaction():
            act_for(connection, keyed_tenant)
        assert connection.execute("SELECT user_id FROM identity.app_user").fetchall() == []


def test_first_starts_at_once_make_one_tenant(server_url: tuple[str, dict[str, str]]) -> None:
    with migrated_database(*server_url) as urls, open_pool(urls.app, 8) as pool:
        vault = Vault(pool, keys.new_key())
        assert tenant_ids(pool) == []

        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda v: ensure_tenant(pool, v), [vault] * 8))

        assert len(set(made)) == 1
        assert tenant_ids(pool) == [made[0]] == [ensure_tenant(pool, vault)]

        create_tenant(pool, vault)
        assert ensure_tenant(pool, vault) is None
        assert len(tenant_ids(pool)) == 2


def test_the_root_key_is_made_at_the_first_start_only(
    server_url: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    key_file, backup = tmp_path / "key", tmp_path / "backup"
    with migrated_database(*server_url) as urls, open_pool(urls.app, 2) as pool:
        vault = open_vault(pool, key_file)
        tenant = ensure_tenant(pool, vault)
        assert tenant is not None
        open_vault(pool, key_file).check(tenant)

        key_file.rename(backup)
        with pytest.raises(keys.KeyMissing, match="backup of the key file"):
            open_vault(pool, key_file)
        assert not key_file.exists()

        key_file.write_text(keys.new_key().hex())
        with pytest.raises(keys.KeyWrong, match="backup of the key file"):
            open_vault(pool, key_file)

        open_vault(pool, backup).check(tenant)


def test_a_login_does_not_show_in_a_traceback() -> None:
    assert "Nov" not in repr(JANA)
    assert "nov" not in repr(JANA)
