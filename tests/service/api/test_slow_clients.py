"""Who is slow to ask, to send or to read is ended after a time; nobody else waits for him.

The limits are shorter here than those of the service, whose own are drilled by the last test.
"""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from uuid import uuid4

import pytest

from service.api import connection_limits
from service.store.database import Pool
from service.store.log import Ledger
from service.store.urls import Urls
from tests.logs import by, noted
from tests.service.api.raw_clients import PATIENCE_S, Answer, Raw, head, meanwhile, together
from tests.service.api.servers import (
    Opened,
    Owner,
    forget_memory_max,
    memory_max,
    new_owner,
    opened,
)

EACH_S = 0.1
USUAL_S_MAX = 5.0  # of a slow machine; measured are some milliseconds
LIMIT_S, READERS, EVENTS = 1.0, 6, 1_000
MANY, READER_BYTES_MAX = 300, 400_000
SHORT = {
    "service.api.connection_limits.HEAD_S": LIMIT_S,
    "service.api.connection_limits.READER_S": LIMIT_S,
    "service.api.connection_limits.LINGER_S": LIMIT_S,
    "service.api.body_limits.WINDOW_S": LIMIT_S,
}
SMALL = 4_096
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BUNDLE = "/docs/swagger-ui-bundle.js"  # 1.7 MB, for everybody


@pytest.fixture(scope="module")
def owner(pool: Pool) -> Owner:
    return new_owner(pool)


@pytest.fixture(scope="module")
def server(urls: Urls, owner: Owner) -> Iterator[Opened]:
    with opened(urls, owner, SHORT) as running:
        yield running


@pytest.fixture(scope="module")
def patient(urls: Urls, owner: Owner) -> Iterator[Opened]:
    """The variant that waits, as uvicorn alone does."""
    with opened(urls, owner, dict.fromkeys(SHORT, 1e9)) as running:
        yield running


def silent(server: Opened) -> Answer:
    return Raw(server.url).answer()


def begins_no_second_request(server: Opened) -> Answer:
    raw = Raw(server.url)
    raw.send(head("GET", "/healthz"))
    return raw.answer()


def slow_head(server: Opened) -> Answer:
    return Raw(server.url).trickle(repeat(b"a"), EACH_S)


def slow_second_head(server: Opened) -> Answer:
    raw = Raw(server.url)
    raw.send(head("GET", "/healthz"))
    return raw.trickle([b"GET /healthz HTTP/1.1\r\n", *[b"a"] * 600], EACH_S)


def half_a_head(server: Opened) -> Answer:
    raw = Raw(server.url)
    raw.send(b"GET /v1/projects HTTP/1.1\r\nHost: localhost\r\n")
    return raw.answer()


def endless_line(server: Opened) -> Answer:
    return Raw(server.url).trickle(repeat(b"a" * 10_000), 0)


def endless_headers(server: Opened) -> Answer:
    raw = Raw(server.url)
    raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    return raw.trickle((b"x-%d: %s\r\n" % (n, b"a" * 1_000) for n in range(10**6)), 0)


def no_http(server: Opened) -> Answer:
    raw = Raw(server.url)
    raw.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    return raw.answer()


def slow_body(path: str, media_type: str, *, chunked: bool = False) -> Callable[[Opened], Answer]:
    def drill(server: Opened) -> Answer:
        length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": "9000"}
        raw = Raw(server.url)
        raw.send(head("POST", path, **length, **{"Content-Type": media_type}, **server.headers))
        return raw.trickle(repeat(b"1\r\n \r\n" if chunked else b" "), EACH_S)

    return drill


def body_that_stops(server: Opened) -> Answer:
    raw = Raw(server.url)
    of_body = {"Content-Type": JSON, "Content-Length": "900000"}
    raw.send(head("POST", "/v1/projects", **of_body, **server.headers) + b" " * 500_000)
    return raw.answer()


def body_that_is_only_promised(server: Opened) -> Answer:
    raw = Raw(server.url)
    of_body = {"Content-Type": JSON, "Content-Length": "900", "Expect": "100-continue"}
    raw.send(head("POST", "/v1/projects", **of_body, **server.headers))
    assert raw.socket.recv(12) == b"HTTP/1.1 100"
    assert raw.socket.recv(13) == b" Continue\r\n\r\n"
    return raw.answer()


