"""What holds for the answers of every route: HEAD, tags and conditional reads, compression.

Works on the messages of the protocol, so that no handler can forget it. Streams pass as they come,
unless they bring a tag that the client has.
Compressed are reads of data only: no page, which holds its session's token, and no answer to a
write, which may hold a new secret; so nothing secret is beside what a request chose (BREACH).
"""

import gzip
import re
from hashlib import sha256
from typing import Literal

from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from service.api.deprecation import deprecation_headers
from service.api.dry_run import HEADER as DRY_RUN
from service.api.dry_run import STATE
from service.api.paging import NEXT

DATA = (b"application/json", b"text/csv")
VARY = b"Accept, Accept-Encoding"
COMPRESSED_MIN = 1_000
LEVEL = 4
PIECE = 65_536
DIGEST_LENGTH = 16
GZIP = b".gzip"
BODY: Literal["http.response.body"] = "http.response.body"
NAME = re.compile(rb'(?:W/)?"([^"]*)"')
OF_304 = {b"etag", b"ledger-position", b"vary", b"cache-control", b"link"}
Headers = dict[bytes, bytes]


def with_conditional_answers(app: ASGIApp) -> ASGIApp:
    """Answers HEAD as GET without a body, tags what is read, and sends no more than is new."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        method = scope["method"]
        answer = _Answer(scope, send, method)
        if method == "HEAD":
            scope["method"] = "GET"  # type: ignore[typeddict-item]
        try:
            await app(scope, receive, answer.take)
        finally:
            scope["method"] = method

    return handle


class _Answer:
    """One answer on its way out; a whole one is changed, a stream only loses its body for HEAD."""

    def __init__(self, scope: Scope, send: Send, method: str) -> None:
        self._scope, self._send, self._method = scope, send, method
        self._start: HTTPResponseStartEvent | None = None
        self._ended = False

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body" or self._ended:
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if start := self._start:
            self._start = None
            fixed = self._changed(start)
            if not more:
                body = self._whole(fixed, body)
            elif self._is_known_stream(fixed):
                self._ended, body, more = True, b"", False
            await self._send(fixed)
        if self._method == "HEAD":
            self._ended, body, more = True, b"", False
        # In pieces, because a piece at a time is copied for a reader who is slow.
        for at in range(0, len(body), PIECE) or (0,):
            follows = more or at + PIECE < len(body)
            await self._send({"type": BODY, "body": body[at : at + PIECE], "more_body": follows})

    def _changed(self, start: HTTPResponseStartEvent) -> HTTPResponseStartEvent:
        headers = [*start["headers"], *deprecation_headers(self._scope)]
        if self._scope["state"].get(STATE) and start["status"] < 300:
            headers.append(DRY_RUN)
        if (following := self._scope["state"].get(NEXT)) and start["status"] == 200:
            headers.append((b"link", f'<{following}>; rel="next"'.encode()))
        headers = [
            (name, _with_head(value) if name.lower() == b"allow" else value)
            for name, value in headers
        ]
        return {**start, "headers": headers}

    def _whole(self, start: HTTPResponseStartEvent, body: bytes) -> bytes:
        """The body as it is sent; the head of the answer is changed in place."""
        headers: Headers = {name.lower(): value for name, value in start["headers"]}
        if not self._is_data(start, headers):
            return body
        headers[b"vary"] = VARY
        digest = sha256(body).hexdigest()
        headers[b"etag"] = tag_of(headers.get(b"etag", b""), digest)
        if self._is_known(start, headers):
            return b""
        asked: Headers = dict(self._scope["headers"])
        if len(body) >= COMPRESSED_MIN and _takes_gzip(asked.get(b"accept-encoding", b"")):
            body = gzip.compress(body, LEVEL, mtime=0)
            headers[b"content-encoding"] = b"gzip"
            headers[b"etag"] = headers[b"etag"][:-1] + GZIP + b'"'
        headers[b"content-length"] = str(len(body)).encode()
        start["headers"] = [*headers.items()]
        return body

    def _is_known_stream(self, start: HTTPResponseStartEvent) -> bool:
        """Whether a stream that brings its tag need not be sent; the head is changed in place."""
        headers: Headers = {name.lower(): value for name, value in start["headers"]}
        if not self._is_data(start, headers):
            return False
        headers[b"vary"] = VARY
        start["headers"] = [*headers.items()]
        return b"etag" in headers and self._is_known(start, headers)

    def _is_data(self, start: HTTPResponseStartEvent, headers: Headers) -> bool:
        kind = headers.get(b"content-type", b"").partition(b";")[0]
        return self._method in ("GET", "HEAD") and start["status"] == 200 and kind in DATA

    def _is_known(self, start: HTTPResponseStartEvent, headers: Headers) -> bool:
        """Whether the client has it; then the head becomes that of a 304."""
        asked: Headers = dict(self._scope["headers"])
        if not _matches(asked.get(b"if-none-match", b""), headers[b"etag"]):
            return False
        start["status"] = 304
        start["headers"] = [pair for pair in headers.items() if pair[0] in OF_304]
        return True


def _with_head(allow: bytes) -> bytes:
    methods = {one.strip() for one in allow.split(b",")}
    if b"GET" in methods:
        methods.add(b"HEAD")
    return b", ".join(sorted(methods))


def tag_of(version: bytes, digest: str) -> bytes:
    """The version of the record, if it is one, and a digest of what is shown of it."""
    return b'"' + version.strip(b'"') + b"." + digest[:DIGEST_LENGTH].encode() + b'"'


def _matches(header: bytes, tag: bytes) -> bool:
    """By weak comparison, as RFC 9110 has it for reads; compressed or not is the same content."""
    if header.strip() == b"*":
        return True
    named = (name.removesuffix(GZIP) for name in NAME.findall(header))
    return tag.strip(b'"') in named


def _takes_gzip(header: bytes) -> bool:
    for one in header.lower().split(b","):
        coding, _, rest = one.partition(b";")
        if coding.strip() in (b"gzip", b"*"):
            return re.fullmatch(rb"\s*q=0(\.0*)?\s*", rest) is None
    return False
