"""A runner in service for a while, other tenants, and how far a projection is."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from projections.position import ProjectionStatus, status
from projections.projection import Projection
from projections.runner import Runner
from service.store.database import Pool, new_tenant
from service.store.log import Ledger


@contextmanager
def running(runner: Runner) -> Generator[threading.Thread]:
    """The runner works in a thread, and has ended afterwards."""
    stop = threading.Event()
    thread = threading.Thread(target=runner.run_forever, args=[stop])
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def another_tenant(pool: Pool) -> Ledger:
    with pool.connection() as connection, connection.transaction():
        return Ledger(pool, new_tenant(connection))


def status_of(pool: Pool, tenant: UUID, projection: Projection) -> ProjectionStatus:
    [found] = [one for one in status(pool, tenant) if one.name == projection.name]
    return found
