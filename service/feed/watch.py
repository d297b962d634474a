"""Who waits for the log to grow: one connection and one task for all of them.

A listener holds neither a thread of the requests nor a connection of the pool while it waits. The
hint of who appends wakes the task; asking for the heads of the tenants that somebody waits for is
the truth, and costs one round trip whatever their number.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Collection, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from projections.position import ACT_FOR, CHANNEL, HEAD

POLL_S = 0.25
RETRY_S = 1.0
IDLE_S = 30.0
LISTENERS_MAX, LISTENERS_OF_TENANT_MAX = 500, 50
log = logging.getLogger(__name__)


class TooManyListeners(Exception):
    """As many as one process or one tenant may have are listening."""


@dataclass(eq=False, slots=True)
class _Waiting:
    tenant: UUID
    position: int
    passed: "asyncio.Future[bool]" = field(repr=False)


class LogWatch:
    """Of one event loop; its connection is opened when somebody waits for the first time."""

    def __init__(self, app_url: str) -> None:
        self._url = app_url
        self._waiting: set[_Waiting] = set()
        self._somebody = asyncio.Event()
        self._listeners: Counter[UUID] = Counter()
        self._task: asyncio.Task[None] | None = None
        self.closing = False

    @property
    def listeners(self) -> int:
        """How many there are."""
        return self._listeners.total()

    @contextmanager
    def listening(self, tenant: UUID) -> Generator[None]:
        """A listener's place, for as long as it listens. Raises TooManyListeners."""
        full = self.listeners >= LISTENERS_MAX
        if full or self._listeners[tenant] >= LISTENERS_OF_TENANT_MAX:
            raise TooManyListeners
        self._listeners[tenant] += 1
        try:
            yield
        finally:
            self._listeners[tenant] -= 1
            self._listeners += Counter[UUID]()  # drops who has none

    async def passed(self, tenant: UUID, position: int, timeout_s: float) -> bool:
        """True as soon as the tenant's log goes beyond a position; False: not in time, or ends."""
        if self.closing:
            return False
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        one = _Waiting(tenant, position, asyncio.get_running_loop().create_future())
        self._waiting.add(one)
        self._somebody.set()
        try:
            async with asyncio.timeout(timeout_s):
                return await one.passed
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(one)

    def end(self) -> None:
        """Everybody who waits goes on at once; from now on nobody waits."""
        self.closing = True
        for one in self._waiting:
            if not one.passed.done():
                one.passed.set_result(False)

    async def close(self) -> None:
        """The same, and the connection is closed."""
        self.end()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await self._somebody.wait()
            try:
                async with await AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await self._serve(connection)
            except psycopg.Error as error:
                log.warning("watch of the log: %s, tries again", type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _serve(self, connection: AsyncConnection[Any]) -> None:
        """Until nobody has waited for a while: hints that nobody reads would pile up."""
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        idle_since = time.monotonic()
        while self._waiting or time.monotonic() - idle_since < IDLE_S:
            if self._waiting:
                idle_since = time.monotonic()
                await self._tell(connection)
            async for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                pass
        self._somebody.clear()

    async def _tell(self, connection: AsyncConnection[Any]) -> None:
        heads = await _heads(connection, {one.tenant for one in self._waiting})
        for one in self._waiting:
            if heads.get(one.tenant, 0) > one.position and not one.passed.done():
                one.passed.set_result(True)


async def _heads(connection: AsyncConnection[Any], tenants: Collection[UUID]) -> dict[UUID, int]:
    """The heads of the logs, each read as its tenant: one round trip."""
    cursors = {tenant: connection.cursor() for tenant in tenants}
    async with connection.pipeline():
        for tenant, cursor in cursors.items():
            await connection.execute(ACT_FOR, [str(tenant)])
            await cursor.execute(HEAD, [tenant])
    found: dict[UUID, int] = {}
    for tenant, cursor in cursors.items():
        if row := await cursor.fetchone():
            found[tenant] = row[0]
    return found