def bad_chunk(server: Opened) -> Answer:
    raw = Raw(server.url)
    of_body = {"Content-Type": JSON, "Transfer-Encoding": "chunked"}
    raw.send(head("POST", "/v1/projects", **of_body, **server.headers) + b"no number\r\n")
    return raw.answer()


DRILLS: dict[str, tuple[Callable[[Opened], Answer], int, str]] = {
    "says nothing": (silent, 0, ""),
    "asks for nothing more": (begins_no_second_request, 200, ""),
    "a byte now and then": (slow_head, 408, "request-timeout"),
    "half a head": (half_a_head, 408, "request-timeout"),
    "a line without an end": (endless_line, 431, "headers-too-large"),
    "headers without an end": (endless_headers, 431, "headers-too-large"),
    "not HTTP": (no_http, 400, "malformed-request"),
    "slow JSON": (slow_body("/v1/projects", JSON), 408, "request-timeout"),
    "slow chunks": (slow_body("/v1/projects", JSON, chunked=True), 408, "request-timeout"),
    "slow form": (slow_body("/oauth/token", FORM), 408, "request-timeout"),
    "slow page": (slow_body("/sign-in", FORM), 408, ""),
    "slow lines": (
        slow_body(f"/v1/projects/{uuid4()}/documents/bulk?mode=atomic", "application/x-ndjson"),
        408,
        "request-timeout",
    ),
    "a body that stops": (body_that_stops, 408, "request-timeout"),
    "a body that is only promised": (body_that_is_only_promised, 408, "request-timeout"),
    "a bad chunk": (bad_chunk, 400, "malformed-request"),
}


def drilled(server: Opened) -> dict[str, Answer]:
    """All drills at the same time."""
    answers = together(*[partial(run, server) for run, _, _ in DRILLS.values()])
    return dict(zip(DRILLS, answers, strict=True))


def check(server: Opened) -> None:
    with meanwhile(server.url, server.headers) as took:
        answers = drilled(server)
    for drill, (_, status, kind) in DRILLS.items():
        answer = answers[drill]
        print(f"{drill}: {answer.status} after {answer.after_s:.1f} s")
        assert answer.status == status, (drill, answer)
        assert not kind or answer.kind == kind, (drill, answer)
    print(f"an answer to somebody else takes at most {max(took) * 1000:.0f} ms")
    assert max(took) < USUAL_S_MAX


def test_each_drill_ends_in_its_answer_and_others_are_answered_meanwhile(server: Opened) -> None:
    check(server)


def rest_ends_after_s(server: Opened) -> float:
    """How long the rest of a body is taken that was refused before it came."""
    raw = Raw(server.url)
    raw.send(head("POST", "/v1/projects", **{"Content-Type": JSON, "Content-Length": "90000"}))
    assert raw.socket.recv(12) == b"HTTP/1.1 401"
    while raw.send(b" ") and not raw.ended(EACH_S):
        assert time.monotonic() - raw.began < PATIENCE_S, "it is taken for ever"
    return time.monotonic() - raw.began


def test_the_rest_of_a_body_that_is_answered_already_is_not_taken_for_ever(server: Opened) -> None:
    assert rest_ends_after_s(server) >= LIMIT_S


def unread(server: Opened, path: str, **headers: str) -> Raw:
    """Asks for much and reads nothing."""
    raw = Raw(server.url, SMALL)
    raw.send(head("GET", path, **server.headers, **headers))
    return raw


def readers(server: Opened) -> list[Raw]:
    """Of a file, of a description that every reader has to himself, and of a stream."""
    stream = {"Accept": "text/event-stream"}
    return [
        *(unread(server, BUNDLE) for _ in range(READERS)),
        *(unread(server, "/openapi.json") for _ in range(READERS)),
        *(unread(server, "/v1/events", **stream) for _ in range(READERS)),
    ]


