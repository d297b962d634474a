"""Sealing and reading persons, on a real database as the app's role."""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection, errors
from psycopg.conninfo import make_conninfo
from service.store.log import Beside

from service.identity import create_tenant
from service.store import keys
from service.store.database import Pool, act_for, open_pool
from service.store.urls import Urls
from service.store.vault import REFUSED, Sealed, ToSeal, UnknownPerson, Vault, normalised

JANA = {"first_name": "Jana", "last_name": "Nováková", "birth_date": "1986-12-13"}
ACTOR, PURPOSE = "system:test", "test of the vault"


@pytest.fixture
def root_key() -> bytes:
    return keys.new_key()


@pytest.fixture
def vault(pool: Pool, root_key: bytes) -> Vault:
    return Vault(pool, root_key)


@pytest.fixture
def home(pool: Pool, vault: Vault) -> UUID:
    """A tenant whose key the vault's root key opens."""
    return create_tenant(pool, vault)


@pytest.fixture
def admin(urls: Urls) -> Iterator[Connection]:
    """Past row-level security: what somebody with the database's files could do."""
    assert urls.admin is not None
    with psycopg.connect(urls.admin, autocommit=True) as connection:
        yield connection


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


def test_sealed_fields_are_read_back(pool: Pool, vault: Vault, home: UUID) -> None:
    sealed = sealed_person(pool, vault, home, JANA)

    assert read(vault, home, sealed) == [JANA]


def test_refused_none_and_not_asked_are_three_values(pool: Pool, vault: Vault, home: UUID) -> None:
    fields = {"refused": REFUSED, "none": "", "not_asked": None}

    assert read(vault, home, sealed_person(pool, vault, home, fields)) == [fields]


