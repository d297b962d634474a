"""What is answered in lines goes on without its reader."""

import asyncio
from collections.abc import Iterator

from service.api.bulk_lines import ahead_of_reader

PIECES = [b"0\n", b"1\n", b"2\n"]
SECONDS_MAX = 10.0


def noted(made: list[bytes]) -> Iterator[bytes]:
    for piece in PIECES:
        made.append(piece)
        yield piece


async def made_all(made: list[bytes]) -> None:
    while made != PIECES:
        await asyncio.sleep(0.01)


def test_all_pieces_come_in_order() -> None:
    async def read() -> list[bytes]:
        return [piece async for piece in ahead_of_reader(iter(PIECES))]

    assert asyncio.run(read()) == PIECES


def test_pieces_are_made_while_nobody_reads_and_after_he_has_gone() -> None:
    async def read_one(*, stay: bool) -> list[bytes]:
        made: list[bytes] = []
        stream = ahead_of_reader(noted(made))
        assert await anext(stream) == PIECES[0]
        if not stay:
            await stream.aclose()
        await asyncio.wait_for(made_all(made), SECONDS_MAX)
        return made

    assert asyncio.run(read_one(stay=True)) == PIECES
    assert asyncio.run(read_one(stay=False)) == PIECES


def test_control_what_the_reader_drives_waits_for_him() -> None:
    made: list[bytes] = []
    assert next(noted(made)) == PIECES[0]
    assert made != PIECES
