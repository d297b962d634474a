"""Brings the views up to date: batches, one runner a projection, a stop on what cannot be folded.

A batch is one transaction of one tenant: read the position, fold, check the position in the UPDATE
(two runners cannot count twice even if the lock is lost), write. A projection whose code version
differs from the stored one is rebuilt beside the live one and switched. Nothing is ever skipped.
"""

import threading
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import Connection

from domain.event import UnknownFact, decode
from domain.rejection import InvalidValue
from projections.generation import NotCaughtUp, drop, live_generation, make, switch
from projections.position import CHANNEL, head, progress, wake
from projections.projection import Event, Persons, Projection
from projections.rows import Rows
from projections.storing import StoredRows, copy, write

BATCH = 2000
POLL_S = 0.1
RETRY_S_MAX = 5.0
WAIT_S_MAX = 120.0
NOBODY: Persons = {}
Unseal = Callable[[UUID, Collection[bytes], str], Mapping[bytes, Mapping[str, str | None]]]
EVENTS = """SELECT position, stream_id, version, type, data, event_id, recorded_at, actor,
        command_id, causation
    FROM ledger.event WHERE tenant_id = %s AND position > %s AND position <= %s ORDER BY position"""
WORK = "SELECT tenant_id, done, last FROM ledger.tenants_with_work(%s, %s)"
BEGIN = """INSERT INTO views.tracking (tenant_id, projection, generation) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING"""
ADVANCE = """UPDATE views.tracking SET position = %s, seen_at = now()
    WHERE tenant_id = %s AND projection = %s AND generation = %s AND position = %s
        AND state = 'running'"""
STOP = """UPDATE views.tracking SET state = 'stopped', error = %s, seen_at = now()
    WHERE tenant_id = %s AND projection = %s AND generation = %s"""
POSITION = """SELECT position FROM views.tracking
    WHERE tenant_id = %s AND projection = %s AND generation = %s AND state = 'running'"""


class ProjectionStopped(Exception):
    """A projection met an event that it cannot fold; its views are not brought up to date."""


class StillBehind(Exception):
    """Another runner did not bring the views up to date in time."""


class Unfoldable(Exception):
    """An event that a fold cannot take; only its position, name and the kind of error."""


