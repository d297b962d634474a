"""How many requests a minute one caller may send (draft-ietf-httpapi-ratelimit-headers-11).

A token bucket each for every token that was accepted here, and for every address from which others
come; in memory, so the promise is one of each process: a second process doubles what gets through,
and a restart forgets. It keeps one program from taking the service away from the others; guessing
is stopped elsewhere. Health checks and pages are not counted.
"""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from service.api.guard import IDENTITY
from service.api.problem import raw_problem

WINDOW_S = 60
BUCKETS_MAX = 10_000
POLICY = "default"
COUNTED = ("/v1/", "/oauth/", "/.well-known/")
Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Bucket:
    """What is left for a caller, as of a moment."""

    left: float
    at: float


class Buckets:
    """The callers of one process; the one that was longest away is forgotten first."""

    def __init__(self, quota: int) -> None:
        self.quota, self.rate = quota, quota / WINDOW_S
        self._found: OrderedDict[bytes, Bucket] = OrderedDict()
        self._accepted: OrderedDict[bytes, None] = OrderedDict()

    def take(self, caller: bytes, now: float) -> tuple[bool, int]:
        """Whether one more request may be answered, and how many are left then."""
        bucket = self._found.pop(caller, None) or Bucket(self.quota, now)
        left = min(self.quota, bucket.left + (now - bucket.at) * self.rate)
        allowed = left >= 1
        bucket.left, bucket.at = left - 1 if allowed else left, now
        self._found[caller] = bucket
        if len(self._found) > BUCKETS_MAX:
            self._found.popitem(last=False)
        return allowed, int(bucket.left)

    def caller(self, scope: Scope) -> bytes:
        """The token, once it was accepted; else the address, whatever the request says it is."""
        token = token_of(scope)
        if token in self._accepted:
            return token
        client = scope["client"]
        return client[0].encode() if client else b"unknown"

    def accept(self, scope: Scope) -> None:
        """The request's token is a good one; a token that is refused later uses up its own."""
        if token := token_of(scope):
            self._accepted[token] = None
            if len(self._accepted) > BUCKETS_MAX:
                self._accepted.popitem(last=False)


def token_of(scope: Scope) -> bytes:
    """A hash of what the request proves itself with; empty: nothing."""
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    return sha256(given).digest() if given else b""


def with_rate_limits(app: ASGIApp, quota: int) -> ASGIApp:
    """Answers 429 when a caller has used up `quota` requests a minute; 0: nobody is counted."""
    if not quota:
        return app
    buckets = Buckets(quota)

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(COUNTED):
            await app(scope, receive, send)
            return
        allowed, left = buckets.take(buckets.caller(scope), time.monotonic())
        headers = _headers(quota, left)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                if IDENTITY in scope["state"]:
                    buckets.accept(scope)
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        if allowed:
            await app(scope, receive, sending)
        else:
            await _refuse(scope, send, headers, quota)

    return handle


def _headers(quota: int, left: int) -> Headers:
    whole_again = math.ceil((quota - left) * WINDOW_S / quota)
    return [
        (b"ratelimit-policy", f'"{POLICY}";q={quota};w={WINDOW_S}'.encode()),
        (b"ratelimit", f'"{POLICY}";r={left};t={whole_again}'.encode()),
    ]


async def _refuse(scope: Scope, send: Send, headers: Headers, quota: int) -> None:
    detail = f"more than {quota} requests in {WINDOW_S} seconds"
    request_id: str = scope["state"]["request_id"]
    status, own, body = raw_problem("quota-exceeded", detail, request_id, violated=(POLICY,))
    own.append((b"retry-after", str(math.ceil(WINDOW_S / quota)).encode()))
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": status,
        "headers": [*own, *headers],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
