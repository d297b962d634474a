"""Into a database of a server: of an older schema, by an administrator that is no superuser."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from service.backup.loading import verified
from service.backup.restoring import restore
from service.backup.tables import stored_tables
from service.backup.writing import NothingToBackUp, VaultSecret, write_backup
from service.identity import create_tenant
from service.settings import Settings
from service.store import keys
from service.store.database import current_revision, newest_revision, open_pool
from service.store.log import Ledger
from service.store.migrate import NotEmpty, downgrade, migrate
from service.store.urls import Urls
from service.store.vault import Vault
from tests.database import APP, PASSWORD, PROJECTOR, empty_database, migrated_database
from tests.logs import by, first_wrong, noted, stored_rows
from tests.sealed_persons import JANA, read, sealed_person

OWNER = "grantledger_owner"
PASSPHRASE = "several words in a row"
Server = tuple[str, dict[str, str]]
OWNERS = """SELECT n.nspname || '.' || c.relname, NOT c.relrowsecurity OR EXISTS (SELECT
        FROM pg_policy AS p
        WHERE p.polrelid = c.oid AND pg_get_expr(p.polqual, c.oid) = 'true'
            AND 'grantledger_owner'::regrole = ANY (p.polroles))
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname IN ('ledger', 'identity', 'vault')
        AND c.relname <> 'alembic_version'"""


def settings_of(admin: str, passwords: dict[str, str], home: Path) -> Settings:
    app, projector = (
        make_conninfo(admin, user=role, password=passwords[role]) for role in (APP, PROJECTOR)
    )
    return Settings(home, app, projector, admin, home / "key")


class Recorded:
    """Two tenants with events, one with a sealed person, in a database."""

    def __init__(self, urls: Urls, folder: Path) -> None:
        self.urls, self.key_file = urls, folder / "source-key"
        with open_pool(urls.app, 2) as pool:
            vault = Vault(pool, keys.load_root_key(self.key_file, create=True))
            self.tenants = [create_tenant(pool, vault) for _ in range(2)]
            for count, tenant in enumerate(self.tenants, 3):
                stream = uuid4()
                facts = [noted(stream, number) for number in range(1, count + 1)]
                Ledger(pool, tenant).append([(by(), facts)])
            self.person = sealed_person(pool, vault, self.tenants[0], dict(JANA))
            self.rows = {tenant: stored_rows(pool, tenant) for tenant in self.tenants}

    def backup(self, file: Path) -> Path:
        assert self.urls.admin is not None
        with file.open("wb") as target:
            write_backup(self.urls.admin, target, VaultSecret(self.key_file, PASSPHRASE))
        return file

    def check(self, settings: Settings) -> None:
        """All of it is in the other database, in the newest schema."""
        assert settings.database_url is not None
        with open_pool(settings.database_url, 2) as pool:
            with pool.connection() as connection:
                assert current_revision(connection) == newest_revision()
            for tenant, rows in self.rows.items():
                assert stored_rows(pool, tenant) == rows
                assert first_wrong(tenant, rows) is None
            vault = Vault(pool, keys.load_root_key(settings.key_file, create=False))
            assert read(vault, self.tenants[0], self.person) == [JANA]


def restored(settings: Settings, file: Path) -> bool:
    with file.open("rb") as opened:
        return restore(settings, opened, verified(opened), PASSPHRASE)


@pytest.mark.parametrize("revision", [pytest.param("0002", marks=pytest.mark.long), "0003", None])
def test_a_backup_of_an_older_schema_is_brought_to_the_newest(
    server_url: Server, tmp_path: Path, revision: str | None
) -> None:
    with migrated_database(*server_url) as urls, empty_database(server_url[0]) as empty:
        recorded = Recorded(urls, tmp_path)
        assert urls.admin is not None
        if revision:
            downgrade(urls.admin, revision)
        file = recorded.backup(tmp_path / "backup.tar")
        with file.open("rb") as opened:
            assert verified(opened).revision == (revision or newest_revision())
        settings = settings_of(empty, server_url[1], tmp_path)

        assert restored(settings, file)

        recorded.check(settings)
        assert not restored(settings, file), "a second time there is nothing to load"
        check_forced(empty)


def test_rows_older_than_a_rule_for_new_ones_come_back_and_the_rule_stays(
    server_url: Server, tmp_path: Path
) -> None:
    """A constraint that was added NOT VALID binds COPY as it binds every new row."""
    with migrated_database(*server_url) as urls, empty_database(server_url[0]) as empty:
        recorded = Recorded(urls, tmp_path)
        assert urls.admin is not None
        downgrade(urls.admin, "0005")
        member = [recorded.tenants[0], uuid4()]
        with psycopg.connect(urls.admin) as connection:
            connection.execute("INSERT INTO identity.membership VALUES (%s, %s, 'auditor')", member)
        migrate(urls.admin)
        settings = settings_of(empty, server_url[1], tmp_path)

        assert restored(settings, recorded.backup(tmp_path / "backup.tar"))

        with psycopg.connect(empty) as connection:
            roles = connection.execute("SELECT tenant_id, user_id, role FROM identity.membership")
            assert roles.fetchall() == [(*member, "auditor")]
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(
                    "INSERT INTO identity.membership (tenant_id, user_id, role)"
                    " VALUES (%s, %s, 'auditor')",
                    [uuid4(), uuid4()],
                )


def check_forced(admin: str) -> None:
    """Row-level security binds the owner again, where it did."""
    with psycopg.connect(admin) as connection:
        row = connection.execute(
            """SELECT count(*) FILTER (WHERE relforcerowsecurity <> relrowsecurity),
                count(*) FILTER (WHERE relforcerowsecurity) FROM pg_class
            WHERE relnamespace IN
                ('ledger'::regnamespace, 'identity'::regnamespace, 'vault'::regnamespace)"""
        ).fetchone()
    assert row is not None
    assert row[0] == 0
    assert row[1] > 10


def test_a_migrated_database_without_a_tenant_is_empty_and_one_with_a_tenant_is_not(
    server_url: Server, tmp_path: Path
) -> None:
    with migrated_database(*server_url) as urls, migrated_database(*server_url) as other:
        recorded = Recorded(urls, tmp_path)
        file = recorded.backup(tmp_path / "backup.tar")
        assert other.admin is not None
        settings = settings_of(other.admin, server_url[1], tmp_path)

        assert restored(settings, file)
        recorded.check(settings)

    with migrated_database(*server_url) as taken:
        assert taken.admin is not None
        settings = settings_of(taken.admin, server_url[1], tmp_path / "taken")
        with open_pool(taken.app, 1) as pool:
            tenant = create_tenant(pool, Vault(pool, keys.new_key()))
            with pytest.raises(NotEmpty, match="1 organisations, 0 events"):
                restored(settings, file)
            assert tenants(taken.admin) == [tenant]
        assert not settings.key_file.exists()


def tenants(admin: str) -> list[UUID]:
    with psycopg.connect(admin) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT tenant_id FROM ledger.tenant"
        ).fetchall()
    return [tenant for (tenant,) in rows]


def test_another_root_key_is_not_overwritten_and_nothing_is_restored(
    server_url: Server, tmp_path: Path
) -> None:
    with migrated_database(*server_url) as urls, empty_database(server_url[0]) as empty:
        file = Recorded(urls, tmp_path).backup(tmp_path / "backup.tar")
        settings = settings_of(empty, server_url[1], tmp_path)
        kept = keys.load_root_key(settings.key_file, create=True)

        with pytest.raises(keys.KeyWrong, match="another root key"):
            restored(settings, file)

        assert keys.load_root_key(settings.key_file, create=False) == kept
        with psycopg.connect(empty) as connection:
            assert current_revision(connection) is None


def test_a_root_key_that_opens_nothing_is_not_backed_up(server_url: Server, tmp_path: Path) -> None:
    with migrated_database(*server_url) as urls:
        recorded = Recorded(urls, tmp_path)
        recorded.key_file.write_text(keys.new_key().hex())

        with pytest.raises(keys.KeyWrong, match="would open nothing"):
            recorded.backup(tmp_path / "backup.tar")


def test_an_empty_database_is_not_backed_up(server_url: Server, tmp_path: Path) -> None:
    with empty_database(server_url[0]) as empty, (tmp_path / "x").open("wb") as file:
        for make in (lambda: None, lambda: migrate(empty)):
            make()
            with pytest.raises(NothingToBackUp):
                write_backup(empty, file, None)


@contextmanager
def ordinary_admin(url: str) -> Generator[str]:
    """An administrator as on a managed server: may make roles and databases, no superuser."""
    name = f"grantledger_test_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as superuser:
        superuser.execute(
            f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'".encode()
        )
        superuser.execute(f"GRANT {OWNER}, {PROJECTOR} TO {name}".encode())
        try:
            yield make_conninfo(url, user=name, password=PASSWORD)
        finally:
            superuser.execute(f"DROP ROLE {name}".encode())


@pytest.mark.usefixtures("urls")  # the roles exist
def test_an_administrator_that_is_no_superuser_backs_up_and_restores(
    server_url: Server, tmp_path: Path
) -> None:
    """Row-level security binds it; what it cannot see would be missing from the backup."""
    with ordinary_admin(server_url[0]) as admin, empty_database(admin) as own:
        migrate(own)
        logins = settings_of(own, server_url[1], tmp_path)
        assert logins.database_url is not None
        assert logins.projector_url is not None
        recorded = Recorded(Urls(logins.database_url, logins.projector_url, own), tmp_path)
        file = recorded.backup(tmp_path / "backup.tar")
        with empty_database(admin) as empty:
            settings = settings_of(empty, server_url[1], tmp_path)
            # Passwords of roles that others made are not his to set, so his URLs name none.
            without = replace(settings, database_url=None, projector_url=None)
            assert restored(without, file)
            recorded.check(settings)


def test_the_owner_sees_every_row_of_every_table_that_is_backed_up(admin: Connection) -> None:
    """A table without such a policy would be written as an empty one, without an error."""
    found = dict(admin.execute(OWNERS).fetchall())

    assert [name for name, open_to_owner in found.items() if not open_to_owner] == []
    assert {one.table.name for one in stored_tables(admin)} == found.keys()
