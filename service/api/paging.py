"""Opaque, signed cursors: where the next page of a list begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hmac import compare_digest, digest
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import QueryParameter

from domain.rejection import InvalidValue

LIMIT_DEFAULT, LIMIT_MAX = 50, 500
BIGINT_MAX = 2**63 - 1
MAC_BYTES = 16
NEXT = "next_page"
API = "/v1/"
NO_FILTERS = {"limit", "cursor", "language"}  # what may change from one page to the next
Limit = Annotated[
    int, QueryParameter(ge=1, le=LIMIT_MAX, description=f"At most so many items, 1 to {LIMIT_MAX}")
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[A-Za-z0-9_-]{1,1000}\Z",
        description="`next_cursor` of the page before; opaque",
    ),
]
NextCursor = Annotated[
    str | None,
    msgspec.Meta(
        description="`cursor` of the next page; null on the last one",
        examples=["dGhpcyBpcyBvcGFxdWUuLi5bIkEwMDEiXQ"],
    ),
]


def _whole(text: str) -> int:
    number = int(text)
    if not 0 <= number <= BIGINT_MAX:
        raise ValueError
    return number


def _text(text: str) -> str:
    if "\x00" in text:
        raise ValueError
    return text


READ: dict[str, Callable[[str], Any]] = {
    "uuid": UUID,
    "date": date.fromisoformat,
    "bigint": _whole,
    "int": _whole,
    "text": _text,
    "numeric": Decimal,
    "timestamp": datetime.fromisoformat,
    "timestamptz": datetime.fromisoformat,
}


@dataclass(frozen=True)
class Cursors:
    """The cursors of one list, as one request asks for it: no other list or filter takes them.

    A cursor is the key of the last row and a MAC over it and over tenant, path and filters.
    """

    key: bytes
    scope: bytes
    state: dict[str, Any]
    address: str

    @staticmethod
    def of_request(
        key: bytes, tenant: UUID, request: Request[Any, Any, Any], name: str
    ) -> "Cursors":
        """Those of the parameter `name`. Pages make their links themselves, filters and all."""
        path = request.url.path
        given = parse_qsl(request.url.query) if path.startswith(API) else []
        asked = sorted(pair for pair in given if pair[0] not in NO_FILTERS)
        scope = msgspec.json.encode([str(tenant), path, name, asked])
        kept = urlencode([*(pair for pair in given if pair[0] != "cursor"), (name, "")])
        return Cursors(key, scope, request.scope["state"], f"{path}?{kept}")

    def after(self, last: tuple[str, ...] | None) -> str | None:
        """The cursor after a row's key; the answer gets a `Link` to the page that it begins."""
        if last is None:
            return None
        content = msgspec.json.encode(last)
        cursor = urlsafe_b64encode(self._mac(content) + content).rstrip(b"=").decode()
        self.state[NEXT] = self.address + cursor
        return cursor

    def read(self, cursor: str | None, order: Mapping[str, str]) -> tuple[str, ...] | None:
        """The key inside a cursor, of the types of the order. Raises InvalidValue."""
        if cursor is None:
            return None
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            mac, content = raw[:MAC_BYTES], raw[MAC_BYTES:]
            if not compare_digest(mac, self._mac(content)):
                raise ValueError
            key = msgspec.json.decode(content, type=tuple[str, ...])
            for text, kind in zip(key, order.values(), strict=True):
                READ[kind](text)
        except (ValueError, ArithmeticError, msgspec.DecodeError):
            text = "expected a `next_cursor` of this list, with the same filters and order"
            raise InvalidValue(text, "cursor") from None
        return key

    def _mac(self, content: bytes) -> bytes:
        return digest(self.key, self.scope + b"\n" + content, "sha256")[:MAC_BYTES]
