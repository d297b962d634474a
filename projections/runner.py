"""Brings the views up to date: one runner a projection, by a session lock on its own connection.

A projection whose code version differs from the stored one is built anew and switched. A command
line process does the work itself when nobody else does, else it waits for who does.
"""

import logging
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg import Connection

from projections.batch import NotLive, Target, Unseal, run_batch
from projections.generation import drop_leftovers, live_generation
from projections.position import CHANNEL, announce, head, progress
from projections.projection import Projection
from projections.rebuild import WORK, Report, build, needs_building

POLL_S = 0.1
SETTLE_S = 0.005  # after work: the hint for what came meanwhile may have been one too many
WAIT_PAUSE_S = 0.01
RETRY_S_MIN, RETRY_S_MAX = 0.1, 5.0
HEARTBEAT_S = 30.0
CATCH_UP_S_MAX = 120.0
ALIVE = "UPDATE views.tracking SET seen_at = now() WHERE projection = %s AND generation = %s"
RETRY = """UPDATE views.tracking SET state = 'running', error = NULL
    WHERE projection = %s AND generation = %s AND state = 'stopped'
        AND (%s::uuid IS NULL OR tenant_id = %s)"""
log = logging.getLogger(__name__)


class ProjectionStopped(Exception):
    """A projection met an event that it cannot fold; its views are not brought up to date."""


class StillBehind(Exception):
    """Another runner did not bring the views up to date in time."""


class Draining(Exception):
    """Long work ends because the program does; of a rebuild the live generation stays."""