def test_a_row_is_addressed_by_the_hash_of_its_ciphertext(
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    sealed = sealed_person(pool, vault, home, JANA)

    rows = admin.execute("SELECT ciphertext FROM vault.sealed WHERE tenant_id = %s", [home])
    ((ciphertext,),) = rows.fetchall()
    assert sha256(ciphertext).digest() == sealed.sha256


def test_the_same_fields_twice_give_other_bytes(vault: Vault, home: UUID) -> None:
    first, _ = vault.seal(home, uuid4(), JANA, new_person=True)
    second, _ = vault.seal(home, uuid4(), JANA, new_person=True)

    assert first.sha256 != second.sha256


def test_a_correction_adds_a_row_and_keeps_the_first(pool: Pool, vault: Vault, home: UUID) -> None:
    first = sealed_person(pool, vault, home, JANA)
    married = JANA | {"last_name": "Dvořáková"}

    second, beside = vault.seal(home, first.person_id, married, new_person=False)
    store(pool, home, beside)

    assert read(vault, home, first, second) == [JANA, married]


def test_many_persons_are_sealed_by_two_statements(pool: Pool, vault: Vault, home: UUID) -> None:
    persons = [
        ToSeal(uuid4(), JANA | {"first_name": f"Jana {number}"}, new_person=True)
        for number in range(500)
    ]
    persons += [ToSeal(persons[0].person_id, {"sex": "POHZENY"}, new_person=False)]

    sealed, beside = vault.seal_all(home, persons)
    assert len(beside) == 2
    store(pool, home, beside)

    assert read(vault, home, *sealed) == [dict(person.fields) for person in persons]
    assert reads_logged(pool, home) == [(ACTOR, PURPOSE, 500)]


def test_a_person_without_a_key_cannot_be_sealed_as_known(vault: Vault, home: UUID) -> None:
    with pytest.raises(UnknownPerson):
        vault.seal(home, uuid4(), JANA, new_person=False)


def test_a_person_sealed_as_new_twice_is_refused(pool: Pool, vault: Vault, home: UUID) -> None:
    first = sealed_person(pool, vault, home, JANA)
    _, beside = vault.seal(home, first.person_id, JANA, new_person=True)

    with pytest.raises(errors.UniqueViolation):
        store(pool, home, beside)
    assert read(vault, home, first) == [JANA]


def test_a_changed_ciphertext_is_refused(
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    sealed = sealed_person(pool, vault, home, JANA)
    admin.execute(
        """UPDATE vault.sealed SET ciphertext = set_byte(ciphertext, 20,
            (get_byte(ciphertext, 20) + 1) %% 256) WHERE tenant_id = %s""",
        [home],
    )

    with pytest.raises(keys.Unreadable) as refused:
        read(vault, home, sealed)
    assert "Nov" not in str(refused.value)


def test_a_changed_ciphertext_under_its_own_hash_is_refused(
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    sealed = sealed_person(pool, vault, home, JANA)
    row = admin.execute(
        """UPDATE vault.sealed SET ciphertext = set_byte(ciphertext, 20, 0) || '\\x00'::bytea
            WHERE tenant_id = %s RETURNING ciphertext""",
        [home],
    ).fetchone()
    assert row is not None
    changed = Sealed(sealed.person_id, sha256(row[0]).digest())
    admin.execute(
        "UPDATE vault.sealed SET sha256 = %s WHERE tenant_id = %s", [changed.sha256, home]
    )

    with pytest.raises(keys.Unreadable):
        read(vault, home, changed)


def test_a_row_put_in_another_persons_place_is_refused(
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    jana = sealed_person(pool, vault, home, JANA)
    petr = sealed_person(pool, vault, home, {"first_name": "Petr"})
    move = "UPDATE vault.sealed SET person_id = %s WHERE tenant_id = %s AND sha256 = %s"
    admin.execute(move, [petr.person_id, home, jana.sha256])

    with pytest.raises(keys.Unreadable):
        read(vault, home, jana)

    admin.execute(move, [jana.person_id, home, jana.sha256])  # control: back in its place
    assert read(vault, home, jana) == [JANA]


def test_two_rows_of_one_person_cannot_be_exchanged(
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    first = sealed_person(pool, vault, home, JANA)
    second, beside = vault.seal(home, first.person_id, {"sex": "POHZENY"}, new_person=False)
    store(pool, home, beside)
    admin.execute(
        """UPDATE vault.sealed AS s SET ciphertext = o.ciphertext FROM vault.sealed AS o
            WHERE s.tenant_id = %(home)s AND o.tenant_id = %(home)s AND o.sha256 <> s.sha256""",
        {"home": home},
    )

    for sealed in (first, second):
        with pytest.raises(keys.Unreadable):
            read(vault, home, sealed)


def test_a_row_and_its_key_copied_to_another_tenant_are_refused(
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    sealed, foreign = sealed_person(pool, vault, home, JANA), create_tenant(pool, vault)
    admin.execute(
        "INSERT INTO vault.person_key SELECT %s, person_id, wrapped FROM vault.person_key"
        " WHERE tenant_id = %s",
        [foreign, home],
    )
    admin.execute(
        """INSERT INTO vault.sealed (tenant_id, sha256, person_id, ciphertext, sealed_at)
            SELECT %s, sha256, person_id, ciphertext, sealed_at FROM vault.sealed
            WHERE tenant_id = %s""",
        [foreign, home],
    )

    with pytest.raises(keys.Unreadable):
        read(vault, foreign, sealed)


def test_another_tenant_sees_nothing(pool: Pool, vault: Vault, home: UUID) -> None:
    sealed, foreign = sealed_person(pool, vault, home, JANA), create_tenant(pool, vault)

    assert vault.unseal(foreign, [sealed.sha256], actor=ACTOR, purpose=PURPOSE) == {}


def test_a_wrong_root_key_is_named_so(pool: Pool, vault: Vault, home: UUID) -> None:
    sealed = sealed_person(pool, vault, home, JANA)
    other = Vault(pool, keys.new_key())

    with pytest.raises(keys.KeyWrong, match="backup of the key file"):
        read(other, home, sealed)
    with pytest.raises(keys.KeyWrong):
        other.check(home)
    vault.check(home)


def test_a_read_is_logged_once_without_values(pool: Pool, vault: Vault, home: UUID) -> None:
    jana = sealed_person(pool, vault, home, JANA)
    petr = sealed_person(pool, vault, home, {"first_name": "Petr"})
    assert reads_logged(pool, home) == []

    read(vault, home, jana, petr)

    assert reads_logged(pool, home) == [(ACTOR, PURPOSE, 2)]


def test_a_read_that_cannot_be_logged_returns_nothing(
    pool: Pool, root_key: bytes, vault: Vault, home: UUID, admin: Connection, urls: Urls
) -> None:
    sealed = sealed_person(pool, vault, home, JANA)
    impatient = make_conninfo(urls.app, options="-c lock_timeout=100ms")

    with open_pool(impatient, 1) as own:
        other = Vault(own, root_key)
        assert read(other, home, sealed) == [JANA]
        with admin.transaction(force_rollback=True):
            admin.execute("LOCK TABLE vault.read_log IN EXCLUSIVE MODE")  # reads pass, writes wait
            with pytest.raises(errors.LockNotAvailable):
                read(other, home, sealed)

    assert len(reads_logged(pool, home)) == 1


@pytest.mark.parametrize(("actor", "purpose"), [("", PURPOSE), (ACTOR, ""), (ACTOR, "  ")])
def test_a_read_needs_an_actor_and_a_purpose(
    vault: Vault, home: UUID, actor: str, purpose: str
) -> None:
    with pytest.raises(ValueError, match="purpose"):
        vault.unseal(home, [b"0" * 32], actor=actor, purpose=purpose)


def test_reading_nothing_logs_nothing(pool: Pool, vault: Vault, home: UUID) -> None:
    assert vault.unseal(home, [], actor=ACTOR, purpose=PURPOSE) == {}
    assert reads_logged(pool, home) == []


def test_an_erased_person_is_absent_and_the_others_are_read(
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    jana = sealed_person(pool, vault, home, JANA)
    petr = sealed_person(pool, vault, home, {"first_name": "Petr"})
    admin.execute("DELETE FROM vault.sealed WHERE person_id = %s", [jana.person_id])
    admin.execute("DELETE FROM vault.person_key WHERE person_id = %s", [jana.person_id])

    found = vault.unseal(home, [jana.sha256, petr.sha256], actor=ACTOR, purpose=PURPOSE)

    assert found == {petr.sha256: {"first_name": "Petr"}}


def test_errors_of_unfit_fields_do_not_quote_them(vault: Vault, home: UUID) -> None:
    with pytest.raises(ValueError, match="Unicode") as refused:
        vault.seal(home, uuid4(), {"name": "Jana \ud800"}, new_person=True)

    assert "Jana" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_the_app_can_neither_change_nor_delete_sealed_rows(
    pool: Pool, vault: Vault, home: UUID
) -> None:
    sealed_person(pool, vault, home, JANA)

    for statement in (
        "UPDATE vault.sealed SET ciphertext = ''",
        "DELETE FROM vault.sealed",
        "UPDATE vault.read_log SET persons = 0",
        "DELETE FROM vault.read_log",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            store(pool, home, [Beside(statement, [])])


def test_an_hmac_depends_on_every_part_and_the_tenant(pool: Pool, vault: Vault, home: UUID) -> None:
    foreign = create_tenant(pool, vault)
    different = {
        vault.hmac(home, "row", "ab", "c"),
        vault.hmac(home, "row", "a", "bc"),
        vault.hmac(home, "identity", "ab", "c"),
        vault.hmac(home, "row", "ab", "c", ""),
        vault.hmac(home, "row", "žluťoučký"),
        vault.hmac(foreign, "row", "ab", "c"),
    }

    assert len(different) == 6
    assert vault.hmac(home, "row", "ab", "c") == vault.hmac(home, "row", "ab", "c")


def test_an_hmac_is_the_same_after_a_restart(pool: Pool) -> None:
    root_key = keys.new_key()
    vault = Vault(pool, root_key)
    tenant = create_tenant(pool, vault)

    assert Vault(pool, root_key).hmac(tenant, "row") == vault.hmac(tenant, "row")


def test_who_is_remembered_is_found_with_the_label(pool: Pool, vault: Vault, home: UUID) -> None:
    jana = sealed_person(pool, vault, home, JANA)
    hmac, stranger = vault.hmac(home, "identity", "jana"), vault.hmac(home, "identity", "petr")
    store(pool, home, [vault.remember("project-1", hmac, jana, "P00001")])

    found = vault.find(home, "project-1", [hmac, stranger])

    assert found.keys() == {hmac}
    assert found[hmac].person_id == jana.person_id
    assert found[hmac].sealed == jana
    assert found[hmac].label == "P00001"
    assert vault.find(home, "staff", [hmac]) == {}


def test_the_second_of_a_name_in_a_scope_is_refused(pool: Pool, vault: Vault, home: UUID) -> None:
    hmac = vault.hmac(home, "identity", "jana")
    for scope in ("project-1", "project-2"):
        person = sealed_person(pool, vault, home, JANA)
        store(pool, home, [vault.remember(scope, hmac, person, "P00001")])

    person = sealed_person(pool, vault, home, JANA)
    with pytest.raises(errors.UniqueViolation) as refused:
        store(pool, home, [vault.remember("project-1", hmac, person, "P00002")])
    assert refused.value.diag.constraint_name == "person_identity_pkey"


def test_a_corrected_name_finds_the_person_and_the_old_one_nobody(
    pool: Pool, vault: Vault, home: UUID
) -> None:
    first = sealed_person(pool, vault, home, JANA)
    old, new = vault.hmac(home, "identity", "nováková"), vault.hmac(home, "identity", "dvořáková")
    store(pool, home, [vault.remember("project-1", old, first, "P00001")])

    second, beside = vault.seal(home, first.person_id, JANA, new_person=False)
    store(pool, home, [*beside, vault.reidentify("project-1", old, new, second)])

    found = vault.find(home, "project-1", [old, new])
    assert found.keys() == {new}
    assert found[new].sealed == second
    assert found[new].label == "P00001"


@pytest.mark.parametrize(
    "written", ["Jana Nováková", " JANA  NOVÁKOVÁ ", "jana\u00a0nova\u0301kova\u0301"]
)
def test_a_name_is_compared_without_case_spaces_and_encoding(written: str) -> None:
    assert normalised(written) == "jana nováková"


def test_diacritics_tell_two_names_apart() -> None:
    assert normalised("Jana Nováková") != normalised("Jana Novakova")


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
    pool: Pool, vault: Vault, home: UUID, admin: Connection
) -> None:
    planted = {"first_name": "Žofie", "last_name": "Pšeničková-Übelhör", "birth_date": "1901-02-03"}
    sealed = sealed_person(pool, vault, home, dict(planted))
    hmac = vault.hmac(home, "identity", *(normalised(word) for word in planted.values()))
    store(pool, home, [vault.remember("project-1", hmac, sealed, "P00001")])
    assert read(vault, home, sealed) == [planted]

    words = [form for word in planted.values() for form in (word, normalised(word))]
    assert tables_with(admin, words) == set()

    with admin.transaction(force_rollback=True):  # control: a row in clear is found
        admin.execute(
            "INSERT INTO vault.sealed (tenant_id, sha256, person_id, ciphertext, sealed_at)"
            " VALUES (%s, %s, %s, %s, now())",
            [home, b"1" * 32, sealed.person_id, "Pšeničková-Übelhör".encode()],
        )
        admin.execute("UPDATE vault.person_identity SET label = 'Žofie' WHERE hmac = %s", [hmac])
        assert tables_with(admin, words) == {"vault.sealed", "vault.person_identity"}
