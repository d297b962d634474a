"""What a command wants stored beside its events: in the same transaction, or not at all."""

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from service.store.database import Pool, in_tenant
from service.store.log import Beside, BesideConflict, Ledger, UnknownTenant, VersionConflict
from tests.logs import by, noted

ROLE = "INSERT INTO identity.membership (tenant_id, user_id, role) VALUES (%s, %s, %s)"


def roles(pool: Pool, tenant: UUID) -> list[str]:
    rows = in_tenant(pool, tenant, "SELECT role FROM identity.membership", [])
    return sorted(role for (role,) in rows)


def test_what_is_beside_is_stored_with_the_events(ledger: Ledger, pool: Pool) -> None:
    user = uuid4()
    beside = [Beside(ROLE, [ledger.tenant, user, role]) for role in ("owner", "finance")]

    assert ledger.append([(by(), [noted(uuid4(), 1)])], beside) == [[1]]
    assert roles(pool, ledger.tenant) == ["finance", "owner"]
    assert ledger.append([], [Beside(ROLE, [ledger.tenant, user, "reader"])]) == []
    assert roles(pool, ledger.tenant) == ["finance", "owner", "reader"]


def test_what_is_beside_is_lost_with_refused_events(ledger: Ledger, pool: Pool) -> None:
    stream, command = uuid4(), by()
    ledger.append([(command, [noted(stream, 1)])])
    beside = [Beside(ROLE, [ledger.tenant, uuid4(), "owner"])]

    for envelopes in ([noted(stream, 1)], [noted(stream, 7)]):
        with pytest.raises(VersionConflict):
            ledger.append([(by(), envelopes)], beside)
    assert ledger.append([(command, [noted(stream, 2)])], beside) == [[1]], "the first answer"
    assert roles(pool, ledger.tenant) == []
    assert ledger.head() == 1


def test_a_unique_key_broken_beside_is_named_and_loses_the_events(
    ledger: Ledger, pool: Pool
) -> None:
    role = Beside(ROLE, [ledger.tenant, uuid4(), "owner"])
    command = by()
    ledger.append([(command, [noted(uuid4(), 1)])], [role])

    with pytest.raises(BesideConflict) as refused:
        ledger.append([(by(), [noted(uuid4(), 1)])], [role])
    assert refused.value.constraint == "membership_held"
    with pytest.raises(BesideConflict, match="membership_held"):
        ledger.append([], [role])
    assert ledger.append([(command, [noted(uuid4(), 1)])], [role]) == [[1]], "the first answer"
    assert ledger.head() == 1


def test_an_error_of_ours_between_the_statements_commits_nothing(
    ledger: Ledger, pool: Pool
) -> None:
    good = Beside(ROLE, [ledger.tenant, uuid4(), "owner"])

    for bad, error in (
        (Beside("SELECT %s", []), psycopg.ProgrammingError),  # refused before it is sent
        (Beside("SELECT 1 / 0", []), errors.DivisionByZero),
        (Beside("UPDATE ledger.event SET actor = 'x'", []), errors.InsufficientPrivilege),
        (
            Beside("INSERT INTO vault.tenant_key VALUES (%s, NULL)", [ledger.tenant]),
            errors.NotNullViolation,
        ),
    ):
        with pytest.raises(error):
            ledger.append([(by(), [noted(uuid4(), 1)])], [good, bad])

    assert roles(pool, ledger.tenant) == []
    assert ledger.head() == 0
    assert ledger.append([(by(), [noted(uuid4(), 1)])], [good]) == [[1]]


def test_nothing_is_stored_beside_the_events_of_an_unknown_tenant(pool: Pool) -> None:
    nowhere = Ledger(pool, uuid4())

    with pytest.raises(UnknownTenant):
        nowhere.append(
            [(by(), [noted(uuid4(), 1)])], [Beside(ROLE, [nowhere.tenant, uuid4(), "owner"])]
        )
    assert roles(pool, nowhere.tenant) == []
