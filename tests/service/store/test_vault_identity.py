"""Who is who: HMACs, normalised names, the table of known persons."""

from uuid import UUID, uuid4

import pytest
from psycopg import errors

from domain.person import normalised
from service.identity import create_tenant
from service.store import keys
from service.store.database import Pool, in_tenant
from service.store.log import BesideConflict, Command, Ledger
from service.store.vault import Vault
from tests.sealed_persons import JANA, sealed_person, store


def test_an_hmac_depends_on_every_part_and_the_tenant(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    foreign = create_tenant(pool, vault)
    different = {
        vault.hmac(keyed_tenant, "row", "ab", "c"),
        vault.hmac(keyed_tenant, "row", "a", "bc"),
        vault.hmac(keyed_tenant, "identity", "ab", "c"),
        vault.hmac(keyed_tenant, "row", "ab", "c", ""),
        vault.hmac(keyed_tenant, "row", "žluťoučký"),
        vault.hmac(foreign, "row", "ab", "c"),
    }

    assert len(different) == 6
    assert vault.hmac(keyed_tenant, "row", "ab", "c") == vault.hmac(keyed_tenant, "row", "ab", "c")


def test_an_hmac_is_the_same_after_a_restart(pool: Pool) -> None:
    root_key = keys.new_key()
    vault = Vault(pool, root_key)
    tenant = create_tenant(pool, vault)

    assert Vault(pool, root_key).hmac(tenant, "row") == vault.hmac(tenant, "row")


def test_who_is_remembered_is_found_with_the_label(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    jana = sealed_person(pool, vault, keyed_tenant, JANA)
    hmac, stranger = (
        vault.hmac(keyed_tenant, "identity", "jana"),
        vault.hmac(keyed_tenant, "identity", "petr"),
    )
    store(pool, keyed_tenant, [vault.remember("project-1", hmac, jana, "P00001")])

    found = vault.find(keyed_tenant, "project-1", [hmac, stranger])

    assert found.keys() == {hmac}
    assert found[hmac].person_id == jana.person_id
    assert found[hmac].sealed == jana
    assert found[hmac].label == "P00001"
    assert vault.find(keyed_tenant, "staff", [hmac]) == {}


def test_the_second_of_a_name_in_a_scope_is_refused(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    hmac = vault.hmac(keyed_tenant, "identity", "jana")
    for scope in ("project-1", "project-2"):
        person = sealed_person(pool, vault, keyed_tenant, JANA)
        store(pool, keyed_tenant, [vault.remember(scope, hmac, person, "P00001")])

    person = sealed_person(pool, vault, keyed_tenant, JANA)
    with pytest.raises(errors.UniqueViolation) as refused:
        store(pool, keyed_tenant, [vault.remember("project-1", hmac, person, "P00002")])
    assert refused.value.diag.constraint_name == "person_identity_pkey"


def test_an_append_names_the_reason_when_a_person_is_known_already(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    ledger, hmac = Ledger(pool, keyed_tenant), vault.hmac(keyed_tenant, "identity", "jana")

    def remember(label: str) -> None:
        sealed, beside = vault.seal(keyed_tenant, uuid4(), JANA, new_person=True)
        statements = [*beside, vault.remember("project-1", hmac, sealed, label)]
        ledger.append([(Command("system:test", uuid4()), [])], statements)

    remember("P00001")
    with pytest.raises(BesideConflict) as refused:
        remember("P00002")

    assert refused.value.constraint == "person_identity_pkey"
    assert vault.find(keyed_tenant, "project-1", [hmac])[hmac].label == "P00001"
    query = "SELECT count(*) FROM vault.sealed"
    assert in_tenant(pool, keyed_tenant, query, []) == [(1,)]  # the second left nothing behind


def test_a_corrected_name_finds_the_person_and_the_old_one_nobody(
    pool: Pool, vault: Vault, keyed_tenant: UUID
) -> None:
    first = sealed_person(pool, vault, keyed_tenant, JANA)
    old, new = (
        vault.hmac(keyed_tenant, "identity", "nováková"),
        vault.hmac(keyed_tenant, "identity", "dvořáková"),
    )
    store(pool, keyed_tenant, [vault.remember("project-1", old, first, "P00001")])

    second, beside = vault.seal(keyed_tenant, first.person_id, JANA, new_person=False)
    store(pool, keyed_tenant, [*beside, vault.reidentify("project-1", old, new, second)])

    found = vault.find(keyed_tenant, "project-1", [old, new])
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
