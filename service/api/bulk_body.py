"""The body of a bulk request: kept in a file while it comes in, then read item by item.

It is read whole before the first item is recorded. An answer that began while the client still
sends would wait for him, as he for it; and what is too large is refused before it did anything.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import IO, Annotated, Literal

import msgspec
from litestar.exceptions import HTTPException
from msgspec import Meta

from domain.rejection import InvalidValue
from service.api.fields import Body
from service.api.strict_request import InvalidBody, check_count, decoded

JSON, NDJSON = "application/json", "application/x-ndjson"
ITEMS_MAX = 10_000
BYTES_MAX = 20_000_000
VALUES_MAX = 1_000_000  # in a JSON body; each item has the limits of its single operation
IN_MEMORY_MAX = 1_000_000
Mode = Literal["atomic", "continue"]


class BulkBusy(Exception):
    """As many bulk requests as one process takes at once are being recorded."""


class BulkBody(Body, frozen=True, kw_only=True):
    """The items of a bulk request, each as its single operation takes it."""

    mode: Annotated[
        Mode,
        Meta(
            description="`atomic`: all items or none. `continue`: each that can be",
            examples=["continue"],
        ),
    ]
    items: list[msgspec.Raw]


def check_media_type(media_type: str) -> None:
    """Raises the HTTP error for a body that is neither."""
    if media_type not in (JSON, NDJSON):
        detail = f"expected Content-Type: {JSON} or {NDJSON}"
        headers = {"Accept-Post": f"{JSON}, {NDJSON}"}
        raise HTTPException(status_code=415, detail=detail, headers=headers)


async def received(
    pieces: AsyncIterator[bytes], announced: int | None, on_disk: Callable[[int], None]
) -> IO[bytes]:
    """The body in a file without a name, of which the first megabyte is in memory.

    `on_disk` is told how many bytes more are not. Raises the HTTP error for a body that is too
    large, or will be.
    """
    if announced is not None and announced > BYTES_MAX:
        raise _too_large(f"a request has at most {BYTES_MAX:,} bytes")
    file = tempfile.SpooledTemporaryFile(IN_MEMORY_MAX)  # noqa: SIM115 who asked closes it
    size = told = 0
    async for piece in pieces:
        size += len(piece)
        if size > BYTES_MAX:
            file.close()
            raise _too_large(f"a request has at most {BYTES_MAX:,} bytes")
        file.write(piece)
        if size > IN_MEMORY_MAX:
            on_disk(size - told)
            told = size
    file.seek(0)
    return file


def items_of(file: IO[bytes], media_type: str, mode: Mode | None) -> tuple[Mode, Iterator[bytes]]:
    """The mode and the items, unread; `mode` is the query's. Raises InvalidBody, InvalidValue."""
    if media_type == NDJSON:
        if mode is None:
            raise InvalidValue("expected atomic or continue", "mode")
        _check_count(sum(1 for _ in _lines(file)))
        return mode, _lines(file)
    if mode is not None:
        raise InvalidValue("the mode of a JSON body is in the body", "mode")
    raw = file.read()
    check_count(raw, VALUES_MAX)
    try:
        body: BulkBody = decoded(BulkBody, raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise InvalidBody("the body is not JSON") from None
    _check_count(len(body.items))
    return body.mode, map(bytes, body.items)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Empty lines are no items."""
    file.seek(0)
    return (line for line in file if line.strip())


def _check_count(count: int) -> None:
    if not count:
        raise InvalidBody("expected at least one item")
    if count > ITEMS_MAX:
        raise _too_large(f"a request has at most {ITEMS_MAX:,} items, not {count:,}")


def _too_large(detail: str) -> HTTPException:
    return HTTPException(status_code=413, detail=detail)
