"""Limits on connections: how many there are, and how long a client may keep one waiting.

uvicorn waits for ever for the head of a request and for a reader of an answer, and takes any number
of connections. Here each ends: what waits is looked at once a second, and when there are too many,
the one that waits longest for a request makes room. How fast a body must come is in
`service/api/body_limits.py`.
"""

import asyncio
import socket
import struct
import time
from typing import Any, cast
from uuid import uuid4

import h11
import structlog
from litestar.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from service.api.problem import raw_problem
from service.api.request_log import headers_of_all, with_request_log

HEAD_S = 10.0  # for the head of a request, from the connection or the first byte on
HEAD_BYTES_MAX = 16_384
READER_S = 30.0  # for what waits to be read, some 100 kB
LINGER_S = 5.0  # to send the rest of a body, or of a request, that is answered already
IDLE_MIN_S = 0.5  # who has just come is about to ask
RETRY_AFTER_S = "2"
UNSENT_BYTES = 65_536  # more waits here, where its reader is looked at, not with the system
FORGET_UNREAD = struct.pack("ii", 1, 0)  # else the system keeps it for minutes
log = structlog.get_logger("grantledger.http")


class Connections(ServerState):
    """The connections of a server, and those that wait for a request, the longest first.

    `most` are served; as many again are told that there are too many, the others are cut off.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.waiting: dict[LimitedConnection, float] = {}

    def admit(self, new: "LimitedConnection") -> None:
        """Makes room for a new one, or tells it that there is none."""
        if len(self.connections) <= self.most:
            return
        longest = next(iter(self.waiting))
        if time.monotonic() - self.waiting[longest] >= IDLE_MIN_S:
            longest.cut_off()
        elif len(self.connections) <= 2 * self.most:
            new.app = cast("Any", too_many)
        else:
            new.cut_off()

    def look(self) -> None:
        """Ends what has been waited for too long."""
        now = time.monotonic()
        for one in [*self.connections]:
            cast("LimitedConnection", one).look(now)


class LimitedConnection(H11Protocol):
    """A connection whose client cannot keep it waiting."""

    server_state: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        opened: socket.socket = transport.get_extra_info("socket")
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._since = time.monotonic()  # of what is waited for beside the head
        self._answered = False  # by the connection itself, so nothing more is read
        self._note()
        self.server_state.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.server_state.waiting.pop(self, None)

    def data_received(self, data: bytes) -> None:
        """Anything more after an answer of the connection is read away, so that it arrives."""
        if self._answered:
            return
        if self.timeout_keep_alive_task is not None:  # the first of another request
            self.server_state.waiting.pop(self, None)
        super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        self._note()

    def on_response_complete(self) -> None:
        self._since = time.monotonic()
        super().on_response_complete()
        self._note()

    def pause_writing(self) -> None:
        """As many bytes wait for their reader as may."""
        self._since = time.monotonic()
        super().pause_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Of what is not HTTP, or a head that is too long."""
        if len(self.conn.trailing_data[0]) > HEAD_BYTES_MAX:
            self._answer("headers-too-large", f"at most {HEAD_BYTES_MAX} bytes before the body")
        else:
            self._answer("malformed-request", "this is not HTTP/1.1")

    def look(self, now: float) -> None:
        """Ends it when it has been waited for too long."""
        unread = self.transport.get_write_buffer_size() > 0
        if unread and (self.flow.write_paused or self._is_over):
            if now - self._since > READER_S:
                self.cut_off()
        elif self._answered or self._sends_rest:
            if now - self._since > LINGER_S:
                self.cut_off()
        elif now - self.server_state.waiting.get(self, now) > HEAD_S:
            if self.conn.trailing_data[0]:
                self._answer("request-timeout", f"the head did not come within {HEAD_S:.0f} s")
            else:
                self.transport.close()

    def cut_off(self) -> None:
        """Ends it without a word, and what nobody reads; it counts no more from now on."""
        self.connections.discard(self)
        self.server_state.waiting.pop(self, None)
        opened: socket.socket = self.transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, FORGET_UNREAD)
        self.transport.abort()

    @property
    def _request(self) -> RequestResponseCycle | None:
        return self.cycle  # until the first one there is none, whatever its type says

    @property
    def _is_over(self) -> bool:
        """Whether no answer is being made."""
        return self._request is None or self._request.response_complete

    @property
    def _sends_rest(self) -> bool:
        """Whether the request is answered and not all of it is there."""
        return (
            self._request is not None and self._is_over and self.conn.their_state is h11.SEND_BODY
        )

    def _note(self) -> None:
        """Keeps who waits for a request, from when on."""
        if self._is_over and not self._answered and not self._sends_rest:
            self.server_state.waiting.setdefault(self, time.monotonic())
        else:
            self.server_state.waiting.pop(self, None)

    def _answer(self, kind: str, detail: str) -> None:
        """A problem for what never became a request of the app; then the connection ends."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.cut_off()  # an answer has begun
            return
        request_id = uuid4().hex
        log.info("connection ended", kind=kind, request_id=request_id)
        status, headers, body = raw_problem(kind, detail, request_id)
        headers += [*self.server_state.default_headers, (b"connection", b"close")]
        headers += headers_of_all(request_id)
        head = h11.Response(status_code=status, headers=headers)
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self._answered, self._since = True, time.monotonic()
        self.server_state.waiting.pop(self, None)
        if cycle := self._request:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write_eof()


async def _too_many(scope: Scope, _: Receive, send: Send) -> None:
    request_id: str = scope["state"]["request_id"]
    status, headers, body = raw_problem("unavailable", "too many connections", request_id)
    headers += [(b"retry-after", RETRY_AFTER_S.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


too_many = with_request_log(_too_many)