class Runner:
    """Keeps the projections of a database up to date; safe to share between threads."""

    def __init__(
        self, projector_url: str, projections: Sequence[Projection], unseal: Unseal
    ) -> None:
        tables = [table.name for projection in projections for table in projection.tables]
        assert len(set(tables)) == len(tables), "two projections have a table of one name"
        self._url, self.projections, self._unseal = projector_url, projections, unseal
        self._idle: list[Connection[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections kept for the next `catch_up`."""
        while self._idle:
            self._idle.pop().close()

    def catch_up(
        self,
        tenant: UUID | None = None,
        projections: Sequence[Projection] | None = None,
        timeout_s: float = CATCH_UP_S_MAX,
    ) -> None:
        """Returns when the views of the tenant (None: of all) are where the log was at the call.

        Those of the given projections, or of all. Does the work itself, or waits for the process
        that does. Raises StillBehind, and for one tenant ProjectionStopped.
        """
        until = time.monotonic() + timeout_s
        with self._connection() as connection:
            wanted = head(connection, tenant) if tenant else 0
            for projection in self.projections if projections is None else projections:
                self._catch_up(connection, projection, (tenant, wanted), until)

    def run_forever(self, stop: threading.Event) -> None:
        """Works until `stop` is set, each projection in a thread of its own; ends what it began."""
        threads = [
            threading.Thread(target=self._keep, args=[one, stop], name=f"projection {one.name}")
            for one in self.projections
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def rebuild(self, name: str, report: Report = lambda _, __: None) -> None:
        """Builds a projection anew beside the live one, which goes on, and switches to it."""
        [projection] = [one for one in self.projections if one.name == name]
        with self._connection() as connection:
            self._build(connection, projection, report, anyway=True)

    @contextmanager
    def _connection(self) -> Generator[Connection[Any]]:
        """A connection of its own; kept when nothing went wrong, for the next time."""
        connection = self._kept() or psycopg.connect(self._url, autocommit=True)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _kept(self) -> Connection[Any] | None:
        while self._idle:
            with suppress(IndexError, psycopg.OperationalError):
                connection = self._idle.pop()
                connection.execute("SELECT 1")
                return connection
        return None

    def _keep(self, projection: Projection, stop: threading.Event) -> None:
        """Works whenever the lock is to be had, through restarts of the database."""
        pause = RETRY_S_MIN
        while not stop.is_set():
            began = time.monotonic()
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    while not stop.wait(POLL_S):
                        with locked(connection, f"run {projection.name}") as mine:
                            if mine:
                                self._run(connection, projection, stop)
            except Draining:
                return
            except Exception as error:  # noqa: BLE001 - a thread that ends would stop in silence
                log.warning("projection %s: %s, tries again", projection.name, type(error).__name__)
                short = time.monotonic() - began < RETRY_S_MAX
                pause = min(2 * pause, RETRY_S_MAX) if short else RETRY_S_MIN
                stop.wait(pause)

    def _run(
        self, connection: Connection[Any], projection: Projection, stop: threading.Event
    ) -> None:
        """All tenants with work by turns, a batch each."""
        target = self._live(connection, projection, _ends_with(stop))
        with locked(connection, f"build {projection.name}") as mine:
            if mine:  # else they are not left over but being built
                drop_leftovers(connection, projection)
        _retry(connection, target, None)  # the code may be another since it stopped
        connection.execute(f"LISTEN {CHANNEL}".encode())
        seen_at = time.monotonic()
        while not stop.is_set():
            try:
                worked = _turn(connection, target, stop)
            except NotLive:
                target = self._live(connection, projection, _ends_with(stop))
                continue
            if time.monotonic() - seen_at > HEARTBEAT_S:
                connection.execute(ALIVE, [projection.name, target.generation])
                seen_at = time.monotonic()
            for _ in connection.notifies(timeout=SETTLE_S if worked else POLL_S, stop_after=1):
                pass

    def _live(self, connection: Connection[Any], projection: Projection, report: Report) -> Target:
        """The generation to work on, built first when there is none of this version."""
        self._build(connection, projection, report, anyway=False)
        live = live_generation(connection, projection)
        assert live is not None
        return Target(projection, live[0], self._unseal)

    def _build(
        self, connection: Connection[Any], projection: Projection, report: Report, *, anyway: bool
    ) -> None:
        while anyway or needs_building(connection, projection):
            with locked(connection, f"build {projection.name}") as mine:
                if mine:
                    if anyway or needs_building(connection, projection):
                        build(connection, projection, self._unseal, report)
                    return
            report(0, 0)
            time.sleep(POLL_S)

    def _catch_up(
        self,
        connection: Connection[Any],
        projection: Projection,
        wanted: tuple[UUID | None, int],
        until: float,
    ) -> None:
        tried = False
        while (missing := _missing(connection, projection, wanted)) is not None:
            if time.monotonic() > until:
                raise StillBehind(projection.name)
            with locked(connection, f"run {projection.name}") as mine:
                if mine and not (tried and missing):
                    target = self._live(connection, projection, lambda _, __: None)
                    if not tried:
                        _retry(connection, target, wanted[0])
                    tried = True
                    with suppress(NotLive):
                        _work_until(connection, target, wanted)
                    continue
            if missing:
                raise ProjectionStopped(f"{projection.name}: {missing}")
            announce(connection)
            time.sleep(WAIT_PAUSE_S)


def _turn(connection: Connection[Any], target: Target, stop: threading.Event) -> bool:
    """A batch of each tenant with work; False when there was none."""
    worked = False
    for tenant, _, _ in connection.execute(WORK, [target.projection.name, target.generation]):
        if stop.is_set():
            break
        worked = run_batch(connection, target, tenant) > 0 or worked
    return worked


def _work_until(
    connection: Connection[Any], target: Target, wanted: tuple[UUID | None, int]
) -> None:
    tenant, position = wanted
    if tenant is None:
        while _turn(connection, target, threading.Event()):
            pass
        return
    of = (target.projection.name, target.generation)
    while progress(connection, tenant, *of)[0] < position:
        if not run_batch(connection, target, tenant):
            return


def _missing(
    connection: Connection[Any], projection: Projection, wanted: tuple[UUID | None, int]
) -> str | None:
    """None: all is there. Else why it will not come: "" or the error it stopped with."""
    live = live_generation(connection, projection)
    if live is None or live[1] != projection.version:
        return ""
    tenant, position = wanted
    if tenant is None:
        work = connection.execute(WORK, [projection.name, live[0]]).fetchone()
        return None if work is None else ""
    done, error = progress(connection, tenant, projection.name, live[0])
    return None if done >= position else error or ""


def _retry(connection: Connection[Any], target: Target, tenant: UUID | None) -> None:
    values = [target.projection.name, target.generation, tenant, tenant]
    connection.execute(RETRY, values)


def _ends_with(stop: threading.Event) -> Report:
    """Ends a rebuild when the program ends."""

    def check(_: int, __: int) -> None:
        if stop.is_set():
            raise Draining

    return check


@contextmanager
def locked(connection: Connection[Any], what: str) -> Generator[bool]:
    """Whether the session has the lock now; it is given back, or goes with the session."""
    key = int.from_bytes(sha256(f"grantledger {what}".encode()).digest()[:8], signed=True)
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
    mine = row is not None and bool(row[0])
    try:
        yield mine
    finally:
        if mine and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [key])
