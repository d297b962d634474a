"""Connections beyond what one process takes: who asks is answered, who only waits makes room."""

import resource
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import cycle

import pytest

from service.api.server import CONNECTIONS_MAX, OTHER_FILES, connections_max
from service.store.database import Pool
from service.store.urls import Urls
from tests.service.api.raw_clients import PATIENCE_S, Answer, Raw, head, meanwhile, together
from tests.service.api.servers import (
    Opened,
    Owner,
    forget_memory_max,
    memory_max,
    new_owner,
    open_files,
    opened,
)

FEW, NEWCOMERS = 20, 10
SMALL = {"service.api.server.CONNECTIONS_MAX": FEW, "service.api.connection_limits.HEAD_S": 1e9}
MANY, OWN_FILES = 2_000, 300
OF_DATABASE = 20  # connections that were not needed before
MEMORY_BYTES_MAX = 150_000_000
HALF = b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def owner(pool: Pool) -> Owner:
    return new_owner(pool)


@pytest.fixture
def small(urls: Urls, owner: Owner) -> Iterator[Opened]:
    """A server that takes few connections and waits for ever."""
    with opened(urls, owner, SMALL) as running:
        yield running


def asked(server: Opened) -> Answer:
    """Of a new connection."""
    raw = Raw(server.url)
    raw.send(head("GET", "/v1/me", **server.headers))
    return raw.answer(whole_is_enough=True)


def listening(server: Opened) -> Raw:
    """A connection with a request that goes on."""
    raw = Raw(server.url)
    raw.send(head("GET", "/v1/events", Accept="text/event-stream", **server.headers))
    assert raw.socket.recv(12) == b"HTTP/1.1 200"
    return raw


def test_where_all_connections_have_a_request_more_are_told_so_and_the_others_cut_off(
    small: Opened,
) -> None:
    held = [listening(small) for _ in range(FEW)]
    refused = asked(small)
    assert (refused.status, refused.kind) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["connection"] == "close"
    more = [Raw(small.url) for _ in range(2 * FEW)]
    until = time.monotonic() + PATIENCE_S
    while sum(raw.ended(0.01) for raw in more) < FEW:
        assert time.monotonic() < until, "there are more than twice as many"
    held[0].close()
    until = time.monotonic() + PATIENCE_S
    while asked(small).status != 200:
        assert time.monotonic() < until, "there is room again"


def test_who_only_waits_makes_room_for_who_asks(small: Opened) -> None:
    waiting = [Raw(small.url) for _ in range(FEW)]
    for raw in waiting[::2]:
        raw.send(HALF)
    assert not waiting[0].ended(1.0)
    answers = [asked(small) for _ in range(FEW)]
    assert [answer.status for answer in answers] == [200] * FEW
    assert waiting[0].ended(PATIENCE_S), "which waited longest"


def test_the_limit_of_open_files_leaves_room_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = {"now": (256, 1_024)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.update(now=wanted))
    assert connections_max() == (1_024 - OTHER_FILES) // 2
    assert limits["now"] == (1_024, 1_024)
    limits["now"] = (1_024, 100_000)
    assert connections_max() == CONNECTIONS_MAX
    assert limits["now"] == (2 * CONNECTIONS_MAX + OTHER_FILES, 100_000)


def room_for(count: int) -> int:
    """How many connections this process can have; it may have as many as that needs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * count + OWN_FILES), hard))
    found = min(count, hard - OWN_FILES)
    if found < count:
        print(f"only {found} connections: no more files may be open (ulimit -Hn)")
    return found


def flood(server: Opened, count: int) -> dict[str, Counter[int]]:
    """As many connections at once, of three kinds in turn; how each kind ended."""
    kinds = {"idle": b"", "half": HALF, "asks": head("GET", "/v1/me", **server.headers)}
    raws = [(kind, Raw(server.url)) for _, kind in zip(range(count), cycle(kinds), strict=False)]
    for kind, raw in raws:
        raw.send(kinds[kind])
    answers = {kind: Counter[int]() for kind in kinds}
    for kind, raw in raws:
        answers[kind][raw.answer(whole_is_enough=True).status] += 1
        raw.close()
    return answers


def answered_in_the_end(server: Opened) -> float:
    """How long somebody new waits for his answer, who asks again as he is told."""
    began = time.monotonic()
    while (answer := asked(server)).status != 200:
        assert answer.status in (0, 503)
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(float(answer.headers.get("retry-after", "2")))
    return time.monotonic() - began


def check(server: Opened, count: int) -> None:
    files, before = open_files(server.process), forget_memory_max(server.process)
    with meanwhile(server.url, server.headers, repeats=True) as took:
        began = time.monotonic()
        answers, *newcomers = together(
            partial(flood, server, count), *[partial(answered_in_the_end, server)] * NEWCOMERS
        )
        seconds = time.monotonic() - began
    more = memory_max(server.process) - before
    print(
        f"{count} connections: {dict(answers)} after {seconds:.1f} s, {more / 1e6:.0f} MB more;"
        f" somebody who was there waited at most {max(took) * 1000:.0f} ms,"
        f" who came meanwhile and asked again when told was answered after at most"
        f" {max(newcomers):.1f} s"
    )
    assert set(answers["idle"]) == {0}
    assert set(answers["half"]) <= {0, 408}
    assert set(answers["asks"]) <= {0, 200, 503}
    assert answers["asks"][200] > 0
    assert max(took) < PATIENCE_S
    assert more < MEMORY_BYTES_MAX
    until = time.monotonic() + PATIENCE_S
    while open_files(server.process) > files + OF_DATABASE:
        assert time.monotonic() < until, "all are closed"
        time.sleep(0.1)
    assert asked(server).status == 200


@pytest.mark.long
def test_2_000_connections_at_once_end_and_leave_nothing(urls: Urls, owner: Owner) -> None:
    with opened(urls, owner, {}) as server:
        assert asked(server).status == 200
        check(server, room_for(MANY))
