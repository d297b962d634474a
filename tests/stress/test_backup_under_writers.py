"""A backup taken while four writers record: all that was acknowledged up to its position is in it.

The control copies the tables without one snapshot, as a careless dump would: its log and its
positions do not belong together, and the restore says so.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from service.backup import writing
from service.backup.archive import Damaged
from service.backup.header import Header
from service.backup.loading import verified
from service.backup.restoring import restore
from service.backup.tables import ACT_AS_OWNER, AS_TEXT
from service.backup.writing import VaultSecret, new_file, write_backup
from service.cli.session import Session
from service.cli.verify import verified as verified_ledger
from service.composition import Services, open_services
from service.reports import Point, Reports
from service.settings import Settings
from service.store import keys
from service.store.database import in_tenant
from service.store.envelope import Envelope
from service.store.log import Command
from service.store.vault import Vault
from tests.builders import held
from tests.database import APP, PROJECTOR, empty_database
from tests.end_to_end.running import SEED, Imported, imported
from tests.stress.running import services_of

WRITERS = 4
BEFORE = 200  # appends that are acknowledged before the backup begins
PASSPHRASE = "several words in a row"
Server = tuple[str, dict[str, str]]
LEAVES = """SELECT position, leaf_hash FROM ledger.event WHERE tenant_id = %(tenant)s
    ORDER BY position"""
SEALED = "SELECT sha256 FROM vault.sealed WHERE tenant_id = %(tenant)s ORDER BY sha256"


@dataclass
class Writers:
    """Four threads that record activities with a sealed person each, until they are stopped."""

    services: Services
    tenant: UUID
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[tuple[int, bytes]] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)

    def write(self) -> None:
        ledger, vault = self.services.ledger(self.tenant), self.services.vault
        try:
            while not self.stop.is_set():
                person = {"first_name": "Jana", "last_name": str(uuid4())}
                sealed, beside = vault.seal(self.tenant, uuid4(), person, new_person=True)
                event = Envelope(uuid4(), 1, held(project=uuid4()))
                command = Command("system:stress", uuid4())
                position = ledger.append([(command, [event])], beside)[0][0]
                self.acknowledged.append((position, sealed.sha256))
        except BaseException as error:
            self.failed.append(error)
            raise

    def wait(self, count: int) -> None:
        while len(self.acknowledged) < count and not self.failed:
            self.stop.wait(0.001)


@contextmanager
def writing_on(services: Services, tenant: UUID) -> Generator[Writers]:
    writers = Writers(services, tenant)
    threads = [threading.Thread(target=writers.write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        writers.stop.set()
        for thread in threads:
            thread.join()
    assert writers.failed == []


@dataclass(frozen=True)
class Source:
    """A seed project in a database of its own, and the file of its root key."""

    project: Imported
    key_file: Path


@pytest.fixture(scope="module")
def source(server_url: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[Source]:
    folder = tmp_path_factory.mktemp("backed-up")
    with services_of(server_url, folder) as services:
        root_key = keys.load_root_key(folder / "root-key", create=True)
        opened = replace(services, vault=Vault(services.pool, root_key))
        yield Source(imported(opened, SEED), folder / "root-key")


def backup_under_writers(source: Source, file: Path) -> tuple[Header, int, Writers]:
    """The backup, how many appends were acknowledged before it began, and all of them."""
    project = source.project
    admin = project.services.urls.admin
    assert admin is not None
    with writing_on(project.services, project.tenant) as writers:
        writers.wait(BEFORE)
        before = max(position for position, _ in list(writers.acknowledged))
        with new_file(file, force=False) as target:
            header = write_backup(admin, target, VaultSecret(source.key_file, PASSPHRASE)).header
        writers.wait(len(writers.acknowledged) + WRITERS)
    return header, before, writers


def settings_of(admin: str, passwords: dict[str, str], home: Path) -> Settings:
    app, projector = (
        make_conninfo(admin, user=role, password=passwords[role]) for role in (APP, PROJECTOR)
    )
    return Settings(home, app, projector, admin, home / "key")


def restore_file(settings: Settings, file: Path) -> None:
    with file.open("rb") as opened:
        assert restore(settings, opened, verified(opened), PASSPHRASE)


def rows(services: Services, query: str, tenant: UUID) -> list[tuple[Any, ...]]:
    return in_tenant(services.pool, tenant, query, {"tenant": tenant})


def test_everything_acknowledged_up_to_the_position_is_restored(
    source: Source, server_url: Server, tmp_path: Path
) -> None:
    file, project = tmp_path / "backup.tar", source.project
    header, before, writers = backup_under_writers(source, file)
    position = header.positions[project.tenant]
    after = [one for one in writers.acknowledged if one[0] > position]
    assert before <= position, "what was acknowledged before the backup began is in it"
    assert after, "others went on while it was written"

    with empty_database(server_url[0]) as empty:
        settings = settings_of(empty, server_url[1], tmp_path)
        restore_file(settings, file)
        with open_services(settings) as there:
            check(project, there, position, writers)


def check(source: Imported, there: Services, position: int, writers: Writers) -> None:
    here, tenant = source.services, source.tenant
    leaves = rows(there, LEAVES, tenant)
    assert leaves == rows(here, LEAVES, tenant)[:position]
    assert [one for one, _ in leaves] == list(range(1, position + 1))
    sealed = {bytes(sha256) for (sha256,) in rows(there, SEALED, tenant)}
    for acknowledged, person in writers.acknowledged:
        assert (person in sealed) == (acknowledged <= position), "event and person come together"
    point = Point(known_at=position)
    figures = Reports(there, tenant).figures(source.project, point).figures.written()
    assert figures == source.reports.figures(source.project, point).figures.written()
    found = verified_ledger(Session(there, tenant))
    assert (found.log.events, found.difference, found.left_out) == (position, None, [])


@contextmanager
def torn_snapshot(admin_url: str) -> Generator[Connection[Any]]:
    """Each table as of the moment when it is read."""
    with psycopg.connect(admin_url) as connection:
        connection.execute(ACT_AS_OWNER)
        connection.execute(AS_TEXT)
        yield connection


def test_control_without_one_snapshot_the_restore_is_refused(
    source: Source, server_url: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "torn.tar"
    monkeypatch.setattr(writing, "_snapshot", torn_snapshot)
    backup_under_writers(source, file)

    with empty_database(server_url[0]) as empty:
        settings = settings_of(empty, server_url[1], tmp_path)
        with pytest.raises(Damaged, match="does not hold together"):
            restore_file(settings, file)
        assert not settings.key_file.exists()
        with psycopg.connect(empty) as connection:
            found = connection.execute("SELECT to_regnamespace('ledger')").fetchone()
        assert found == (None,), "nothing is left of it"
