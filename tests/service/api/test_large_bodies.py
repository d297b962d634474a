"""Bodies of 100 MB, however they are sent: an answer, and no memory for them.

What is measured is the most memory of the process (VmHWM) beyond what it had before.
"""

import select
import time
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest

from service.api.body_limits import HELD_BYTES_MAX
from service.api.strict_request import VALUES_MAX
from service.store.database import Pool
from service.store.urls import Urls
from tests.service.api.raw_clients import PATIENCE_S, Answer, Raw, head, meanwhile, together
from tests.service.api.requests import PROJECT
from tests.service.api.servers import (
    Opened,
    Owner,
    forget_memory_max,
    memory_max,
    new_owner,
    opened,
)

SIZE, PIECE = 100_000_000, b" " * 250_000
MEMORY_BYTES_MAX = 60_000_000  # whatever comes from nobody, or is larger than its operation takes
HELD_MEMORY_BYTES_MAX = 400_000_000  # 64 MB of bodies, as bytes, as JSON and as values
JSON_BYTES = 2_000_000
USUAL_S_MAX = 10.0
JSON, LINES = "application/json", "application/x-ndjson"
FORM = "application/x-www-form-urlencoded"
WITHOUT_LIMITS = {
    "service.app.BODY_SIZE_MAX": 10**9,
    "service.api.body_limits.HELD_BYTES_MAX": 10**9,
    "service.api.strict_request.VALUES_MAX": 10**9,
}


class Target(NamedTuple):
    """Where a body is sent, and how it is refused: with a token, and without one."""

    path: str
    media_type: str
    status: int
    status_of_nobody: int


TARGETS = (
    Target("/v1/projects", JSON, 413, 401),
    Target(f"/v1/projects/{uuid4()}/documents/bulk?mode=continue", LINES, 413, 401),
    Target("/v1/imports", "application/zip", 413, 401),
    Target("/oauth/token", FORM, 413, 413),
    Target("/sign-in", FORM, 413, 413),
    Target("/v1/nothing", JSON, 404, 404),
    Target("/healthz", JSON, 405, 405),
)
SHAPES: dict[str, dict[str, str]] = {
    "length": {"Content-Length": str(SIZE)},
    "chunks": {"Transfer-Encoding": "chunked"},
    "gzip": {"Content-Length": str(SIZE), "Content-Encoding": "gzip"},
    "expect": {"Content-Length": str(SIZE), "Expect": "100-continue"},
}


@pytest.fixture(scope="module")
def owner(pool: Pool) -> Owner:
    return new_owner(pool)


@pytest.fixture(scope="module")
def server(urls: Urls, owner: Owner) -> Iterator[Opened]:
    with opened(urls, owner, {}) as running:
        yield running


