"""A projection built anew beside its live generation: the same fold over the whole log, by COPY.

A tenant is one transaction: a cursor over its events, the fold with all open rows in memory, rows
that are settled written after each page. The views are switched at the end.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg import Connection

from projections.batch import (
    ADVANCE,
    BEGIN,
    EVENTS_MAX,
    UNWRITABLE,
    Target,
    Unfoldable,
    Unseal,
    run_batch,
)
from projections.collector import collector_paused
from projections.generation import NotCaughtUp, drop_leftovers, live_generation, make, switch
from projections.position import HEAD, in_tenant
from projections.projection import Projection
from projections.rows import Rows
from projections.store import copy, new_rows

TRIES_MAX = 100
WORK = "SELECT tenant_id, done, last FROM ledger.tenants_with_work(%s, %s)"
Report = Callable[[int, int], None]


def build(
    connection: Connection[Any], projection: Projection, unseal: Unseal, report: Report
) -> int:
    """Builds the next generation, switches to it, removes the one before; returns its number.

    `report` is told positions done and wanted of each tenant; what it raises ends the rebuild, and
    the live generation stays.
    """
    target = Target(projection, make(connection, projection), unseal, is_live=False)
    try:
        _switch_when_caught_up(connection, target, report)
    finally:
        drop_leftovers(connection, projection)
    return target.generation


def _switch_when_caught_up(connection: Connection[Any], target: Target, report: Report) -> None:
    for tries in range(1, TRIES_MAX + 1):
        catch_up(connection, target, report)
        try:
            switch(connection, target.projection, target.generation)
            return
        except NotCaughtUp:  # the live one went on in between
            if tries == TRIES_MAX:
                raise


def catch_up(connection: Connection[Any], target: Target, report: Report) -> None:
    """Brings all tenants of a generation that is not live to the head of their logs."""
    of = [target.projection.name, target.generation]
    while found := connection.execute(WORK, of).fetchall():
        for tenant, done, last in found:
            report(done, last)
            if done == 0:
                fill(connection, target, tenant, report)
            else:  # its log went on while others were built
                run_batch(connection, target, tenant)


def fill(connection: Connection[Any], target: Target, tenant: UUID, report: Report) -> None:
    """Folds a tenant's whole log into the empty tables of a generation."""
    try:
        with collector_paused(), in_tenant(connection, tenant):
            _fill(connection, target, tenant, report)
    except (Unfoldable, *UNWRITABLE):
        # By batches, so that what comes before the event is kept and the event is named.
        while run_batch(connection, target, tenant):
            pass


def _fill(connection: Connection[Any], target: Target, tenant: UUID, report: Report) -> None:
    of = {"tenant": tenant, "projection": target.projection.name, "generation": target.generation}
    connection.execute(BEGIN, list(of.values()))
    row = connection.execute(HEAD, [tenant]).fetchone()
    head: int = row[0] if row else 0
    rows, after = Rows(target.projection.tables), 0
    with connection.cursor(name="log", binary=True) as source:
        source.execute(target.query().encode(), target.values(tenant, 0, head, None))
        while page := source.fetchmany(EVENTS_MAX):
            target.fold(rows, None, tenant, page, after)
            after = page[-1][0]
            _copy(connection, target, tenant, rows, settled_only=True)
            report(after, head)
    _copy(connection, target, tenant, rows, settled_only=False)
    advanced = connection.execute(ADVANCE, {**of, "done": 0, "last": head})
    assert advanced.rowcount == 1, "two rebuilds of one generation"


def _copy(
    connection: Connection[Any], target: Target, tenant: UUID, rows: Rows, *, settled_only: bool
) -> None:
    for table in target.projection.tables:
        new = rows.take_settled(table.name) if settled_only else new_rows(rows, table)
        if new:
            copy(connection, table, new, tenant, target.generation)


def needs_building(connection: Connection[Any], projection: Projection) -> bool:
    """It was never built, or by another version of its code."""
    live = live_generation(connection, projection)
    return live is None or live[1] != projection.version