class Runner:
    """Keeps the projections of a database up to date; safe to share between threads."""

    def __init__(
        self, projector_url: str, projections: Sequence[Projection], unseal: Unseal
    ) -> None:
        self._url, self.projections, self._unseal = projector_url, projections, unseal
        self._mutex = threading.Lock()
        self._connection: Connection[Any] | None = None

    def catch_up(self, tenant: UUID, timeout_s: float = WAIT_S_MAX) -> None:
        """Returns when the views of the tenant are where the log was when this was called.

        Does the work itself, or waits for the process that does it.
        Raises ProjectionStopped and StillBehind.
        """
        with self._mutex:
            connection = self._connected()
            wanted = head(connection, tenant)
            until = time.monotonic() + timeout_s
            for projection in self.projections:
                self._catch_up(connection, projection, tenant, wanted, until)

    def run_forever(self, stop: threading.Event) -> None:
        """Works until `stop` is set, through restarts of the database."""
        pause = POLL_S
        while not stop.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}".encode())
                    pause = POLL_S
                    self._run(connection, stop)
            except psycopg.OperationalError:
                stop.wait(pause)
                pause = min(2 * pause, RETRY_S_MAX)

    def rebuild(self, name: str, progress: Callable[[int, int], None] = lambda _, __: None) -> None:
        """Builds a projection anew beside the live one and switches to it."""
        projection = next(one for one in self.projections if one.name == name)
        with self._mutex:
            connection = self._connected()
            with _locked(connection, projection, wait=True):
                self._rebuild(connection, projection, progress)

    def _connected(self) -> Connection[Any]:
        if self._connection is not None and not self._connection.closed:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.OperationalError:
                self._connection.close()
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True)
        return self._connection

    def _run(self, connection: Connection[Any], stop: threading.Event) -> None:
        while not stop.is_set():
            worked = False
            for projection in self.projections:
                with _locked(connection, projection, wait=False) as mine:
                    if mine:
                        worked = self._work(connection, projection, stop) or worked
            if not worked:
                for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                    pass

    def _work(
        self, connection: Connection[Any], projection: Projection, stop: threading.Event
    ) -> bool:
        generation = self._live(connection, projection)
        found = connection.execute(WORK, [projection.name, generation]).fetchall()
        for tenant, _, last in found:
            while not stop.is_set() and self._batch(
                connection, projection, generation, tenant, last
            ):
                pass
        return bool(found)

    def _catch_up(
        self,
        connection: Connection[Any],
        projection: Projection,
        tenant: UUID,
        wanted: int,
        until: float,
    ) -> None:
        while True:
            live = live_generation(connection, projection)
            if live is not None and live[1] == projection.version:
                position, error = progress(connection, tenant, projection.name, live[0])
                if error is not None:
                    raise ProjectionStopped(f"{projection.name}: {error}")
                if position >= wanted:
                    return
            with _locked(connection, projection, wait=False) as mine:
                if mine:
                    generation = self._live(connection, projection)
                    while self._batch(connection, projection, generation, tenant, wanted):
                        pass
                    continue
            if time.monotonic() > until:
                raise StillBehind(projection.name)
            wake(connection)
            time.sleep(POLL_S / 10)

    def _live(self, connection: Connection[Any], projection: Projection) -> int:
        """The generation to work on, built first when there is none of this version."""
        live = live_generation(connection, projection)
        if live is None or live[1] != projection.version:
            return self._rebuild(connection, projection, lambda _, __: None)
        return live[0]

    def _batch(
        self,
        connection: Connection[Any],
        projection: Projection,
        generation: int,
        tenant: UUID,
        wanted: int,
    ) -> bool:
        """One batch; False when there is nothing to do, or the projection stopped."""
        for size in (BATCH, 1):  # alone, so that what comes before a bad event is kept
            try:
                return self._fold_batch(connection, projection, generation, tenant, (wanted, size))
            except Unfoldable as error:
                if size == 1:
                    values = [str(error), tenant, projection.name, generation]
                    connection.execute(STOP, values)
        return False

    def _fold_batch(
        self,
        connection: Connection[Any],
        projection: Projection,
        generation: int,
        tenant: UUID,
        limits: tuple[int, int],
    ) -> bool:
        wanted, size = limits
        key = [tenant, projection.name, generation]
        with connection.transaction():
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
            connection.execute(BEGIN, key)
            row = connection.execute(POSITION, key).fetchone()
            if row is None or row[0] >= wanted:
                return False
            done: int = row[0]
            page = _page(connection, tenant, done, done + size)
            last = _gapless(page, done)
            rows = Rows(projection.tables)
            self._fold(
                projection, rows, tenant, page, StoredRows(connection, tenant, generation, rows)
            )
            if connection.execute(ADVANCE, [last, *key, done]).rowcount != 1:
                return False  # another runner was here since: nothing is written
            write(connection, tenant, generation, rows)
            return last > done

    def _fold(
        self,
        projection: Projection,
        rows: Rows,
        tenant: UUID,
        page: Sequence[tuple[Any, ...]],
        read: StoredRows | None,
    ) -> None:
        """Decodes and folds a page. Raises Unfoldable."""
        events = _decoded(page, projection)
        try:
            if read is not None:
                projection.load(rows, read, events)
            hashes = projection.sealed(rows, events) if projection.sealed else set[bytes]()
            persons = self._unseal(tenant, hashes, projection.name) if hashes else NOBODY
            projection.fold(rows, events, persons)
        except psycopg.Error:
            raise
        except Exception as error:
            first, last = page[0], page[-1]
            raise Unfoldable(
                f"position {first[0]}"
                + (f" to {last[0]}" if last[0] != first[0] else f" ({first[3]})")
                + f": {type(error).__name__}"
            ) from error

    def _rebuild(
        self,
        connection: Connection[Any],
        projection: Projection,
        report: Callable[[int, int], None],
    ) -> int:
        live = live_generation(connection, projection)
        generation = (live[0] if live else 0) + 1
        make(connection, projection, generation)
        while found := connection.execute(WORK, [projection.name, generation]).fetchall():
            for tenant, done, last in found:
                if done == 0:
                    self._rebuild_tenant(connection, projection, generation, tenant, report)
                else:  # came in while others were built
                    self._batch(connection, projection, generation, tenant, last)
        try:
            switch(connection, projection, generation)
        except (NotCaughtUp, TimeoutError):
            with connection.transaction():
                drop(connection, projection, generation)
            raise
        return generation

    def _rebuild_tenant(
        self,
        connection: Connection[Any],
        projection: Projection,
        generation: int,
        tenant: UUID,
        report: Callable[[int, int], None],
    ) -> None:
        rows, last = Rows(projection.tables), 0
        key = [tenant, projection.name, generation]
        try:
            with connection.transaction():
                connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
                connection.execute(BEGIN, key)
                wanted = head(connection, tenant)
                with connection.cursor(name="log", binary=True) as source:
                    source.itersize = BATCH
                    source.execute(EVENTS.encode(), [tenant, 0, wanted])
                    while page := source.fetchmany(BATCH):
                        last = _gapless(page, last)
                        self._fold(projection, rows, tenant, page, None)
                        report(last, wanted)
                copy(connection, tenant, generation, rows)
                if connection.execute(ADVANCE, [last, *key, 0]).rowcount != 1:
                    raise psycopg.errors.SerializationFailure("another runner was faster")
        except Unfoldable:
            # Batch by batch, so that the first bad event is named and what comes before is kept.
            while self._batch(connection, projection, generation, tenant, 2**62):
                pass


def _page(
    connection: Connection[Any], tenant: UUID, after: int, last: int
) -> list[tuple[Any, ...]]:
    with connection.cursor(binary=True) as cursor:
        cursor.execute(EVENTS.encode(), [tenant, after, last])
        return cursor.fetchall()


def _gapless(page: Sequence[tuple[Any, ...]], after: int) -> int:
    """The last position of a page; positions follow one another or an event is missing."""
    for number, row in enumerate(page, after + 1):
        assert row[0] == number, f"position {row[0]} follows {number - 1}: an event is missing"
    return page[-1][0] if page else after


def _decoded(page: Sequence[tuple[Any, ...]], projection: Projection) -> list[Event]:
    events: list[Event] = []
    for row in page:
        if projection.types is None or row[3] in projection.types:
            try:
                fact = decode(row[3], row[4])
            except (UnknownFact, msgspec.ValidationError, InvalidValue) as error:
                raise Unfoldable(f"position {row[0]} ({row[3]}): {type(error).__name__}") from None
            events.append(Event._make((*row[:4], fact, *row[5:])))
    return events


@contextmanager
def _locked(connection: Connection[Any], projection: Projection, *, wait: bool) -> Generator[bool]:
    """The session lock of a projection in this database: one runner at a time."""
    key = int.from_bytes(sha256(f"runner/{projection.name}".encode()).digest()[:8], signed=True)
    take = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    row = connection.execute(f"SELECT {take}(%s)".encode(), [key]).fetchone()
    mine = wait or (row is not None and bool(row[0]))
    try:
        yield mine
    finally:
        if mine and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [key])
