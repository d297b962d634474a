"""An event that cannot be folded: it stops its tenant there, tells no value, skips nothing."""

from collections.abc import Collection
from decimal import Decimal
from itertools import count
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from projections.position import in_tenant
from projections.rows import Rows
from projections.runner import ProjectionStopped, Runner
from projections.store import LostRow, write
from projections.verify import differences
from service.store.database import Pool
from service.store.log import Ledger
from service.store.urls import Urls
from tests.projections.items import DAY, Spent, items, record, spend, unseal
from tests.projections.running import another_tenant, status_of
from tests.projections.tables import stored_tables

_numbers = count(1)


def name() -> str:
    """Of a projection of this test alone."""
    return f"stops{next(_numbers)}"


def test_an_event_that_cannot_be_folded_stops_its_tenant_and_nobody_else(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    good, other = items(name()), another_tenant(pool)
    bad = items(name(), refused={666})
    with Runner(urls.projector, [bad, good], unseal) as runner:
        runner.catch_up()
        before = spend(ledger, [1, 2, 3])
        [wrong] = spend(ledger, [666], start=3)
        spend(ledger, [4, 5])
        spend(other, [1, 2])

        with pytest.raises(
            ProjectionStopped, match=f"position {wrong}, test-item.spent.v1: Refused"
        ):
            runner.catch_up(tenant)
        runner.catch_up()

    stopped, running = status_of(pool, tenant, bad), status_of(pool, tenant, good)
    assert (stopped.state, stopped.position) == ("stopped", before[-1])
    assert stopped.error == f"position {wrong}, test-item.spent.v1: Refused"  # and no value
    assert (running.state, running.lag_events, running.error) == ("running", 0, None)
    assert status_of(pool, other.tenant, bad).lag_events == 0
    assert stopped.lag_events == 3
    assert stopped.lag_s > 0
    assert list(differences(pool, bad, tenant, unseal)) == []  # what comes before is kept


@pytest.mark.parametrize("built", ["before", "after"])
def test_a_value_that_no_column_takes_stops_the_projection_too(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, built: str
) -> None:
    projection = items(name())
    with Runner(urls.projector, [projection], unseal) as runner:
        if built == "before":
            runner.catch_up(tenant)
        spend(ledger, [1])
        record(ledger, [Spent(effective_on=DAY, item="a\0b", kind="k", amount=Decimal("1.00"))])

        with pytest.raises(ProjectionStopped, match="position 2, "):
            runner.catch_up(tenant, timeout_s=10)

    assert len(stored_tables(pool, projection, tenant)[f"{projection.name}_entry"]) == 1


def test_closing_a_stored_row_that_is_not_there_is_an_error(
    urls: Urls, tenant: UUID, projector: Connection
) -> None:
    projection = items(name())
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
    [item, *_] = projection.tables
    rows = Rows(projection.tables)
    rows.closed[item.name] = {(("lost",), 1): 2}

    with pytest.raises(LostRow), in_tenant(projector, tenant):
        write(projector, rows, tenant, 1)


def test_the_very_first_event_of_a_tenant_may_be_the_bad_one(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection = items(name(), refused={666})
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up()
        spend(ledger, [666])

        with pytest.raises(ProjectionStopped, match="position 1, "):
            runner.catch_up(tenant, timeout_s=10)

    assert status_of(pool, tenant, projection).state == "stopped"


@pytest.mark.parametrize("clear", ["another run", "a rebuild", "another version"])
def test_corrected_code_goes_on_from_the_event_it_stopped_at(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, clear: str
) -> None:
    prefix = name()
    with Runner(urls.projector, [items(prefix, refused={666})], unseal) as runner:
        runner.catch_up()
        spend(ledger, [1, 666, 3])
        with pytest.raises(ProjectionStopped):
            runner.catch_up(tenant)
    corrected = items(prefix, version=2 if clear == "another version" else 1)

    with Runner(urls.projector, [corrected], unseal) as runner:
        if clear == "a rebuild":
            runner.rebuild(prefix)
        else:
            runner.catch_up(tenant)

    found = status_of(pool, tenant, corrected)
    assert (found.state, found.error, found.lag_events) == ("running", None, 0)
    assert list(differences(pool, corrected, tenant, unseal)) == []


def test_a_rebuild_that_meets_a_bad_event_shows_what_comes_before_it(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    other = another_tenant(pool)
    spend(ledger, [1, 2, 666, 4])
    spend(other, [1, 2])
    projection = items(name(), refused={666})

    with Runner(urls.projector, [projection], unseal) as runner:
        with pytest.raises(ProjectionStopped, match="position 3, "):
            runner.catch_up(tenant)
        runner.catch_up(other.tenant)

    assert len(stored_tables(pool, projection, tenant)[f"{projection.name}_entry"]) == 2
    assert len(stored_tables(pool, projection, other.tenant)[f"{projection.name}_entry"]) == 2


def test_an_unreachable_vault_is_no_fault_of_the_event(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    def unreachable(_: UUID, __: Collection[bytes], ___: str) -> dict[bytes, dict[str, str | None]]:
        raise psycopg.OperationalError("the server is gone")

    projection = items(name())
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
    spend(ledger, [1, 2, 3])
    with (
        Runner(urls.projector, [projection], unreachable) as runner,
        pytest.raises(psycopg.OperationalError),
    ):
        runner.catch_up(tenant)

    assert status_of(pool, tenant, projection).state == "running"
