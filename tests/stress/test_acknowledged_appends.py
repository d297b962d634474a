"""What an append has answered survives the death of every process of the server.

The control runs the same kill with commits that the server answers before they are written: it must
lose some, or the kill proves nothing.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from service.store.database import Pool, open_pool
from service.store.embedded import Server
from service.store.envelope import Envelope
from service.store.log import Command, Ledger
from tests.builders import held
from tests.stress.homes import copied_home, kill_server

KILLS = 3
APP = "grantledger_app"
# The writer of the log sleeps, so that only commits themselves write: no luck, good or bad.
SLEEPING = ("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'")


@contextmanager
def sleeping_server(template: Path, name: str) -> Iterator[Server]:
    """A server whose background writer of the log does nothing for 10 seconds."""
    with copied_home(template, name) as home, Server(home) as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            for setting in SLEEPING:
                admin.execute(f"ALTER SYSTEM SET {setting}".encode())
            admin.execute("SELECT pg_reload_conf()")
        yield server


def only_tenant(server: Server) -> UUID:
    with psycopg.connect(server.url("postgres")) as admin:
        row = admin.execute("SELECT tenant_id FROM ledger.tenant").fetchone()
    assert row is not None
    return row[0]


def append_until_it_fails(pool: Pool, tenant: UUID, acknowledged: list[int]) -> None:
    """Single appends; each position is noted once its append has answered."""
    ledger = Ledger(pool, tenant)
    try:
        while True:
            command = Command("system:stress", uuid4())
            event = Envelope(uuid4(), 1, held())
            acknowledged.append(ledger.append([(command, [event])])[0][0])
    except (psycopg.OperationalError, psycopg.InterfaceError):
        return


def killed_under_appends(server: Server, synchronous_commit: str) -> tuple[int, int]:
    """The last acknowledged position and, after a kill of everything, the last one stored."""
    tenant, acknowledged = only_tenant(server), list[int]()
    option = f"-c synchronous_commit={synchronous_commit}"
    with open_pool(make_conninfo(server.url(APP), options=option), 1) as pool:
        writer = threading.Thread(target=append_until_it_fails, args=(pool, tenant, acknowledged))
        writer.start()
        wanted = random.SystemRandom().randint(50, 300)
        while len(acknowledged) < wanted and writer.is_alive():
            time.sleep(0.001)
        kill_server(server.home)
        writer.join()
    assert acknowledged == list(range(acknowledged[0], acknowledged[-1] + 1))
    return acknowledged[-1], stored_head(server, tenant)


def stored_head(server: Server, tenant: UUID) -> int:
    """The last position after the restart; the server is restarted by who uses it."""
    until = time.monotonic() + 30
    while True:
        try:
            with open_pool(server.url(APP), 1) as pool:
                ledger = Ledger(pool, tenant)
                return ledger.head()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_every_acknowledged_append_survives(template: Path) -> None:
    with sleeping_server(template, "acknowledged") as server:
        for _ in range(KILLS):
            acknowledged, stored = killed_under_appends(server, "on")
            assert stored >= acknowledged


def test_control_an_append_acknowledged_before_it_is_written_is_lost(template: Path) -> None:
    with sleeping_server(template, "unwritten") as server:
        acknowledged, stored = killed_under_appends(server, "off")
        print(f"lost {acknowledged - stored} of {acknowledged} acknowledged appends")
        assert stored < acknowledged
