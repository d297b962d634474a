"""Writing a backup while others go on recording: one snapshot, one stream, one new file.

The file gets its name when it is whole and on the disk; until then it is FILE.part.
"""

import fcntl
import gzip
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from uuid import uuid4

import psycopg
from psycopg import Connection

from service.backup.archive import ArchiveWriter
from service.backup.header import HEADER, Header, encoded
from service.backup.passphrase import Lock, PartCipher, new_lock
from service.backup.tables import (
    ACT_AS_OWNER,
    AS_TEXT,
    PASSING,
    StoredTable,
    positions,
    rows_as_text,
    stored_tables,
)
from service.store import keys
from service.store.database import current_revision
from service.store.migrate import LOCK

READ_ME = "README.txt"
ROOT_KEY, LAST = "vault/root-key.enc", "vault/end.enc"
ABOUT = """A backup of a grantledger database. Its format is described in docs/backup-format.md of
grantledger; `grantledger restore FILE` reads it. Without grantledger:

  tar -xf FILE                         takes the parts out
  sha256sum --check SHA256SUMS         are they what was written?
  backup.json                          when it was made, of what, the columns of each table
  cat data/ledger.event/*.gz | gunzip  a table as PostgreSQL's COPY text: one row a line, values
                                       separated by tabs, \\N for none

What is in vault/ is encrypted: sealed persons and the key that opens them.
"""
TENANT_KEYS = "SELECT tenant_id, wrapped FROM vault.tenant_key"


class NothingToBackUp(Exception):
    """There is no ledger in the database."""


class FileExists(Exception):
    """The backup would overwrite a file."""


class VaultSecret(NamedTuple):
    """What the vault's part of a backup is made with."""

    key_file: Path
    passphrase: str


class Written(NamedTuple):
    """A backup that was written; `sha256` is that of the file."""

    header: Header
    sha256: str


def write_backup(admin_url: str, file: BinaryIO, vault: VaultSecret | None) -> Written:
    """Log, identity and bookkeeping, with `vault` also the sealed persons, as of one moment.

    Raises NothingToBackUp; KeyMissing, KeyWrong where the root key is not that of the tenants.
    """
    with _snapshot(admin_url) as connection:
        tables = [one for one in stored_tables(connection) if vault or not one.table.in_vault]
        root_key = _root_key(connection, vault.key_file) if vault else b""
        header, key = _header(connection, tables, vault)
        archive = ArchiveWriter(file)
        archive.add(HEADER, encoded(header))
        archive.add(READ_ME, ABOUT.encode())
        for name, piece in _pieces(connection, tables, in_vault=False):
            archive.add(f"data/{name}.copy.gz", piece)
        if key is not None:
            cipher = PartCipher(key, archive.before)
            archive.add(ROOT_KEY, cipher.seal(ROOT_KEY, root_key))
            for name, piece in _pieces(connection, tables, in_vault=True):
                named = f"vault/{name}.copy.gz.enc"
                archive.add(named, cipher.seal(named, piece))
            archive.add(LAST, cipher.seal(LAST, b"", last=True))
        return Written(header, archive.finish())


def check_root_key(connection: Connection[Any], root_key: bytes) -> None:
    """Raises KeyWrong unless the root key opens every tenant's key."""
    for tenant, wrapped in connection.execute(TENANT_KEYS).fetchall():
        try:
            keys.decrypt(root_key, wrapped, keys.about_tenant(tenant))
        except keys.Unreadable:
            raise keys.KeyWrong(
                f"the root key does not open the key of tenant {tenant}: a backup with it would"
                " open nothing; put the right key file back"
            ) from None


def _root_key(connection: Connection[Any], key_file: Path) -> bytes:
    if not connection.execute(TENANT_KEYS).fetchone():
        raise NothingToBackUp(
            "the vault of this ledger is closed, so it cannot be backed up: use --without-vault"
        )
    root_key = keys.load_root_key(key_file, create=False)
    check_root_key(connection, root_key)
    return root_key


@contextmanager
def _snapshot(admin_url: str) -> Generator[Connection[Any]]:
    """The database as of one moment, as the owner sees it.

    A migration waits for the end: a table that it makes anew would read as empty in a snapshot
    older than it. The lock is the session's, so that the snapshot is taken after it.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if current_revision(connection) is None:
                raise NothingToBackUp("there is no ledger in this database yet")
            connection.execute(ACT_AS_OWNER)
            connection.execute(AS_TEXT)
            yield connection


def _header(
    connection: Connection[Any], tables: list[StoredTable], vault: VaultSecret | None
) -> tuple[Header, bytes | None]:
    """What the backup says of itself, and the key of its vault's parts."""
    backup, found = uuid4(), positions(connection)
    if not found:
        raise NothingToBackUp("there is no ledger in this database yet")
    lock: Lock | None = None
    key: bytes | None = None
    if vault is not None:
        lock, key = new_lock(vault.passphrase, backup)
    header = Header(
        program=version("grantledger"),
        revision=current_revision(connection) or "",
        backup_id=backup,
        created_at=datetime.now(UTC),
        positions=found,
        tables=tuple(one.table for one in tables),
        lock=lock,
    )
    return header, key


def _pieces(
    connection: Connection[Any], tables: list[StoredTable], *, in_vault: bool
) -> Generator[tuple[str, bytes]]:
    """Compressed rows with their name, such as `ledger.event/000001`."""
    for stored in tables:
        if stored.table.in_vault == in_vault and stored.table.name not in PASSING:
            for number, piece in enumerate(rows_as_text(connection, stored), 1):
                yield f"{stored.table.name}/{number:06}", gzip.compress(piece, 6, mtime=0)


@contextmanager
def new_file(path: Path, *, force: bool) -> Generator[BinaryIO]:
    """A file for its owner only, there as a whole or not at all. Raises FileExists."""
    part = path.with_name(path.name + ".part")
    _refuse_existing(path, force=force)
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "r+b") as file:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileExists(f"another backup is being written to {part}") from None
        try:
            file.truncate(0)  # what a killed backup left
            with suppress(PermissionError):  # some file systems have no modes
                os.fchmod(handle, 0o600)
            yield file
            file.flush()
            os.fsync(handle)
            _refuse_existing(path, force=force)
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_existing(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise FileExists(f"{path} exists: name another file, or overwrite it with --force")
