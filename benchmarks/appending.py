"""Appends of one event a command, against pgbench with the same statement in the same run."""

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from benchmarks.measure import Line, by_turns, medians, noted
from benchmarks.pgbench import FIRST_TENANT, MISSING, appends_a_second, find_pgbench, script
from domain.budget import ItemAdded
from domain.calendar import date
from domain.event import encode, name_of
from domain.expenditure import Decimal
from domain.streams import BUDGET
from service.commands.execute import Commands
from service.commands.work import NO_REQUEST, Work
from service.programmes import Programmes
from service.store.database import Pool, open_pool
from service.store.envelope import Envelope
from service.store.log import Command, Ledger
from service.store.urls import Urls
from service.store.vault import Vault

WRITERS = 16
ACTOR = "system:bench"
FACT = ItemAdded(
    effective_on=date(2026, 1, 1),
    project=UUID(int=1),
    code="1.1.4.1",
    name="x" * 20,
    unit="hour",
    unit_price=Decimal("450.00"),
    count=Decimal(100),
    total=Decimal("45000.00"),
    evidence="SD-1",
    purchased_service=False,
)
VALUES = {
    "actor": ACTOR.replace(":", "-"),
    "request": NO_REQUEST.hex(),
    "type": name_of(ItemAdded),
    "data": encode(FACT).hex(),
}


def tenant_of(number: int) -> UUID:
    """A tenant that pgbench can name by a number too."""
    return UUID(f"{FIRST_TENANT}{number:012x}")


def writers(append: Sequence[Callable[[], object]], seconds: float) -> float:
    """Each thread appends one event of a new stream after the other; appends a second."""
    counts = [0] * len(append)
    until = time.perf_counter() + seconds

    def write(number: int) -> None:
        while time.perf_counter() < until:
            append[number]()
            counts[number] += 1

    threads = [threading.Thread(target=write, args=[number]) for number in range(len(append))]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def save(ledger: Ledger) -> object:
    """One event by the library's interface."""
    return ledger.save(
        Envelope(uuid4(), 1, FACT), actor=ACTOR, command_id=uuid4(), request_hash=NO_REQUEST
    )


def append(ledger: Ledger) -> object:
    """One event as commands append it."""
    command = Command(ACTOR, uuid4(), NO_REQUEST)
    return ledger.append([(command, [Envelope(uuid4(), 1, FACT)])])


def command(commands: Commands) -> object:
    """One event by a whole command: looked up, loaded, decided, saved."""

    def decide(work: Work) -> None:
        work.record(BUDGET, uuid4(), FACT)

    return commands.run(uuid4(), NO_REQUEST, decide)


def measure(urls: Urls, seconds: float, repeats: int) -> tuple[list[Line], list[str]]:
    """The lines of the table, and what could not be measured."""
    with psycopg.connect(str(urls.admin)) as admin:
        for number in range(WRITERS):
            query = "INSERT INTO ledger.tenant (tenant_id) VALUES (%s)"
            admin.execute(query, [tenant_of(number)])
    with tempfile.TemporaryDirectory() as folder, open_pool(urls.app, WRITERS) as pool:
        variants = _variants(urls, pool, Path(folder), seconds)
        variants["save_16"]()  # the pool opens its connections, statements are prepared
        found = medians(by_turns(variants, repeats))
    return _lines(found), [] if find_pgbench() else [MISSING]


def _variants(
    urls: Urls, pool: Pool, folder: Path, seconds: float
) -> dict[str, Callable[[], float]]:
    ledgers = [Ledger(pool, tenant_of(number)) for number in range(WRITERS)]
    vault, programmes = Vault(pool, bytes(32)), Programmes()

    def measured(name: str, append: Sequence[Callable[[], object]]) -> float:
        with noted(name):
            return writers(append, seconds)

    one = Commands(ledgers[0], vault, programmes, ACTOR)
    saves = [partial(save, ledger) for ledger in ledgers]
    variants: dict[str, Callable[[], float]] = {
        "append": partial(measured, "append, 1 writer", [partial(append, ledgers[0])]),
        "append_16": partial(measured, "append, 16 writers", [partial(append, o) for o in ledgers]),
        "save": partial(measured, "save, 1 writer", saves[:1]),
        "save_16": partial(measured, "save, 16 writers", saves),
        "command": partial(measured, "whole command", [partial(command, one)]),
    }
    program = find_pgbench()
    if program is not None:
        single, many = script(folder, "one", "0"), script(folder, "many", ":client_id")
        whole = max(1, round(seconds))

        def bench(at: Path, clients: int) -> float:
            return appends_a_second(program, urls.app, at, clients, whole, VALUES)

        variants["pgbench"] = partial(bench, single, 1)
        variants["pgbench_16"] = partial(bench, many, WRITERS)
    return variants


def _lines(found: dict[str, float]) -> list[Line]:
    one, many = found.get("pgbench"), found.get("pgbench_16")
    whole = "whole command, 1 writer (look up, load, decide, append: 3 round trips)"
    sixteen = "pgbench, 16 clients"
    return [
        Line("append, 1 writer (`Ledger.append`)", found["append"], "/s", "pgbench", one, "≥ 60 %"),
        Line("the library's `save`, 1 writer", found["save"], "/s", "pgbench", one, "≥ 60 %"),
        Line("append, 16 on 16 tenants", found["append_16"], "/s", sixteen, many, "≥ 40 %"),
        Line("`save`, 16 on 16 tenants", found["save_16"], "/s", sixteen, many, "≥ 40 %"),
        Line(whole, found["command"], "/s", "pgbench", one),
    ]
