"""One log line a request with the id that its answer has: no bodies, no queries, no tokens."""

import re
import time
from uuid import uuid4

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service.api.guard import IDENTITY
from service.tokens import Identity

GIVEN_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
HEADER = b"x-request-id"
TRACE = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
log = structlog.get_logger("grantledger.http")


def with_request_log(app: ASGIApp) -> ASGIApp:
    """Takes the client's request id or makes one; logs method, route, user, status and time."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = _given_id(scope) or _trace_id(scope) or uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                own = headers_of_all(request_id)
                kept = [(name, value) for name, value in own if name not in given]
                message["headers"] = [*message["headers"], *kept]
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=scope.get("path_template", "none"),
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
                request_id=request_id,
                user=_user(scope),
            )

    return handle


def headers_of_all(request_id: str) -> list[tuple[bytes, bytes]]:
    """What every answer has, where it does not say otherwise."""
    return [
        (HEADER, request_id.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]


def _user(scope: Scope) -> str | None:
    """The id of who was let in."""
    identity: Identity | None = scope["state"].get(IDENTITY)
    return None if identity is None else str(identity.user_id)


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == HEADER:
            text = value.decode("latin-1")
            return text if GIVEN_ID.fullmatch(text) else None
    return None


def _trace_id(scope: Scope) -> str | None:
    """The caller's trace (W3C `traceparent`), so that its logs and ours have the same id."""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            found = TRACE.fullmatch(value.decode("latin-1"))
            return found[1] if found else None
    return None
