"""The HTTP server: uvicorn with limits on its connections, and an end that nobody holds up."""

import resource
import socket
from collections.abc import Callable

import uvicorn
from litestar import Litestar

from service.api.connection_limits import HEAD_BYTES_MAX, Connections, LimitedConnection

CONNECTIONS_MAX = 1_000  # as many again are told that there are too many; the others are cut off
OTHER_FILES = 300  # of the database, its pool, exports, bodies that are kept in files
DRAIN_S = 20
TICKS_A_SECOND = 10


class LimitingServer(uvicorn.Server):
    """Limits its connections, and tells those who wait or listen that the end has begun.

    uvicorn would take any number of them, and wait for them at the end.
    """

    def __init__(self, app: Litestar, connections: int) -> None:
        config = uvicorn.Config(
            app,
            http=LimitedConnection,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
            timeout_graceful_shutdown=DRAIN_S,
        )
        super().__init__(config)
        self.server_state = self._connections = Connections(connections)
        self._end: Callable[[], None] = app.state.watch.end

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % TICKS_A_SECOND == 0:
            self._connections.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """In the event loop, before the connections are closed."""
        self._end()
        await super().shutdown(sockets)


def connections_max() -> int:
    """How many connections this process can take; lets it open as many files as that needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * CONNECTIONS_MAX + OTHER_FILES
    if soft < needed:
        soft = min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(CONNECTIONS_MAX, max((soft - OTHER_FILES) // 2, 1))
