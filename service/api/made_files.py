"""Files that are made for a request: only a few at once, and sent piece by piece."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import IO

MADE_AT_ONCE_MAX = 2
CHUNK = 65536
_slots = BoundedSemaphore(MADE_AT_ONCE_MAX)


class ExportsBusy(Exception):
    """As many exports as one process makes at once are being made."""


@contextmanager
def making() -> Generator[None]:
    """One of the few that are made at once. Raises ExportsBusy."""
    if not _slots.acquire(blocking=False):
        raise ExportsBusy
    try:
        yield
    finally:
        _slots.release()


def chunks(opened: IO[bytes]) -> Iterator[bytes]:
    """A file piece by piece; it is closed behind the last one."""
    with opened:
        while chunk := opened.read(CHUNK):
            yield chunk
