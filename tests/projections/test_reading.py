"""A report reads one state of the views, also while a rebuilt generation is switched in."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection, errors

from projections import reading
from projections.reading import consistent
from projections.runner import Runner
from service.store.database import Pool, act_for
from service.store.log import Ledger
from service.store.urls import Urls
from tests.projections.items import items, spend, unseal

SWITCH_S = 0.3


@contextmanager
def without_lock(pool: Pool, tenant: UUID, _: list[str]) -> Generator[Connection[Any]]:
    """The control: the same transaction, whose snapshot is older than the switched tables."""
    with pool.connection() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        act_for(connection, tenant)
        yield connection


def spent_over_a_switch(
    urls: Urls, pool: Pool, tenant: UUID, prefix: str, *, lock: bool
) -> tuple[object, float]:
    """What a report reads that began before a switch, and how long another reader waited."""
    query = f"SELECT sum(spent), sum(items) FROM views.{prefix}_kind".encode()
    begin = consistent if lock else without_lock
    with Runner(urls.projector, [items(prefix)], unseal) as runner:
        runner.catch_up(tenant)
        switching = threading.Thread(target=runner.rebuild, args=[prefix])
        with begin(pool, tenant, [f"{prefix}_kind", f"{prefix}_item"]) as report:
            switching.start()
            if lock:
                time.sleep(SWITCH_S)
            else:
                switching.join()
            with consistent(pool, tenant, [f"{prefix}_kind"]) as other:
                start = time.monotonic()
                other.execute(query)
                waited = time.monotonic() - start
            found = report.execute(query).fetchone()
        switching.join()
    return found, waited


def test_a_report_that_began_before_a_switch_reads_everything(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    spend(ledger, [1, 2, 3, 4])

    found, waited = spent_over_a_switch(urls, pool, tenant, "report", lock=True)

    assert found == (10, 4)
    assert waited < SWITCH_S


def test_without_the_lock_it_would_read_nothing_and_say_nothing(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    spend(ledger, [1, 2, 3, 4])

    found, _ = spent_over_a_switch(urls, pool, tenant, "control", lock=False)

    assert found == (None, None)


def test_a_report_changes_nothing(urls: Urls, pool: Pool, tenant: UUID) -> None:
    with Runner(urls.projector, [items("readonly")], unseal) as runner:
        runner.catch_up(tenant)
    with (
        pytest.raises(errors.ReadOnlySqlTransaction),
        consistent(pool, tenant, ["readonly_kind"]) as connection,
    ):
        connection.execute(
            "UPDATE ledger.tenant SET next_position = next_position WHERE tenant_id = %s", [tenant]
        )


def slept(pool: Pool, tenant: UUID, seconds: float) -> int:
    with consistent(pool, tenant, ["slow_kind"]) as connection:
        return connection.execute("SELECT pg_sleep(%s)", [seconds]).rowcount


def test_a_statement_that_takes_too_long_is_ended_and_the_next_reader_is_free(
    urls: Urls, pool: Pool, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Runner(urls.projector, [items("slow")], unseal) as runner:
        runner.catch_up(tenant)
    assert slept(pool, tenant, 0.3) == 1, "control"
    monkeypatch.setattr(reading, "STATEMENT_S_MAX", 0.1)
    with pytest.raises(errors.QueryCanceled):
        slept(pool, tenant, 60)
    with pool.connection() as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)