def sent(server: Opened, target: Target, shape: str, *, known: bool) -> Answer:
    """Sends all of it, whatever is answered meanwhile, or as much as is taken."""
    raw = Raw(server.url)
    asked = SHAPES[shape] | {"Content-Type": target.media_type}
    raw.send(head("POST", target.path, **asked, **(server.headers if known else {})))
    if shape != "expect":
        piece = b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if shape == "chunks" else PIECE
        for _ in range(SIZE // len(PIECE)):
            if not raw.send(piece):
                break
        if shape == "chunks":
            raw.send(b"0\r\n\r\n")
    return raw.answer(whole_is_enough=True)


def wanted(target: Target, shape: str, *, known: bool) -> int:
    return 415 if shape == "gzip" else target.status if known else target.status_of_nobody


def check(server: Opened, shapes: tuple[str, ...]) -> None:
    """Sends to every target at once, with and without a token."""
    drills = list(product(TARGETS, shapes, (True, False)))
    before = forget_memory_max(server.process)
    with meanwhile(server.url, server.headers) as took:
        began = time.monotonic()
        answers = together(
            *[partial(sent, server, target, shape, known=known) for target, shape, known in drills]
        )
        seconds = time.monotonic() - began
    more = memory_max(server.process) - before
    print(
        f"{len(drills)} x 100 MB ({', '.join(shapes)}): {seconds:.1f} s, {more / 1e6:.0f} MB more,"
        f" an answer to somebody else at most {max(took) * 1000:.0f} ms"
    )
    for (target, shape, known), answer in zip(drills, answers, strict=True):
        assert answer.status == wanted(target, shape, known=known), (target, shape, answer)
        if target.path != "/sign-in" or shape == "gzip":
            assert answer.kind
    assert more < MEMORY_BYTES_MAX
    assert max(took) < USUAL_S_MAX


def test_100_megabytes_to_every_kind_of_endpoint_are_refused_in_bounded_memory(
    server: Opened,
) -> None:
    check(server, ("length",))


@pytest.mark.long
def test_many_bodies_of_100_megabytes_however_they_are_sent(server: Opened) -> None:
    check(server, ("length", "chunks", "gzip", "expect") * 2)


def test_a_body_is_refused_before_it_is_sent_where_the_client_asks(server: Opened) -> None:
    check(server, ("expect",))


def full(size: int) -> bytes:
    """JSON of as many values as a body may have, in as many bytes."""
    values = b'"",' * (VALUES_MAX - 10) + b'""'
    start = b'{"note": [' + values + b'], "title_en": "'
    return start + b"a" * (size - len(start) - 2) + b'"}'


def at_once(
    server: Opened, path: str, media_type: str, body: bytes, count: int, refused: int = 0
) -> list[Answer]:
    """All but the last byte of each; when all are there, or refused, the last ones."""
    raws = [Raw(server.url) for _ in range(count)]
    asked = {"Content-Type": media_type, "Content-Length": str(len(body)), **server.headers}
    together(*[partial(raw.send, head("POST", path, **asked) + body[:-1]) for raw in raws])
    until = time.monotonic() + PATIENCE_S
    while len(select.select([raw.socket for raw in raws], [], [], 0)[0]) < refused:
        assert time.monotonic() < until, "more is held"
        time.sleep(0.05)
    together(*[partial(raw.send, body[-1:]) for raw in raws])
    return together(*[partial(raw.answer, whole_is_enough=True) for raw in raws])


def check_held(server: Opened) -> None:
    """Bodies that are as large as they may be, more at once than are held; lines are on disk."""
    drills = {
        JSON: ("/v1/projects", full(JSON_BYTES), 40),
        LINES: (TARGETS[1].path, full(1_900_000) + b"\n" + b" " * 18_000_000, 6),
    }
    for media_type, (path, body, count) in drills.items():
        too_many = count - HELD_BYTES_MAX // len(body) if media_type == JSON else 0
        before = forget_memory_max(server.process)
        with meanwhile(server.url, server.headers) as took:
            answers = at_once(server, path, media_type, body, count, too_many)
        more = memory_max(server.process) - before
        refused = [answer for answer in answers if answer.status == 503]
        print(
            f"{count} x {len(body) / 1e6:.0f} MB at once: {len(refused)} of them 503,"
            f" {more / 1e6:.0f} MB more, others waited at most {max(took) * 1000:.0f} ms"
        )
        assert more < HELD_MEMORY_BYTES_MAX
        assert {answer.status for answer in answers} <= {400, 404, 503}
        assert len(refused) >= too_many
        assert {(one.kind, one.headers["retry-after"]) for one in refused} <= {("unavailable", "2")}


@pytest.mark.long
def test_bodies_of_the_largest_size_are_held_in_bounded_memory(urls: Urls, owner: Owner) -> None:
    """They wait for each other longer than a body usually may."""
    with opened(urls, owner, {"service.api.body_limits.WINDOW_S": PATIENCE_S}) as server:
        check_held(server)
        [again] = at_once(server, "/v1/projects", JSON, full(JSON_BYTES), 1)
        assert again.status == 400, "there is room again"


@pytest.mark.long
def test_a_bulk_body_of_ten_million_values_is_refused_in_bounded_memory(server: Opened) -> None:
    """Each would be a few bytes that become a hundred."""
    post = partial(httpx.post, headers=server.headers, timeout=PATIENCE_S)
    project = post(f"{server.url}/v1/projects", json=PROJECT).json()["id"]
    body = b'{"mode": "continue", "items": [' + b"1," * 9_900_000 + b"1]}"
    before = forget_memory_max(server.process)
    path = f"/v1/projects/{project}/trips/bulk"
    answers = at_once(server, path, JSON, body, 3)
    more = memory_max(server.process) - before
    print(f"3 x 10 million values: {more / 1e6:.0f} MB more")
    assert [answer.kind for answer in answers] == ["malformed-request"] * 3
    assert more < HELD_MEMORY_BYTES_MAX


@pytest.mark.long
def test_control_without_the_limits_the_memory_is_seen(urls: Urls, owner: Owner) -> None:
    with opened(urls, owner, WITHOUT_LIMITS) as server:
        before = forget_memory_max(server.process)
        answers = at_once(server, "/v1/projects", JSON, full(60_000_000), 4)
        assert memory_max(server.process) - before > HELD_MEMORY_BYTES_MAX
        assert {answer.status for answer in answers} == {400}
