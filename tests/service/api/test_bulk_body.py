"""The body of a bulk request on its way in: on disk, and nobody's place until it is whole."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, Iterator
from threading import BoundedSemaphore

import httpx
import msgspec
import pytest

from service.api import body_limits
from service.api.bulk_body import BYTES_MAX, IN_MEMORY_MAX, received
from service.composition import Services
from tests.service.api.listening import served
from tests.service.api.requests import TRIP, Api, problem_of, project_with_items

PIECE = b"x" * 65_536
OTHERS = 1_000_000  # of the interpreter and of tracemalloc
LINE = msgspec.json.encode(TRIP) + b"\n"


async def pieces(count: int) -> AsyncGenerator[bytes]:
    for _ in range(count):
        yield bytes(PIECE)


def peak_bytes(count: int) -> int:
    async def take() -> int:
        tracemalloc.start()
        try:
            with await received(pieces(count), None, lambda _: None):
                return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return asyncio.run(take())


def test_the_largest_body_takes_a_megabyte_of_memory() -> None:
    assert peak_bytes(BYTES_MAX // len(PIECE)) < 2 * IN_MEMORY_MAX + OTHERS


def test_control_a_body_kept_in_memory_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.bulk_body.IN_MEMORY_MAX", BYTES_MAX)
    assert peak_bytes(BYTES_MAX // len(PIECE)) > BYTES_MAX * 0.9


def test_what_is_on_disk_takes_none_of_the_room_of_other_bodies(
    services: Services, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a few large bodies whose ends come slowly would refuse all others for hours."""
    monkeypatch.setattr(body_limits, "HELD_BYTES_MAX", 2 * IN_MEMORY_MAX)
    path = f"/v1/projects/{project_with_items(api)}/trips/bulk?mode=continue"
    headers = api.headers | {"Content-Type": "application/x-ndjson"}
    body = LINE + b"\n" * 5 * IN_MEMORY_MAX
    with served(services) as server, httpx.Client(base_url=server.url, headers=headers) as client:
        taken = client.post(path, content=body, timeout=60)
        assert taken.status_code == 200, taken.text
        monkeypatch.setattr("service.api.bulk.put_on_disk", lambda *_: None)
        control = client.post(path, content=body, timeout=60)
    assert problem_of(control) == "unavailable"


def test_a_body_that_comes_slowly_holds_no_place(
    services: Services, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.bulk._slots", BoundedSemaphore(1))
    path = f"/v1/projects/{project_with_items(api)}/trips/bulk?mode=continue"
    meanwhile: list[int] = []
    headers = api.headers | {"Content-Type": "application/x-ndjson"}
    with served(services) as server:

        def slowly() -> Iterator[bytes]:
            yield LINE
            other = httpx.post(server.url + path, content=LINE, headers=headers, timeout=60)
            meanwhile.append(other.status_code)
            yield LINE.replace(b"CP00001", b"CP2")

        answer = httpx.post(server.url + path, content=slowly(), headers=headers, timeout=60)
    assert meanwhile == [200]
    told = [msgspec.json.decode(line) for line in answer.text.splitlines()]
    assert [one["status"] for one in told] == [201, 201]
