"""Waiting for a position, waking the runner, and how far a projection is."""

import time
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from projections.position import CHANNEL, NOTIFY_PAUSE_S, announce, is_current, status, wait_for
from projections.runner import Runner
from service.store.database import Pool
from service.store.log import Ledger
from service.store.urls import Urls
from tests.projections.items import items, spend, unseal
from tests.projections.running import running, status_of


def test_a_read_that_waits_wakes_the_runner(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.runner.POLL_S", 1.0)
    projection = items("waiting")
    waits: list[float] = []
    with running(Runner(urls.projector, [projection], unseal)):
        assert wait_for(pool, tenant, ["waiting"], spend(ledger, [1])[-1], timeout_s=10)
        for number in range(9):
            time.sleep(0.03)  # the runner sleeps
            [position] = spend(ledger, [number])
            start = time.perf_counter()
            assert wait_for(pool, tenant, ["waiting"], position, timeout_s=10)
            waits.append(time.perf_counter() - start)
            assert status_of(pool, tenant, projection).position >= position

    assert sorted(waits)[4] < 0.3  # if it only polled, the middle one would take half a second


def test_a_position_that_does_not_come_is_not_waited_for_longer_than_asked(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    with Runner(urls.projector, [items("patience")], unseal) as runner:
        runner.catch_up(tenant)
    spend(ledger, [1])
    start = time.monotonic()

    assert not wait_for(pool, tenant, ["patience"], 1, timeout_s=0.05)

    assert time.monotonic() - start < 1
    assert wait_for(pool, tenant, ["patience"], 0, timeout_s=0)


def test_a_stopped_projection_is_not_waited_for(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    with Runner(urls.projector, [items("waitstop", refused={666})], unseal) as runner:
        runner.catch_up(tenant)
        [position] = spend(ledger, [666])
        runner.catch_up(timeout_s=10)
    start = time.monotonic()

    assert not wait_for(pool, tenant, ["waitstop"], position, timeout_s=10)

    assert time.monotonic() - start < 1


def test_hints_of_many_writers_are_one(pool: Pool, urls: Urls) -> None:
    with psycopg.connect(urls.app, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}".encode())
        time.sleep(NOTIFY_PAUSE_S)
        start = time.monotonic()
        sent = sum(announce(pool) for _ in range(200))
        took = time.monotonic() - start
        heard = len(list(listener.notifies(timeout=0.2)))

    assert 1 <= sent <= took / NOTIFY_PAUSE_S + 1
    assert heard == sent


def test_how_far_a_projection_is_says_lag_in_events_and_seconds(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    projection = items("lagging", version=4)
    with Runner(urls.projector, [projection], unseal) as runner:
        spend(ledger, [1, 2])
        runner.catch_up(tenant)
        done = status_of(pool, tenant, projection)
        spend(ledger, [3, 4, 5])
        time.sleep(0.02)

        behind = status_of(pool, tenant, projection)

    assert (done.version, done.position, done.head, done.lag_events, done.lag_s) == (4, 2, 2, 0, 0)
    assert (behind.position, behind.head, behind.lag_events) == (2, 5, 3)
    assert behind.lag_s >= 0.02
    assert [one.name for one in status(pool, tenant)] == sorted(
        one.name for one in status(pool, tenant)
    )


def test_views_are_current_only_at_the_head_and_of_this_version(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, projector: Connection
) -> None:
    projection = items("current")
    spend(ledger, [1])
    assert not is_current(pool, tenant, [projection])
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
    assert is_current(pool, tenant, [projection])
    assert not is_current(pool, tenant, [items("current", version=2)])

    spend(ledger, [1])

    assert not is_current(pool, tenant, [projection])
