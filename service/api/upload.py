"""A file as the body of a request: kept on disk while it comes in, counted and hashed, never whole
in memory.

The file on disk has no name: a process that is killed leaves nothing of it behind.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Any
from uuid import UUID

from litestar import Request
from litestar.exceptions import HTTPException

from service.api.body_limits import put_on_disk
from service.api.strict_request import InvalidBody

SIZE_MAX = 50_000_000
SECONDS_MAX = 600  # how slowly its parts may come is limited for all bodies
AT_ONCE, AT_ONCE_OF_TENANT = 4, 2  # each holds its file on disk
_slots = BoundedSemaphore(AT_ONCE)
_coming: Counter[UUID] = Counter()  # files, by tenant


class UploadsBusy(Exception):
    """As many files as one process, or an organisation in it, receives at once are coming in."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file; `path` is good while it is open here."""

    path: Path
    media_type: str
    sha256: bytes


@asynccontextmanager
async def received(
    request: Request[Any, Any, Any], tenant: UUID, media_types: Collection[str]
) -> AsyncGenerator[Upload]:
    """The body of a request. Raises UploadsBusy, InvalidBody, the HTTP errors 413 and 415."""
    media_type = request.content_type[0]
    if media_type not in media_types:
        offered = ", ".join(media_types)
        detail, headers = f"expected Content-Type: {offered}", {"Accept-Post": offered}
        raise HTTPException(status_code=415, detail=detail, headers=headers)
    if (request.content_length or 0) > SIZE_MAX:
        raise _too_large()  # before anything is read
    with _place(tenant), tempfile.TemporaryFile() as file:
        try:
            async with asyncio.timeout(SECONDS_MAX):
                size, digest = await _written(request, file)
        except TimeoutError:
            detail = f"the file did not come within {SECONDS_MAX} s"
            headers = {"Connection": "close"}
            raise HTTPException(status_code=408, detail=detail, headers=headers) from None
        if not size:
            raise InvalidBody("expected a file")
        file.seek(0)
        yield Upload(Path(f"/dev/fd/{file.fileno()}"), media_type, digest)


@contextmanager
def _place(tenant: UUID) -> Generator[None]:
    """A place; those of one organisation leave some to others. Raises UploadsBusy."""
    if _coming[tenant] >= AT_ONCE_OF_TENANT or not _slots.acquire(blocking=False):
        raise UploadsBusy
    _coming[tenant] += 1
    try:
        yield
    finally:
        _coming[tenant] -= 1
        if not _coming[tenant]:
            del _coming[tenant]
        _slots.release()


async def _written(request: Request[Any, Any, Any], file: IO[bytes]) -> tuple[int, bytes]:
    """The size and the SHA-256 of what came."""
    size, digest = 0, sha256()
    async for piece in request.stream():
        size += len(piece)
        if size > SIZE_MAX:
            raise _too_large()
        digest.update(piece)
        file.write(piece)
        put_on_disk(request.scope, len(piece))
    return size, digest.digest()


def _too_large() -> HTTPException:
    return HTTPException(status_code=413, detail=f"a file has at most {SIZE_MAX:,} bytes")
