"""Sealing and reading persons, on a real database as the app's role."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from psycopg import Connection, errors
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolClosed

from service.identity import create_tenant
from service.store.database import Pool, open_pool
from service.store.tenant_keys import Derived
from service.store.urls import Urls
from service.store.vault import REFUSED, ToSeal, UnknownPerson, Vault
from tests.sealed_persons import ACTOR, JANA, PURPOSE, read, reads_logged, sealed_person, store


def test_sealed_fields_are_read_back(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    sealed = sealed_person(pool, vault, keyed_tenant, JANA)

    assert read(vault, keyed_tenant, sealed) == [JANA]


def test_refused_none_and_not_asked_are_three_values(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    fields = {"refused": REFUSED, "none": "", "not_asked": None}

    assert read(vault, keyed_tenant, sealed_person(pool, vault, keyed_tenant, fields)) == [fields]


def test_a_row_is_addressed_by_the_hash_of_its_ciphertext(
    pool: Pool, vault: Vault, keyed_tenant: UUID, admin: Connection
) -> None:
    sealed = sealed_person(pool, vault, keyed_tenant, JANA)

    rows = admin.execute("SELECT ciphertext FROM vault.sealed WHERE tenant_id = %s", [keyed_tenant])
    ((ciphertext,),) = rows.fetchall()
    assert sha256(ciphertext).digest() == sealed.sha256


def test_the_same_fields_twice_give_other_bytes(vault: Vault, keyed_tenant: UUID) -> None:
    first, _ = vault.seal(keyed_tenant, uuid4(), JANA, new_person=True)
    second, _ = vault.seal(keyed_tenant, uuid4(), JANA, new_person=True)

    assert first.sha256 != second.sha256


def test_a_correction_adds_a_row_and_keeps_the_first(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    first = sealed_person(pool, vault, keyed_tenant, JANA)
    married = JANA | {"last_name": "Dvořáková"}

    second, beside = vault.seal(keyed_tenant, first.person_id, married, new_person=False)
    store(pool, keyed_tenant, beside)

    assert read(vault, keyed_tenant, first, second) == [JANA, married]


def test_many_persons_are_sealed_by_two_statements(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    persons = [
        ToSeal(uuid4(), JANA | {"first_name": f"Jana {number}"}, new_person=True)
        for number in range(500)
    ]
    persons += [ToSeal(persons[0].person_id, {"sex": "POHZENY"}, new_person=False)]

    sealed, beside = vault.seal_all(keyed_tenant, persons)
    assert len(beside) == 2
    store(pool, keyed_tenant, beside)

    assert read(vault, keyed_tenant, *sealed) == [dict(person.fields) for person in persons]
    assert reads_logged(pool, keyed_tenant) == [(ACTOR, PURPOSE, 500)]


def test_new_persons_are_sealed_without_a_query(urls: Urls, root_key: bytes) -> None:
    with open_pool(urls.app, 1) as own:
        vault = Vault(own, root_key)
        keyed_tenant = create_tenant(own, vault)
        vault.check(keyed_tenant)
    assert own.closed

    sealed, _ = vault.seal_all(keyed_tenant, [ToSeal(uuid4(), JANA, new_person=True)] * 3)
    assert len(sealed) == 3

    with pytest.raises(PoolClosed):  # control: a known person's key is a query
        vault.seal(keyed_tenant, uuid4(), JANA, new_person=False)


def test_threads_share_a_vault(pool: Pool, root_key: bytes, vault: Vault) -> None:
    tenants = [create_tenant(pool, vault) for _ in range(4)]
    sealed = [sealed_person(pool, vault, tenant, JANA) for tenant in tenants]
    hmacs = [vault.hmac(tenant, "row") for tenant in tenants]
    cold = Vault(pool, root_key)

    def use(number: int) -> tuple[bytes, list[dict[str, str | None]]]:
        tenant = tenants[number % 4]
        return cold.hmac(tenant, "row"), read(cold, tenant, sealed[number % 4])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(use, range(80)))

    assert answers == [(hmacs[number % 4], [JANA]) for number in range(80)]


def test_neither_persons_nor_keys_show_in_a_traceback(root_key: bytes) -> None:
    shown = repr(ToSeal(uuid4(), JANA, new_person=True)) + repr(
        Derived(root_key, root_key, root_key)
    )

    assert "Nov" not in shown
    assert repr(root_key) not in shown


def test_a_person_without_a_key_cannot_be_sealed_as_known(vault: Vault, keyed_tenant: UUID) -> None:
    with pytest.raises(UnknownPerson):
        vault.seal(keyed_tenant, uuid4(), JANA, new_person=False)


def test_a_person_sealed_as_new_twice_is_refused(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    first = sealed_person(pool, vault, keyed_tenant, JANA)
    _, beside = vault.seal(keyed_tenant, first.person_id, JANA, new_person=True)

    with pytest.raises(errors.UniqueViolation):
        store(pool, keyed_tenant, beside)
    assert read(vault, keyed_tenant, first) == [JANA]


def test_a_read_is_logged_once_without_values(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    jana = sealed_person(pool, vault, keyed_tenant, JANA)
    petr = sealed_person(pool, vault, keyed_tenant, {"first_name": "Petr"})
    assert reads_logged(pool, keyed_tenant) == []

    read(vault, keyed_tenant, jana, petr)

    assert reads_logged(pool, keyed_tenant) == [(ACTOR, PURPOSE, 2)]


def test_a_read_that_cannot_be_logged_returns_nothing(
    pool: Pool, root_key: bytes, vault: Vault, keyed_tenant: UUID, admin: Connection, urls: Urls
) -> None:
    sealed = sealed_person(pool, vault, keyed_tenant, JANA)
    impatient = make_conninfo(urls.app, options="-c lock_timeout=100ms")

    with open_pool(impatient, 1) as own:
        other = Vault(own, root_key)
        assert read(other, keyed_tenant, sealed) == [JANA]
        with admin.transaction(force_rollback=True):
            admin.execute("LOCK TABLE vault.read_log IN EXCLUSIVE MODE")  # reads pass, writes wait
            with pytest.raises(errors.LockNotAvailable):
                read(other, keyed_tenant, sealed)

    assert len(reads_logged(pool, keyed_tenant)) == 1


@pytest.mark.parametrize(("actor", "purpose"), [("", PURPOSE), (ACTOR, ""), (ACTOR, "  ")])
def test_a_read_needs_an_actor_and_a_purpose(
    vault: Vault, keyed_tenant: UUID, actor: str, purpose: str
) -> None:
    with pytest.raises(ValueError, match="purpose"):
        vault.unseal(keyed_tenant, [b"0" * 32], actor=actor, purpose=purpose)


def test_reading_nothing_logs_nothing(pool: Pool, vault: Vault, keyed_tenant: UUID) -> None:
    assert vault.unseal(keyed_tenant, [], actor=ACTOR, purpose=PURPOSE) == {}
    assert reads_logged(pool, keyed_tenant) == []


def test_errors_of_unfit_fields_do_not_quote_them(vault: Vault, keyed_tenant: UUID) -> None:
    with pytest.raises(ValueError, match="Unicode") as refused:
        vault.seal(keyed_tenant, uuid4(), {"name": "Jana \ud800"}, new_person=True)

    assert "Jana" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
