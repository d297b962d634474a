"""What the vault refuses: changed rows, rows in a wrong place, wrong keys."""

from hashlib import sha256
from uuid import UUID

import pytest
from psycopg import Connection, errors

from service.identity import create_tenant
from service.store import keys
from service.store.database import Pool
from service.store.log import Beside
from service.store.vault import Sealed, Vault
from tests.sealed_persons import ACTOR, JANA, PURPOSE, read, sealed_person, store


def test_a_changed_ciphertext_is_refused(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    sealed = sealed_person(pool, vault, keyed_tenant, JANA)
    admin.execute(
        """UPDATE vault.sealed SET ciphertext = set_byte(ciphertext, 20,
            (get_byte(ciphertext, 20) + 1) %% 256) WHERE tenant_id = %s""",
        [keyed_tenant],
    )

    with pytest.raises(keys.Unreadable) as refused:
        read(vault, keyed_tenant, sealed)
    assert "Nov" not in str(refused.value)


def test_a_changed_ciphertext_under_its_own_hash_is_refused(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    sealed = sealed_person(pool, vault, keyed_tenant, JANA)
    row = admin.execute(
        """UPDATE vault.sealed SET ciphertext = set_byte(ciphertext, 20, 0) || '\\x00'::bytea
            WHERE tenant_id = %s RETURNING ciphertext""",
        [keyed_tenant],
    ).fetchone()
    assert row is not None
    changed = Sealed(sealed.person_id, sha256(row[0]).digest())
    admin.execute(
        "UPDATE vault.sealed SET sha256 = %s WHERE tenant_id = %s", [changed.sha256, keyed_tenant]
    )

    with pytest.raises(keys.Unreadable):
        read(vault, keyed_tenant, changed)


def test_a_row_put_in_another_persons_place_is_refused(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    jana = sealed_person(pool, vault, keyed_tenant, JANA)
    petr = sealed_person(pool, vault, keyed_tenant, {"first_name": "Petr"})
    move = "UPDATE vault.sealed SET person_id = %s WHERE tenant_id = %s AND sha256 = %s"
    admin.execute(move, [petr.person_id, keyed_tenant, jana.sha256])

    with pytest.raises(keys.Unreadable):
        read(vault, keyed_tenant, jana)

    admin.execute(move, [jana.person_id, keyed_tenant, jana.sha256])  # control: back in its place
    assert read(vault, keyed_tenant, jana) == [JANA]


def test_two_rows_of_one_person_cannot_be_exchanged(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    first = sealed_person(pool, vault, keyed_tenant, JANA)
    second, beside = vault.seal(keyed_tenant, first.person_id, {"sex": "POHZENY"}, new_person=False)
    store(pool, keyed_tenant, beside)
    admin.execute(
        """UPDATE vault.sealed AS s SET ciphertext = o.ciphertext FROM vault.sealed AS o
            WHERE s.tenant_id = %(tenant)s AND o.tenant_id = %(tenant)s AND o.sha256 <> s.sha256""",
        {"tenant": keyed_tenant},
    )

    for sealed in (first, second):
        with pytest.raises(keys.Unreadable):
            read(vault, keyed_tenant, sealed)


def test_a_row_and_its_key_copied_to_another_tenant_are_refused(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    sealed, foreign = sealed_person(pool, vault, keyed_tenant, JANA), create_tenant(pool, vault)
    admin.execute(
        "INSERT INTO vault.person_key SELECT %s, person_id, wrapped FROM vault.person_key"
        " WHERE tenant_id = %s",
        [foreign, keyed_tenant],
    )
    admin.execute(
        """INSERT INTO vault.sealed (tenant_id, sha256, person_id, ciphertext, sealed_at)
            SELECT %s, sha256, person_id, ciphertext, sealed_at FROM vault.sealed
            WHERE tenant_id = %s""",
        [foreign, keyed_tenant],
    )

    with pytest.raises(keys.Unreadable):
        read(vault, foreign, sealed)


def test_another_tenant_sees_nothing(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    sealed, foreign = sealed_person(pool, vault, keyed_tenant, JANA), create_tenant(pool, vault)

    assert vault.unseal(foreign, [sealed.sha256], actor=ACTOR, purpose=PURPOSE) == {}


def test_a_wrong_root_key_is_named_so(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    sealed = sealed_person(pool, vault, keyed_tenant, JANA)
    other = Vault(pool, keys.new_key())

    with pytest.raises(keys.KeyWrong, match="backup of the key file"):
        read(other, keyed_tenant, sealed)
    with pytest.raises(keys.KeyWrong):
        other.check(keyed_tenant)
    vault.check(keyed_tenant)


def test_an_erased_person_is_absent_and_the_others_are_read(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    jana = sealed_person(pool, vault, keyed_tenant, JANA)
    petr = sealed_person(pool, vault, keyed_tenant, {"first_name": "Petr"})
    admin.execute("DELETE FROM vault.sealed WHERE person_id = %s", [jana.person_id])
    admin.execute("DELETE FROM vault.person_key WHERE person_id = %s", [jana.person_id])

    found = vault.unseal(keyed_tenant, [jana.sha256, petr.sha256], actor=ACTOR, purpose=PURPOSE)

    assert found == {petr.sha256: {"first_name": "Petr"}}


def test_the_app_can_neither_change_nor_delete_sealed_rows(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    sealed_person(pool, vault, keyed_tenant, JANA)

    for statement in (
        "UPDATE vault.sealed SET ciphertext = ''",
        "DELETE FROM vault.sealed",
        "UPDATE vault.read_log SET persons = 0",
        "DELETE FROM vault.read_log",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            store(pool, keyed_tenant, [Beside(statement, [])])


def test_a_person_erased_while_being_sealed_gets_no_row(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    jana = sealed_person(pool, vault, keyed_tenant, JANA)
    _, beside = vault.seal(keyed_tenant, jana.person_id, JANA, new_person=False)
    admin.execute("DELETE FROM vault.sealed WHERE person_id = %s", [jana.person_id])
    admin.execute("DELETE FROM vault.person_key WHERE person_id = %s", [jana.person_id])

    store(pool, keyed_tenant, beside)

    rows = admin.execute("SELECT 1 FROM vault.sealed WHERE tenant_id = %s", [keyed_tenant])
    assert rows.fetchall() == []