@pytest.fixture(scope="module")
def long_log(pool: Pool, owner: Owner) -> None:
    """More events than the system keeps for a connection."""
    for _ in range(EVENTS // 100):
        of_one = [noted(uuid4(), 1, "a" * 2_000) for _ in range(100)]
        Ledger(pool, owner.tenant).append([(by(), of_one)])


@pytest.mark.usefixtures("long_log")
def test_who_does_not_read_is_cut_off_and_others_are_answered_meanwhile(server: Opened) -> None:
    with meanwhile(server.url, server.headers) as took:
        unreading = readers(server)
        assert [raw.reset(PATIENCE_S) for raw in unreading] == [True] * len(unreading)
    assert max(took) < USUAL_S_MAX


@pytest.mark.long
@pytest.mark.usefixtures("long_log")
def test_control_without_the_limits_nobody_is_ended(patient: Opened) -> None:
    waiting = readers(patient)
    waiting += [Raw(patient.url) for _ in range(READERS)]
    for raw in waiting[-READERS:]:
        raw.send(b"GET /")
    assert not waiting[0].reset(4 * LIMIT_S), "the time in which the others are ended"
    assert [raw.reset(0) for raw in waiting] == [False] * len(waiting)


def test_slow_clients_do_not_hold_up_the_end(urls: Urls, owner: Owner) -> None:
    patience = dict.fromkeys(SHORT, 1e9)
    with opened(urls, owner, patience | {"service.api.server.DRAIN_S": LIMIT_S}) as server:
        raws = [Raw(server.url) for _ in range(4)]
        raws[1].send(b"GET /")
        length = {"Content-Type": JSON, "Content-Length": "9000"}
        raws[2].send(head("POST", "/v1/projects", **length, **server.headers) + b"{")
        raws[3].send(head("POST", "/v1/projects", **length))
        assert raws[3].socket.recv(12) == b"HTTP/1.1 401"
        raws.append(unread(server, BUNDLE))
        assert raws[-1].socket.recv(12) == b"HTTP/1.1 200"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_S) == 0


def memory_of_readers(server: Opened) -> float:
    """How many bytes each of many takes who read nothing of 1.7 MB."""
    assert Raw(server.url).send(head("GET", BUNDLE))  # it is read from its file once
    time.sleep(1)
    before = forget_memory_max(server.process)
    unreading = [unread(server, BUNDLE) for _ in range(MANY)]
    for raw in unreading:
        assert raw.socket.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
    more = memory_max(server.process) - before
    for raw in unreading:
        raw.close()
    print(f"{MANY} readers who do not read: {more / MANY / 1e3:.0f} kB each")
    return more / MANY


@pytest.mark.long
def test_an_answer_that_is_not_read_takes_little_memory(urls: Urls, owner: Owner) -> None:
    with opened(urls, owner, {}) as server:
        assert memory_of_readers(server) < READER_BYTES_MAX


@pytest.mark.long
def test_control_an_answer_that_is_sent_whole_takes_its_size(urls: Urls, owner: Owner) -> None:
    with opened(urls, owner, {"service.api.answers.PIECE": 10**9}) as server:
        assert memory_of_readers(server) > READER_BYTES_MAX


def reads_steadily(server: Opened) -> float:
    """How long a reader of 1.7 MB took, at some 45 kB a second."""
    raw = unread(server, BUNDLE)
    size = 0
    while size < 1_700_000:
        piece = raw.socket.recv(SMALL)
        assert piece, "it was cut off"
        size += len(piece)
        time.sleep(len(piece) / 45_000)
    return time.monotonic() - raw.began


@pytest.mark.long
def test_the_limits_of_the_service_end_each_drill_and_cut_off_no_steady_reader(
    urls: Urls, owner: Owner
) -> None:
    with opened(urls, owner, {}) as server:
        unreading = [unread(server, BUNDLE) for _ in range(READERS)]
        _, rest_s, steady_s, *cut_off = together(
            partial(check, server),
            partial(rest_ends_after_s, server),
            partial(reads_steadily, server),
            *[partial(raw.reset, PATIENCE_S) for raw in unreading],
        )
        assert all(cut_off)
        assert rest_s >= connection_limits.LINGER_S
        assert steady_s > connection_limits.READER_S
