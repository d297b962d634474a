"""Following the events over a real server: nothing is missed, waiting costs nothing, ends come."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg import Connection

from service.composition import POOL_SIZE, Services
from service.feed import watch
from service.feed.reading import FeedPage, Wanted, page_of
from service.store.database import act_for, in_tenant
from service.store.envelope import FactMapper
from service.store.log import append
from tests.logs import by, noted
from tests.service.api.listening import Served, follow, served, streaming
from tests.service.api.requests import Api

STORED = FactMapper().to_stored_event
WRITERS, COMMANDS, EACH = 4, 120, 5
TOTAL = WRITERS * COMMANDS * EACH
REVOKE = """UPDATE identity.api_token SET revoked_at = now() WHERE tenant_id = %(tenant)s
    RETURNING token_id"""


@pytest.fixture(scope="module")
def server(services: Services) -> Iterator[Served]:
    with served(services) as opened:
        yield opened


@pytest.fixture
def reader(server: Served, api: Api) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=api.headers, timeout=40) as client:
        yield client


def write(url: str, tenant: UUID) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(COMMANDS):
            stream = uuid4()
            events = [STORED(noted(stream, version)) for version in range(1, EACH + 1)]
            append(connection, tenant, [(by(), events)])


def writing(services: Services, api: Api) -> list[threading.Thread]:
    urls = [services.urls.app] * WRITERS
    threads = [threading.Thread(target=write, args=[url, api.tenant]) for url in urls]
    for thread in threads:
        thread.start()
    return threads


def later(call: Callable[[], object], after_s: float = 0.3) -> threading.Timer:
    timer = threading.Timer(after_s, call)
    timer.start()
    return timer


def record(services: Services, api: Api) -> None:
    services.ledger(api.tenant).append([(by(), [noted(uuid4(), 1)])])


def test_a_reader_sees_each_event_of_four_writers_once_and_in_order(
    services: Services, api: Api, reader: httpx.Client
) -> None:
    threads = writing(services, api)
    seen: list[int] = []
    for event in follow(reader, wait=2, limit=37):
        seen.append(int(event["sequence"]))
    for thread in threads:
        thread.join()

    assert seen == list(range(1, TOTAL + 1))


def test_a_stream_that_is_cut_off_and_resumed_gives_each_event_once(
    services: Services, api: Api, reader: httpx.Client
) -> None:
    threads = writing(services, api)
    seen: list[int] = []
    connections = 0
    while len(seen) < TOTAL:
        connections += 1
        with streaming(reader, seen[-1] if seen else 0) as events:
            for position, event in events:
                assert event is None or int(event["sequence"]) == position
                seen.append(position)
                if len(seen) % 500 == 0 or len(seen) == TOTAL:
                    break
    for thread in threads:
        thread.join()

    assert connections > 3
    assert seen == list(range(1, TOTAL + 1))


def head_read_afterwards(between: Callable[[], None]) -> Callable[..., FeedPage]:
    """The usual fault: events first, then how far they went, in a statement of its own."""

    def read(connection: Connection, tenant: UUID, wanted: Wanted, after: int) -> FeedPage:
        found = page_of(connection, tenant, wanted, after, 100)
        between()
        [(head,)] = connection.execute(
            "SELECT next_position - 1 FROM ledger.tenant WHERE tenant_id = %s", [tenant]
        ).fetchall()
        return FeedPage(found.events, head, head)

    return read


def test_control_a_head_that_is_read_after_the_page_loses_events(
    services: Services, api: Api
) -> None:
    def followed(read: Callable[..., FeedPage]) -> list[int]:
        seen, after = list[int](), 0
        for _ in range(5):
            with services.pool.connection() as connection, connection.transaction():
                act_for(connection, api.tenant)
                page = read(connection, api.tenant, Wanted(), after)
            seen += [event.position for event in page.events]
            after = page.position
        return seen

    between = partial(record, services, api)
    lossy = followed(head_read_afterwards(between))
    assert lossy == [], "each was recorded between the page and the head"

    def right(connection: Connection, tenant: UUID, wanted: Wanted, after: int) -> FeedPage:
        found = page_of(connection, tenant, wanted, after, 100)
        between()
        return found

    assert followed(right) == list(range(1, 10))


def test_a_page_waits_for_the_first_event_and_no_longer(
    services: Services, api: Api, reader: httpx.Client
) -> None:
    timer = later(partial(record, services, api))
    began = time.monotonic()
    answer = reader.get("/v1/events", params={"wait": 20})
    waited = time.monotonic() - began
    timer.join()

    assert len(answer.json()) == 1
    assert 0.2 < waited < 5
    began = time.monotonic()
    empty = reader.get("/v1/events", params={"after": 1, "wait": 1})
    assert (empty.status_code, empty.json()) == (200, [])
    assert 0.9 < time.monotonic() - began < 5


def test_many_who_wait_hold_no_thread_and_no_connection_of_the_pool(
    server: Served, services: Services, api: Api, other: Api, reader: httpx.Client
) -> None:
    waiting = 3 * POOL_SIZE
    answers: list[int] = []

    def wait() -> None:
        got = httpx.get(
            f"{server.url}/v1/events", params={"wait": 25}, headers=api.headers, timeout=40
        )
        answers.append(len(got.json()))

    threads = [threading.Thread(target=wait) for _ in range(waiting)]
    for thread in threads:
        thread.start()
    log_watch: watch.LogWatch = server.app.state.watch
    for _ in range(1000):
        if log_watch.listeners == waiting:
            break
        time.sleep(0.01)
    assert log_watch.listeners == waiting
    began = time.monotonic()
    for _ in range(POOL_SIZE):
        assert reader.get("/v1/me").status_code == 200
    assert time.monotonic() - began < 5
    record(services, other)
    assert answers == [], "what another organisation records wakes nobody"
    record(services, api)
    for thread in threads:
        thread.join()
    assert answers == [1] * waiting


def test_more_listeners_than_a_tenant_may_have_are_refused(
    api: Api, other: Api, reader: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LISTENERS_OF_TENANT_MAX", 2)
    with streaming(reader), streaming(reader):
        refused = [
            reader.get("/v1/events", params={"wait": 5}),
            reader.get("/v1/events", headers={"Accept": "text/event-stream"}),
        ]
        for answer in refused:
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
        assert reader.get("/v1/events").status_code == 200, "who does not wait is no listener"
        headers = other.headers | {"Accept": "text/event-stream"}
        with httpx.stream("GET", f"{reader.base_url}/v1/events", headers=headers) as another:
            assert another.status_code == 200, "of another organisation"


def test_a_heartbeat_tells_how_far_the_stream_is(
    services: Services, api: Api, reader: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.events.HEARTBEAT_S", 0.3)
    record(services, api)
    with streaming(reader, types="claim.paid.v1") as events:
        assert next(events) == (1, None)


def test_a_token_that_is_taken_back_ends_its_stream(
    services: Services, api: Api, reader: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.api.events.HEARTBEAT_S", 0.3)
    record(services, api)
    with streaming(reader) as events:
        assert next(events)[0] == 1
        assert in_tenant(services.pool, api.tenant, REVOKE, {"tenant": api.tenant})
        record(services, api)
        assert len([event for _, event in events if event]) <= 1
    assert reader.get("/v1/events").status_code == 401


def test_who_waits_and_who_listens_ends_with_the_server(services: Services, api: Api) -> None:
    with served(services) as opened, httpx.Client(base_url=opened.url, timeout=40) as client:
        client.headers.update(api.headers)
        answers: list[httpx.Response] = []

        def wait() -> None:
            url = f"{opened.url}/v1/events"
            answers.append(httpx.get(url, params={"wait": 30}, headers=api.headers, timeout=40))

        thread = threading.Thread(target=wait)
        with streaming(client) as events:
            thread.start()
            while opened.app.state.watch.listeners < 2:
                time.sleep(0.01)
            began = time.monotonic()
            opened.end()
            thread.join()
            assert list(events) == []
    assert time.monotonic() - began < 5
    assert [(one.status_code, one.json()) for one in answers] == [(200, [])]


def test_the_head_of_a_stream_leaves_no_listener(server: Served, reader: httpx.Client) -> None:
    stream = {"Accept": "text/event-stream"}
    answer = reader.head("/v1/events", headers=stream)
    assert answer.headers["content-type"].startswith("text/event-stream")
    time.sleep(0.2)
    assert server.app.state.watch.listeners == 0
    with streaming(reader):
        time.sleep(0.2)
        assert server.app.state.watch.listeners == 1, "control"
