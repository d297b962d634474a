"""Restoring a backup into an empty home or database: whole, or as if it had not been tried.

The schema of the backup's revision, its rows and the way to the newest schema are one transaction.
A home is marked until then, so that a killed restore is not taken for an empty ledger; the same
restore may be run again at any time.
"""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import psycopg
from psycopg import Connection

from service.administration import Administered, administered
from service.backup.header import Header
from service.backup.loading import load, load_vault
from service.backup.passphrase import opened
from service.backup.tables import ACT_AS_OWNER, positions, stored_tables
from service.settings import Settings
from service.store.database import current_revision
from service.store.embedded_files import RESTORING, Files
from service.store.keys import store_root_key
from service.store.migrate import LOCK, NotEmpty, fill_empty, migrate

# What a restore makes in a home.
MADE = (
    *("data", "data.new", "secrets", "socket", "server.log", "server.log.1", "binaries"),
    *("users.lock", "server.lock", RESTORING),
)
IN_VAULT = "SELECT EXISTS (SELECT FROM {})"


class CannotOpen(Exception):
    """The vault of the backup does not fit the ledger; the text says why."""


def restore(settings: Settings, file: BinaryIO, header: Header, passphrase: str | None) -> bool:
    """Restores the backup, its vault if there is a passphrase; False: all was there already.

    Raises NotEmpty, Damaged, WrongPassphrase; then nothing is left of it.
    """
    key = _key(header, passphrase)
    with _target(settings) as target, ExitStack() as undo:
        held = _held(target.url)
        if held == header.positions:
            return False
        if held:
            raise NotEmpty(_described(settings, held))

        def fill(connection: Connection[Any]) -> None:
            root_key = load(connection, file, header, key)
            if root_key is not None:
                _put_key(settings.key_file, root_key, undo)

        fill_empty(target.url, header.revision, fill)
        undo.pop_all()
        migrate(target.url, target.passwords)
    return True


def open_vault(settings: Settings, file: BinaryIO, header: Header, passphrase: str) -> None:
    """Adds the vault to a ledger that was restored without it. Raises CannotOpen."""
    key = _key(header, passphrase)
    if key is None:
        raise CannotOpen("the backup was made without the vault")
    with administered(settings) as target, ExitStack() as undo:
        with psycopg.connect(target.url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            connection.execute(ACT_AS_OWNER)
            _refuse_unfit(connection, header)
            root_key = load_vault(connection, file, header, key)
            _put_key(settings.key_file, root_key, undo)
        undo.pop_all()


def _key(header: Header, passphrase: str | None) -> bytes | None:
    if header.lock is None or passphrase is None:
        return None
    return opened(header.lock, passphrase, header.backup_id)


def _put_key(path: Path, root_key: bytes, undo: ExitStack) -> None:
    """The root key is there before what it opens; taken away when the restore fails."""
    if store_root_key(path, root_key):
        undo.callback(path.unlink)


def _held(admin_url: str) -> dict[UUID, int]:
    """The tenants of the database with their positions; none where there is no ledger."""
    with psycopg.connect(admin_url) as connection:
        if current_revision(connection) is None:
            return {}
        connection.execute(ACT_AS_OWNER)
        return positions(connection)


def _described(settings: Settings, held: dict[UUID, int]) -> str:
    where = str(settings.home) if settings.embedded else "the database"
    return (
        f"{where} holds a ledger already ({len(held)} organisations, {sum(held.values())} events);"
        " a restore needs an empty home or database: name another one"
        + (" with GRANTLEDGER_HOME" if settings.embedded else "")
    )


def _refuse_unfit(connection: Connection[Any], header: Header) -> None:
    held, vault = positions(connection), [t for t in header.tables if t.in_vault]
    if held.keys() != header.positions.keys() or any(
        held[tenant] < position for tenant, position in header.positions.items()
    ):
        raise CannotOpen("the ledger is not the one of this backup")
    if tuple(one.table for one in stored_tables(connection)) != header.tables:
        raise CannotOpen(
            "the schema has changed since the backup: restore all of it, with the passphrase, into"
            " an empty home or database"
        )
    for table in vault:
        row = connection.execute(IN_VAULT.format(table.name).encode()).fetchone()
        if row is None or row[0]:
            raise CannotOpen("the vault of this ledger is open already")


@contextmanager
def _target(settings: Settings) -> Generator[Administered]:
    """The database to restore into; of a home that had none, all is taken away on failure."""
    marked = (settings.home / RESTORING).exists()
    if not settings.embedded or ((settings.home / "data/PG_VERSION").exists() and not marked):
        with administered(settings) as target:
            yield target
        return
    existed = settings.home.exists()
    files = Files(settings.home)
    files.prepare()
    marker = files.open(RESTORING, os.O_RDWR)
    try:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotEmpty(f"another restore into {settings.home} is running") from None
        try:
            with administered(settings) as target:
                yield target
        except BaseException:
            _remove_made(settings.home, existed=existed)
            raise
        (settings.home / RESTORING).unlink()
    finally:
        os.close(marker)


def _remove_made(home: Path, *, existed: bool) -> None:
    for name in MADE:
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if not existed:
        with suppress(OSError):  # something else has come in meanwhile: not ours to remove
            home.rmdir()
