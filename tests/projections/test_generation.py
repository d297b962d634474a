"""Generations: made beside the live one, switched whole, never back, nothing left behind."""

import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from projections.batch import NotLive, Target, run_batch
from projections.generation import NotCaughtUp, drop_leftovers, live_generation, make, switch
from projections.position import wait_for
from projections.projection import Column, Projection
from projections.rebuild import catch_up
from projections.runner import Draining, Runner
from projections.verify import NeverBuilt, differences
from service.store.database import Pool, act_for
from service.store.log import Ledger
from service.store.urls import Urls
from tests.projections.items import items, spend, unseal
from tests.projections.running import running
from tests.projections.tables import stored_tables

MADE = """SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'views'::regnamespace
    AND c.relkind IN ('r', 'v') AND starts_with(c.relname, %s) ORDER BY c.relname COLLATE "C" """


def made(projector: Connection, prefix: str) -> set[str]:
    """The tables and views of a projection that there are."""
    return {row[0] for row in projector.execute(MADE, [f"{prefix}_"])}


def expected(projection: Projection, generation: int) -> set[str]:
    names = {table.name for table in projection.tables}
    return names | {f"{name}_g{generation}" for name in names}


def nothing(_: int, __: int) -> None:
    pass


def test_a_generation_behind_the_live_one_is_refused(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    projection = items("behind")
    spend(ledger, [1, 2, 3])
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
    generation = make(projector, projection)

    with pytest.raises(NotCaughtUp):
        switch(projector, projection, generation)

    assert live_generation(projector, projection) == (1, 1)
    catch_up(projector, Target(projection, generation, unseal, is_live=False), nothing)
    switch(projector, projection, generation)
    assert live_generation(projector, projection) == (2, 1)


def test_other_columns_and_tables_replace_the_old_ones(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    old, new = items("columns"), items("columns", version=2, more=(Column("note", "text"),))
    without = Projection(
        new.name, 3, new.tables[:3], new.types, new.load, new.sealed, _without_entries(new)
    )
    spend(ledger, [1, 2, 3])
    for generation, projection in enumerate((old, new, without), 1):
        with Runner(urls.projector, [projection], unseal) as runner:
            runner.catch_up(tenant)

        assert live_generation(projector, projection) == (generation, projection.version)
        assert made(projector, "columns") == expected(projection, generation)
        assert list(differences(pool, projection, tenant, unseal)) == []


def _without_entries(projection: Projection):
    def fold(rows, events, persons):
        rows.inserted["columns_entry"] = []
        projection.fold(rows, events, persons)
        del rows.inserted["columns_entry"]

    return fold


def test_a_rebuild_that_is_cut_off_leaves_the_live_generation_and_no_rest(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    projection = items("cut")
    spend(ledger, [1, 2, 3])

    def cut(_: int, __: int) -> None:
        raise Draining

    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
        before = stored_tables(pool, projection, tenant)
        with pytest.raises(Draining):
            runner.rebuild("cut", cut)

    assert stored_tables(pool, projection, tenant) == before
    assert made(projector, "cut") == expected(projection, 1)


def test_what_a_killed_rebuild_left_is_removed(
    urls: Urls, tenant: UUID, projector: Connection
) -> None:
    projection = items("killed")
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
        generation = make(projector, projection)
        assert made(projector, "killed") > expected(projection, 1)
        assert generation == 2

        drop_leftovers(projector, projection)

    assert made(projector, "killed") == expected(projection, 1)


def test_a_batch_of_a_generation_no_longer_live_is_refused(
    urls: Urls, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    projection = items("gone")
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
        runner.rebuild("gone")
    spend(ledger, [1])

    with pytest.raises(NotLive):
        run_batch(projector, Target(projection, 1, unseal), tenant)
    assert run_batch(projector, Target(projection, 2, unseal), tenant) == 1


def test_readers_and_a_writer_see_no_switch(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    """Every read is of a whole page, none fails, none goes back."""
    projection = items("switched")
    seen: tuple[list[Any], list[Any]] = ([], [])  # a total, or the name of an error
    stop = threading.Event()

    def read(totals: list[Any]) -> None:
        query = "SELECT sum(spent) FROM views.switched_kind"
        with psycopg.connect(urls.app, autocommit=True, prepare_threshold=0) as connection:
            while not stop.is_set():
                try:
                    with connection.transaction():
                        act_for(connection, tenant)
                        totals += connection.execute(query).fetchone() or ["none"]
                except psycopg.Error as error:
                    totals.append(type(error).__name__)

    def write() -> None:
        while not stop.wait(0.005):
            spend(ledger, [1, 1, 1])

    spend(ledger, [1] * 30)
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
        threads = [threading.Thread(target=read, args=[totals]) for totals in seen]
        threads.append(threading.Thread(target=write))
        for thread in threads:
            thread.start()
        for _ in range(5):
            runner.catch_up(tenant)
            runner.rebuild("switched")
        stop.set()
        for thread in threads:
            thread.join()
        runner.catch_up(tenant)

    for totals in seen:
        assert len(totals) > 5
        assert all(isinstance(total, Decimal) and total % 3 == 0 for total in totals)
        assert totals == sorted(totals)
    assert list(differences(pool, projection, tenant, unseal)) == []


def test_a_live_runner_goes_on_while_another_process_rebuilds(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection = items("beside")
    spend(ledger, [1] * 20)
    with (
        Runner(urls.projector, [projection], unseal) as live,
        Runner(urls.projector, [projection], unseal) as other,
    ):
        live.catch_up(tenant)

        def while_building(_: int, __: int) -> None:
            spend(ledger, [2])
            live.catch_up(tenant)

        tries = iter((while_building, while_building))
        other.rebuild("beside", lambda d, w: next(tries, nothing)(d, w))
        live.catch_up(tenant)

    assert list(differences(pool, projection, tenant, unseal)) == []
    assert len(stored_tables(pool, projection, tenant)["beside_entry"]) == 22


def test_a_runner_in_service_goes_on_with_what_another_process_rebuilt(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection = items("elsewhere")
    with (
        running(Runner(urls.projector, [projection], unseal)),
        Runner(urls.projector, [projection], unseal) as other,
    ):
        assert wait_for(pool, tenant, ["elsewhere"], spend(ledger, [1])[-1], timeout_s=10)
        for _ in range(2):
            other.rebuild("elsewhere")
            assert wait_for(pool, tenant, ["elsewhere"], spend(ledger, [1])[-1], timeout_s=10)

    assert list(differences(pool, projection, tenant, unseal)) == []


def test_a_runner_that_starts_leaves_alone_what_another_process_is_building(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    projection = items("building")
    spend(ledger, [1] * 5)
    with Runner(urls.projector, [projection], unseal) as builder:
        builder.catch_up(tenant)

        def while_building(_: int, __: int) -> None:
            with running(Runner(urls.projector, [projection], unseal)):
                position = spend(ledger, [1])[-1]
                assert wait_for(pool, tenant, ["building"], position, timeout_s=10)

        first = iter((while_building,))
        builder.rebuild("building", lambda d, w: next(first, nothing)(d, w))
        builder.catch_up(tenant)

    assert live_generation(projector, projection) == (2, 1)
    assert list(differences(pool, projection, tenant, unseal)) == []


def test_a_projection_never_built_cannot_be_verified(pool: Pool, tenant: UUID) -> None:
    with pytest.raises(NeverBuilt):
        list(differences(pool, items("never"), tenant, unseal))
