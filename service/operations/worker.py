"""Does the operations of all tenants: some at once, one of a tenant at a time over all processes.

Who has the tenant's lock takes its oldest operation. The lock is its session's, so it ends with a
process that is killed, and what that one was at is then found running and taken up again.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection, OperationalError
from psycopg_pool import PoolTimeout

from projections.runner import Draining, StillBehind, locked
from service.composition import Services
from service.operations.kinds import KINDS, may
from service.operations.operation import (
    Cancelled,
    Document,
    Interrupted,
    NoLongerAllowed,
    Operation,
    TakenOver,
)
from service.operations.running import Running
from service.operations.store import ATTEMPTS_MAX, CHANNEL, Claimed, claim, tidy
from service.permissions import Rights
from service.users import rights_in_force
from service.working_folder import remove_left_folders, working_folder

AT_ONCE = 2
POLL_S = 0.25
RETRY_S = 1.0
WORK = "SELECT tenant_id FROM ledger.operations_with_work()"
TRANSIENT = (OperationalError, PoolTimeout, StillBehind)
ProblemOf = Callable[[Operation, Exception], Document]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worker:
    """What the work needs; `problem_of` says what an error is to who asked."""

    services: Services
    problem_of: ProblemOf

    def run_forever(self, stop: threading.Event) -> None:
        """Works until `stop` is set; what has begun by then is given back."""
        remove_left_folders()
        while not stop.is_set():
            try:
                with psycopg.connect(self.services.urls.app, autocommit=True) as connection:
                    self._run(connection, stop)
            except Exception as error:  # noqa: BLE001 - a thread that ends would stop in silence
                log.warning("operations: %s, tries again", type(error).__name__)
                stop.wait(RETRY_S)

    def _run(self, connection: Connection[Any], stop: threading.Event) -> None:
        busy: dict[UUID, Future[None]] = {}
        connection.execute(f"LISTEN {CHANNEL}".encode())
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="operations") as workers:
            while not stop.is_set():
                busy = {tenant: work for tenant, work in busy.items() if not work.done()}
                for (tenant,) in connection.execute(WORK).fetchall() if len(busy) < AT_ONCE else ():
                    if tenant not in busy and len(busy) < AT_ONCE and _free(connection, tenant):
                        busy[tenant] = workers.submit(self._turn, tenant, stop)
                for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                    pass

    def _turn(self, tenant: UUID, stop: threading.Event) -> None:
        """One operation of a tenant; errors of the database are tried again later."""
        try:
            with psycopg.connect(self.services.urls.app, autocommit=True) as connection:
                self.work_one(connection, tenant, stop)
        except Exception as error:  # noqa: BLE001 - the other tenants go on
            log.warning("operations of %s: %s", tenant, type(error).__name__)
            stop.wait(RETRY_S)

    def work_one(self, connection: Connection[Any], tenant: UUID, stop: threading.Event) -> bool:
        """The tenant's oldest operation, unless another process has the lock; False: none.

        While the vault is closed all wait: their files cannot be read.
        """
        vault = self.services.vault
        with locked(connection, _lock_of(tenant)) as mine:
            if not mine or stop.is_set():
                return False
            tidy(connection, vault, tenant)
            claimed = None if vault.closed else claim(connection, vault, tenant)
            if claimed is not None:
                self._work(claimed, stop)
            return claimed is not None

    def _work(self, claimed: Claimed, stop: threading.Event) -> None:
        operation = claimed.operation
        try:
            if operation.cancel_requested_at is not None:
                raise Cancelled
            if operation.attempts > ATTEMPTS_MAX:
                raise Interrupted
            with working_folder() as folder:
                rights = self._rights(operation)
                running = Running(self.services, claimed, rights, folder, stop)
                result = KINDS[operation.kind].run(running)
                claimed.end("succeeded", result, output=running.kept)
        except Cancelled:
            claimed.end("cancelled")
        except Draining:
            claimed.give_back()
        except TakenOver:
            log.warning("operation %s: another process has it", operation.operation_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, who asked is told
            self._failed(claimed, error, stop)

    def _failed(self, claimed: Claimed, error: Exception, stop: threading.Event) -> None:
        """What may pass is tried again: it stays running and is found so in its next turn."""
        operation = claimed.operation
        log.warning("operation %s: %s", operation.operation_id, type(error).__name__)
        if isinstance(error, TRANSIENT) and operation.attempts < ATTEMPTS_MAX:
            stop.wait(RETRY_S)
        else:
            claimed.end("failed", problem=self.problem_of(operation, error))

    def _rights(self, operation: Operation) -> Rights:
        """Of who asked, as he has them now. Raises NoLongerAllowed."""
        pool, scopes = self.services.pool, operation.scopes
        rights = rights_in_force(pool, operation.tenant, UUID(operation.actor), scopes)
        if rights is None or not may(rights, operation.order):
            raise NoLongerAllowed
        return rights


def _lock_of(tenant: UUID) -> str:
    return f"operations of {tenant}"


def _free(connection: Connection[Any], tenant: UUID) -> bool:
    """Whether it is worth a connection: no other process has the tenant's lock."""
    with locked(connection, _lock_of(tenant)) as mine:
        return mine
