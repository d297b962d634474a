"""A reader that follows the log by position never misses an event, whatever commits when.

Three writers of single events and one of large transactions; the reader pages on from the last
position that it saw. The control has another recorder, which takes positions from a sequence: a
transaction that takes one and commits late is passed by.
"""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from service.store.database import query_in_tenant
from service.store.envelope import FactMapper
from service.store.log import append
from service.store.recorder import PAGE
from service.store.urls import Urls
from tests.database import migrated_database
from tests.logs import by, noted

SINGLES, BULKS, BULK, LARGE = 2_000, 5, 1_000, 4_000
WRITERS = 3
TOTAL = WRITERS * SINGLES + BULKS * BULK + LARGE
STORED = FactMapper().to_stored_event
Write = Callable[[Connection, int], None]
Read = Callable[[Connection, int], list[int]]


def follow(connection: Connection, read: Read, done: threading.Event) -> list[int]:
    """Every position that is seen by going on from the last one, until all writers are done."""
    seen: list[int] = []
    last = 0
    while True:
        ended = done.is_set()  # asked before the page: what was committed till then is in it
        page = read(connection, last)
        seen += page
        if page:
            last = page[-1]
        elif ended:
            return seen


def seen_while_written(
    url: str, read: Read, writers: list[Callable[[Connection], None]]
) -> list[int]:
    """What the reader saw while the writers wrote, each on a connection of its own."""
    done, seen = threading.Event(), list[int]()
    failed: list[BaseException] = []

    def work(writer: Callable[[Connection], None]) -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                writer(connection)
        except BaseException as error:  # noqa: BLE001 told below, by the main thread
            failed.append(error)

    def tail() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            seen.extend(follow(connection, read, done))

    reader = threading.Thread(target=tail)
    threads = [threading.Thread(target=work, args=[writer]) for writer in writers]
    reader.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    assert not failed, failed
    return seen


def write_singles(tenant: UUID, connection: Connection) -> None:
    for _ in range(SINGLES):
        append(connection, tenant, [(by(), [STORED(noted(uuid4(), 1))])])


def write_bulks(tenant: UUID, connection: Connection) -> None:
    for size in (BULK,) * BULKS + (LARGE,):
        append(connection, tenant, [(by(), [STORED(noted(uuid4(), 1)) for _ in range(size)])])


def read_log(tenant: UUID, connection: Connection, last: int) -> list[int]:
    rows = query_in_tenant(connection, tenant, PAGE, [tenant, last, 2**63 - 1, 500])
    return [row[-1] for row in rows]


def test_no_event_is_lost_under_four_writers_and_a_large_transaction(
    urls: Urls, tenant: UUID
) -> None:
    writers = [partial(write_singles, tenant)] * WRITERS + [partial(write_bulks, tenant)]

    seen = seen_while_written(urls.app, partial(read_log, tenant), writers)

    assert TOTAL >= 15_000
    assert seen == list(range(1, TOTAL + 1))


@pytest.fixture(scope="module")
def numbered_by_a_sequence(server_url: tuple[str, dict[str, str]]) -> Iterator[str]:
    """A log of the usual kind in a scratch database."""
    with migrated_database(*server_url) as scratch:
        assert scratch.admin is not None
        with psycopg.connect(scratch.admin) as admin:
            admin.execute("CREATE TABLE public.numbered (position bigserial PRIMARY KEY)")
            admin.execute("GRANT SELECT, INSERT ON public.numbered TO grantledger_app")
            admin.execute("GRANT USAGE ON SEQUENCE public.numbered_position_seq TO grantledger_app")
        yield scratch.app


def test_control_positions_from_a_sequence_lose_events(numbered_by_a_sequence: str) -> None:
    insert = "INSERT INTO public.numbered DEFAULT VALUES"
    held, seen_past = threading.Event(), threading.Event()
    large = 200

    def write_large(connection: Connection) -> None:
        with connection.transaction():  # held open until the reader has gone past it
            for _ in range(large):
                connection.execute(insert)
            held.set()
            assert seen_past.wait(30)

    def write_one(connection: Connection) -> None:
        assert held.wait(30)
        for _ in range(100):
            connection.execute(insert)

    def read(connection: Connection, last: int) -> list[int]:
        query = "SELECT position FROM public.numbered WHERE position > %s ORDER BY 1 LIMIT 500"
        page = [position for (position,) in connection.execute(query, [last])]
        if page and page[-1] > large:
            seen_past.set()
        return page

    seen = seen_while_written(numbered_by_a_sequence, read, [write_large] + [write_one] * 3)

    lost = set(range(1, large + 301)) - set(seen)
    assert lost >= set(range(1, large + 1)), "all of the transaction that committed late"
    with psycopg.connect(numbered_by_a_sequence) as connection:
        stored = connection.execute("SELECT count(*) FROM public.numbered").fetchone()
    assert stored == (large + 300,), "lost to the reader only"
