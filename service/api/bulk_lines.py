"""An answer in lines that is made whether it is read or not.

A client that reads slowly, or has gone, would otherwise hold one of the few places and the lock of
its key for as long as it likes.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator

from litestar.concurrency import sync_to_thread

_making: set[asyncio.Task[None]] = set()  # a task that nobody holds may be collected


async def ahead_of_reader(pieces: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """The pieces as they come; those that wait for their reader are in memory."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

    def make() -> None:
        try:
            for piece in pieces:
                loop.call_soon_threadsafe(waiting.put_nowait, piece)
        finally:
            loop.call_soon_threadsafe(waiting.put_nowait, None)

    making = asyncio.create_task(sync_to_thread(make))
    _making.add(making)
    making.add_done_callback(_making.discard)
    while (piece := await waiting.get()) is not None:
        yield piece
