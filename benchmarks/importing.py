"""The import of a large project, against the same facts appended in bulk, already decided."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.conninfo import conninfo_to_dict

from benchmarks.measure import noted, seconds, shares
from domain.event import decode
from projections.collector import collector_paused
from projections.runner import Runner
from service.composition import Services, open_services
from service.settings import Settings
from service.store.database import in_tenant
from service.store.envelope import Envelope
from service.store.log import Command, Ledger
from service.store.urls import Urls
from tests.database import migrated_database

BATCH = 1000
EVENTS = """SELECT stream_id, version, type, data, actor, command_id, request_hash, causation
    FROM ledger.event WHERE tenant_id = %s ORDER BY position"""
Decided = list[tuple[Command, list[Envelope]]]


@dataclass
class Imported:
    """What one import was and what the runner made of it, in seconds and MB."""

    process: dict[str, Any]
    live_s: dict[str, float]
    services: Services
    tenant: UUID

    @property
    def events(self) -> int:
        """How many events it recorded."""
        return int(self.process["events"])


@contextmanager
def imported(server: tuple[str, dict[str, str]], home: Path, folder: Path) -> Generator[Imported]:
    """Imports the folder into a fresh database, with the views live before, and catches up."""
    with migrated_database(*server) as urls, open_services(_settings(urls, home)) as services:
        tenant = services.tenant(None)
        services.runner.catch_up(tenant)
        process = _import(urls, home, folder)
        live_s: dict[str, float] = {}
        for projection in services.projections:
            with (
                Runner(urls.projector, [projection], services.unseal) as runner,
                noted(f"live path of {projection.name}"),
            ):
                live_s[projection.name] = seconds(partial(runner.catch_up, tenant))
        yield Imported(process, live_s, services, tenant)


def decided(services: Services, tenant: UUID) -> Decided:
    """The commands of a log with their facts, as an import has them before it records."""
    rows = in_tenant(services.pool, tenant, EVENTS, [tenant])
    return [
        (
            Command(*key),
            [Envelope(row[0], row[1], decode(row[2], row[3])) for row in of_command],
        )
        for key, of_command in groupby(rows, key=lambda row: (row[4], row[5], row[6], row[7]))
    ]


def append_in_bulk(server: tuple[str, dict[str, str]], home: Path, commands: Decided) -> float:
    """Seconds to append them in transactions of about 1,000 events, in a fresh database."""
    with migrated_database(*server) as urls, open_services(_settings(urls, home)) as services:
        ledger = services.ledger(services.tenant(None))
        with collector_paused(), noted("bulk append"):
            return seconds(lambda: _append(ledger, commands))


def _append(ledger: Ledger, commands: Decided) -> None:
    batch: Decided = []
    events = 0
    for command in commands:
        batch.append(command)
        events += len(command[1])
        if events >= BATCH:
            ledger.append(batch)
            batch, events = [], 0
    if batch:
        ledger.append(batch)


def _settings(urls: Urls, home: Path) -> Settings:
    return Settings.from_environment(_environment(urls, home))


def _environment(urls: Urls, home: Path) -> dict[str, str]:
    return {
        "GRANTLEDGER_HOME": str(home),
        "GRANTLEDGER_DATABASE_URL": urls.app,
        "GRANTLEDGER_PROJECTOR_URL": urls.projector,
        "GRANTLEDGER_ADMIN_URL": str(urls.admin),
        "GRANTLEDGER_KEY_FILE": str(home / f"key of {conninfo_to_dict(urls.app)['dbname']}"),
    }


def _import(urls: Urls, home: Path, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_once", str(folder)],
        env={**os.environ, **_environment(urls, home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    shares.setdefault("import", []).append(found["cpu_s"] / found["seconds"])
    return found
