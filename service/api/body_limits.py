"""Limits on bodies that come in: how slowly one may come, and how many bytes are held at once.

How large one may be says its operation. What an answer does not need is not read: the rest of it is
thrown away by the connection.
"""

import asyncio
from collections.abc import Callable

from litestar.exceptions import HTTPException
from litestar.types import (
    ASGIApp,
    HTTPReceiveMessage,
    Message,
    Receive,
    Scope,
    Send,
    WebSocketReceiveMessage,
)

WINDOW_S, WINDOW_BYTES = 10.0, 10_000  # the body, or so much more of it, comes in so many seconds
HELD_BYTES_MAX = 64_000_000  # of all requests of the process, in memory
END_S = 5.0  # for what still comes when the server ends; it waits longer for its requests
STATE = "body"


class TooManyBodies(Exception):
    """As many bytes of bodies as one process holds at once are there."""


class ServerEnds(Exception):
    """The server ends before the body has come."""


class Held:
    """The bytes of the bodies that are being taken."""

    def __init__(self) -> None:
        self.size = 0


def with_body_limits(app: ASGIApp, ends: Callable[[], bool]) -> ASGIApp:
    """Answers 408 to a body that does not come, and 503 when others hold all the room.

    Also 503 to one that still comes a while after the server's end has begun, as `ends` says.
    """
    held = Held()

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = scope["state"][STATE] = _Body(receive, held, ends)

        async def sending(message: Message) -> None:
            body.wanted = False
            await send(message)

        try:
            await app(scope, body.receive, sending)
        finally:
            held.size -= body.held

    return handle


def put_on_disk(scope: Scope, size: int) -> None:
    """So many bytes of the body are no longer held in memory."""
    body: _Body = scope["state"][STATE]
    body.put_on_disk(size)


class _Body:
    """One body on its way in."""

    def __init__(self, receive: Receive, held: Held, ends: Callable[[], bool]) -> None:
        self._receive, self._held, self._ends = receive, held, ends
        self.size = self.held = 0
        self._goal, self._until = WINDOW_BYTES, 0.0
        self._last = 0.0  # when it is too late, since the server ends
        self.wanted = True

    async def receive(self) -> HTTPReceiveMessage | WebSocketReceiveMessage:
        """The next piece; after the last, or of no use, the end of the connection is waited for."""
        if not self.wanted:
            return await self._receive()
        self._until = self._until or _now() + WINDOW_S
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise _too_slow() from None
        if message["type"] == "http.disconnect":
            self.wanted = False
            raise HTTPException(status_code=400, detail="the body ended before its end")
        if message["type"] == "http.request":
            self.wanted = message["more_body"]
            self._count(len(message["body"]))
            if self.wanted and self._ends():
                self._last = self._last or _now() + END_S
                if _now() > self._last:
                    raise ServerEnds
        return message

    def put_on_disk(self, size: int) -> None:
        """They do not count any more."""
        self.held -= size
        self._held.size -= size

    def _count(self, size: int) -> None:
        self.size += size
        self.held += size
        self._held.size += size
        if self._held.size > HELD_BYTES_MAX:
            raise TooManyBodies
        if self.size >= self._goal:
            self._goal, self._until = self.size + WINDOW_BYTES, _now() + WINDOW_S


def _too_slow() -> HTTPException:
    detail = f"the body, or {WINDOW_BYTES:,} bytes more of it, did not come within {WINDOW_S:.0f} s"
    return HTTPException(status_code=408, detail=detail, headers={"Connection": "close"})


def _now() -> float:
    return asyncio.get_running_loop().time()
