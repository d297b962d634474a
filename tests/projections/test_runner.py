"""The live path: what it stores equals a rebuild and the recount; nothing counts twice."""

import threading
import time
from collections.abc import Collection, Mapping
from itertools import count
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from projections.batch import ADVANCE, Target, run_batch
from projections.generation import live_generation
from projections.position import wait_for
from projections.runner import Runner, StillBehind, locked
from projections.verify import differences
from service.store.database import Pool
from service.store.log import Ledger
from service.store.urls import Urls
from tests.logs import at_once
from tests.projections.items import DAY, Closed, items, record, spend, sums_only, unseal
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
