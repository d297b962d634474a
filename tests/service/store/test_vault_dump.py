"""No personal data in clear in any table."""

import json
from uuid import UUID

from psycopg import Connection

from domain.person import normalised
from service.store.database import Pool
from service.store.vault import Vault
from tests.sealed_persons import read, sealed_person, store


def tables_with(connection: Connection, words: list[str]) -> set[str]:
    """The tables in which a word occurs, in clear, in JSON's escapes, or in bytes."""
    needles = [word.encode().hex() for word in words]
    needles += [form for word in words for form in (word, json.dumps(word).strip('"'))]
    tables = connection.execute(
        """SELECT table_schema, table_name FROM information_schema.tables
            WHERE table_type = 'BASE TABLE' AND table_schema NOT LIKE 'pg%'
                AND table_schema <> 'information_schema'"""
    ).fetchall()
    return {
        f"{schema}.{table}"
        for schema, table in tables
        for (row,) in connection.execute(f'SELECT t::text FROM "{schema}"."{table}" AS t')
        if any(needle in row for needle in needles)
    }


def test_a_planted_name_is_in_no_table(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    planted = {"first_name": "Žofie", "last_name": "Pšeničková-Übelhör", "birth_date": "1901-02-03"}
    sealed = sealed_person(pool, vault, keyed_tenant, dict(planted))
    hmac = vault.hmac(keyed_tenant, "identity", *(normalised(word) for word in planted.values()))
    store(pool, keyed_tenant, [vault.remember("project-1", hmac, sealed, "P00001")])
    assert read(vault, keyed_tenant, sealed) == [planted]

    words = [form for word in planted.values() for form in (word, normalised(word))]
    assert tables_with(admin, words) == set()

    with admin.transaction(force_rollback=True):  # control: a row in clear is found
        admin.execute(
            "INSERT INTO vault.sealed (tenant_id, sha256, person_id, ciphertext, sealed_at)"
            " VALUES (%s, %s, %s, %s, now())",
            [keyed_tenant, b"1" * 32, sealed.person_id, "Pšeničková-Übelhör".encode()],
        )
        admin.execute("UPDATE vault.person_identity SET label = 'Žofie' WHERE hmac = %s", [hmac])
        assert tables_with(admin, words) == {"vault.sealed", "vault.person_identity"}
