"""Opaque cursors: where the next page of a list begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from domain.rejection import InvalidValue

LIMIT_DEFAULT, LIMIT_MAX = 50, 500
BIGINT_MAX = 2**63 - 1
Limit = Annotated[
    int, QueryParameter(ge=1, le=LIMIT_MAX, description=f"At most so many items, 1 to {LIMIT_MAX}")
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[A-Za-z0-9_-]{1,400}$",
        description="`next_cursor` of the page before; opaque",
    ),
]
NextCursor = Annotated[
    str | None,
    msgspec.Meta(
        description="`cursor` of the next page; null on the last one", examples=["WyJBMDAxIl0"]
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
    "timestamptz": datetime.fromisoformat,
}


def cursor_of(key: tuple[str, ...] | None) -> str | None:
    """The cursor after a row's key."""
    if key is None:
        return None
    return urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def key_of(cursor: str | None, order: Mapping[str, str]) -> tuple[str, ...] | None:
    """The key inside a cursor, of the types of the order. Raises InvalidValue."""
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = msgspec.json.decode(raw, type=tuple[str, ...])
        for text, kind in zip(key, order.values(), strict=True):
            READ[kind](text)
    except (ValueError, msgspec.DecodeError):
        raise InvalidValue("expected a `next_cursor` of this list", "cursor") from None
    return key
