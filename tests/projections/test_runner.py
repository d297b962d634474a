"""The live path: what it stores equals a rebuild and the recount; nothing counts twice."""

import threading
import time
from collections.abc import Collection, Mapping
from decimal import Decimal
from itertools import count
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from projections.batch import ADVANCE, Target, run_batch
from projections.generation import live_generation
from projections.position import in_tenant, wait_for
from projections.rows import Rows
from projections.runner import ProjectionStopped, Runner, StillBehind, locked
from projections.store import LostRow, write
from projections.verify import differences
from service.store.database import Pool
from service.store.log import Ledger
from service.store.urls import Urls
from tests.logs import at_once
from tests.projections.items import DAY, Closed, Spent, items, record, spend, sums_only, unseal
from tests.projections.running import another_tenant, running, status_of
from tests.projections.tables import stored_tables

BLIND = """UPDATE views.tracking SET position = %(last)s WHERE tenant_id = %(tenant)s
    AND projection = %(projection)s AND generation = %(generation)s"""
_numbers = count(1)


def name() -> str:
    """Of a projection of this test alone."""
    return f"runner{next(_numbers)}"


def test_batches_of_any_size_a_rebuild_and_a_recount_give_the_same_tables(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    projection = items(name())
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
        for start in range(0, 60, 12):
            spend(ledger, range(1, 13), start)
            record(ledger, [Closed(effective_on=DAY, item=f"položka {start // 12}")])
        live = live_generation(projector, projection)
        assert live is not None
        target = Target(projection, live[0], unseal)
        for size in (1, 1, 3, 7, 5, 20):
            assert run_batch(projector, target, tenant, size) == size
        runner.catch_up(tenant)
        by_batches = stored_tables(pool, projection, tenant)
        assert list(differences(pool, projection, tenant, unseal)) == []

        runner.rebuild(projection.name)

        assert stored_tables(pool, projection, tenant) == by_batches
        assert list(differences(pool, projection, tenant, unseal)) == []
        assert all(by_batches.values())


def test_a_page_folded_by_two_runners_counts_once_and_without_the_check_twice(
    urls: Urls, pool: Pool, projector: Connection
) -> None:
    for advance, counted in ((ADVANCE, 11), (BLIND, 21)):
        projection, ledger = sums_only(name()), another_tenant(pool)
        tenant = ledger.tenant
        with Runner(urls.projector, [projection], unseal) as runner:
            spend(ledger, [5])  # there is a row of progress that both read
            runner.catch_up(tenant)
            spend(ledger, [5] * 10)

            def overtaken(
                of: UUID, hashes: Collection[bytes], _: str, runner: Runner = runner
            ) -> dict[bytes, dict[str, str | None]]:
                runner.catch_up(of)  # the other runner: it sees the position that we saw
                return {}

            target = Target(projection, 1, overtaken, advance=advance)
            run_batch(projector, target, tenant)

        flow = stored_tables(pool, projection, tenant)[f"{projection.name}_flow"]
        assert sum(row[-1] for row in flow) == counted


def test_two_runners_without_the_lock_count_every_event_once(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection = items(name())
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
    spend(ledger, [7] * 300)

    def run() -> None:
        idle = 0
        with psycopg.connect(urls.projector, autocommit=True) as connection:
            while idle < 5:  # one whose batch was taken goes on
                idle = (
                    0
                    if run_batch(connection, Target(projection, 1, unseal), tenant, 9)
                    else idle + 1
                )

    at_once(run, run)

    assert list(differences(pool, projection, tenant, unseal)) == []
    assert len(stored_tables(pool, projection, tenant)[f"{projection.name}_entry"]) == 300


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


def test_a_runner_in_service_follows_the_log_and_ends_when_told(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    first, second = items(name()), items(name())
    names = [first.name, second.name]
    with running(Runner(urls.projector, [first, second], unseal)) as thread:
        for start in range(5):
            positions = spend(ledger, [start + 1] * 4, start)
            assert wait_for(pool, tenant, names, positions[-1], timeout_s=10)
    assert not thread.is_alive()
    assert list(differences(pool, first, tenant, unseal)) == []


def test_a_runner_whose_connection_is_cut_comes_back(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection = items(name())
    with running(Runner(urls.projector, [projection], unseal)):
        assert wait_for(pool, tenant, [projection.name], spend(ledger, [1])[-1], timeout_s=10)
        with psycopg.connect(str(urls.admin), autocommit=True) as admin:
            cut = admin.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE usename = 'grantledger_projector' AND datname = current_database()"
            ).fetchone()
        assert cut
        assert cut[0] >= 1

        assert wait_for(pool, tenant, [projection.name], spend(ledger, [2])[-1], timeout_s=10)


def test_a_command_waits_for_the_runner_that_has_the_lock(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection = items(name())
    with (
        Runner(urls.projector, [projection], unseal) as command,
        running(Runner(urls.projector, [projection], unseal)),
    ):
        for _ in range(3):
            [position] = spend(ledger, [1])
            command.catch_up(tenant, timeout_s=10)
            assert status_of(pool, tenant, projection).position >= position


def test_a_command_does_not_wait_for_ever_for_a_runner_that_does_nothing(
    urls: Urls, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    projection = items(name())
    with Runner(urls.projector, [projection], unseal) as command:
        command.catch_up(tenant)
        spend(ledger, [1])
        with locked(projector, f"run {projection.name}") as mine:
            assert mine
            with pytest.raises(StillBehind):
                command.catch_up(tenant, timeout_s=0.1)

        command.catch_up(tenant, timeout_s=10)  # it has gone


def test_the_rows_of_one_tenant_are_not_shown_to_another(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection, other = items(name()), another_tenant(pool)
    spend(ledger, [1, 2, 3])
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up()

    assert all(stored_tables(pool, projection, tenant).values())
    assert not any(stored_tables(pool, projection, other.tenant).values())


def test_a_rebuild_in_service_ends_when_told_and_leaves_the_old_generation(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    prefix, building = name(), threading.Event()
    with Runner(urls.projector, [items(prefix)], unseal) as runner:
        spend(ledger, range(1, 9))
        runner.catch_up(tenant)

    def slowly(
        of: UUID, hashes: Collection[bytes], purpose: str
    ) -> Mapping[bytes, Mapping[str, str | None]]:
        building.set()
        time.sleep(0.2)
        return unseal(of, hashes, purpose)

    newer = items(prefix, version=2)
    with running(Runner(urls.projector, [newer], slowly)):
        assert building.wait(10)

    assert live_generation(projector, newer) == (1, 1)
    left = projector.execute("SELECT to_regclass(%s)", [f"views.{prefix}_item_g2"]).fetchone()
    assert left == (None,)


def test_an_idle_runner_says_that_it_is_alive(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.runner.HEARTBEAT_S", 0.05)
    projection = items(name())
    spend(ledger, [1])
    with running(Runner(urls.projector, [projection], unseal)):
        assert wait_for(pool, tenant, [projection.name], 1, timeout_s=10)
        first, until = status_of(pool, tenant, projection).seen_at, time.monotonic() + 10
        while status_of(pool, tenant, projection).seen_at == first:
            assert time.monotonic() < until
            time.sleep(0.02)
