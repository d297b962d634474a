"""Sealing a made-up person and reading her back, for tests."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from service.store.database import Pool, act_for
from service.store.log import Beside
from service.store.vault import Sealed, Vault

JANA = {"first_name": "Jana", "last_name": "Nováková", "birth_date": "1986-12-13"}
ACTOR, PURPOSE = "system:test", "test of the vault"


def store(pool: Pool, tenant: UUID, statements: Iterable[Beside]) -> None:
    with pool.connection() as connection, connection.transaction():
        act_for(connection, tenant)
        for statement in statements:
            connection.execute(statement.sql.encode(), statement.values)


def sealed_person(pool: Pool, vault: Vault, tenant: UUID, fields: dict[str, str | None]) -> Sealed:
    sealed, beside = vault.seal(tenant, uuid4(), fields, new_person=True)
    store(pool, tenant, beside)
    return sealed


def read(vault: Vault, tenant: UUID, *sealed: Sealed) -> list[dict[str, str | None]]:
    hashes = [row.sha256 for row in sealed]
    found = vault.unseal(tenant, hashes, actor=ACTOR, purpose=PURPOSE)
    return [found[address] for address in hashes]


def reads_logged(pool: Pool, tenant: UUID) -> list[tuple[str, str, int]]:
    with pool.connection() as connection, connection.transaction():
        act_for(connection, tenant)
        return connection.execute(
            "SELECT actor, purpose, persons FROM vault.read_log ORDER BY at"
        ).fetchall()
