"""Reading a backup: is it whole, what does it say of itself, its rows into an empty schema."""

import gzip
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO
from uuid import UUID

import psycopg
from psycopg import Connection

from service.backup.archive import Damaged, Part, read_parts
from service.backup.header import BackedUpTable, Header, decoded
from service.backup.passphrase import PartCipher
from service.backup.tables import (
    ACT_AS_OWNER,
    AS_TEXT,
    PASSING,
    StoredTable,
    copy_in,
    open_to_copy,
    stored_tables,
)
from service.backup.writing import LAST, ROOT_KEY, check_root_key

ROWS = re.compile(r"(data|vault)/([a-z_]+\.[a-z_0-9]+)/[0-9]{6}\.copy\.gz(?:\.enc)?")
HELD = """SELECT t.tenant_id, t.next_position - 1, count(e.position), coalesce(max(e.position), 0)
    FROM ledger.tenant AS t LEFT JOIN ledger.event AS e ON e.tenant_id = t.tenant_id
    GROUP BY t.tenant_id"""
# What the bytes of a part may provoke that were not written by a backup.
UNREADABLE = (psycopg.DataError, psycopg.IntegrityError, EOFError, zlib.error, gzip.BadGzipFile)


def verified(file: BinaryIO) -> Header:
    """Reads the whole file, compares every hash, and says what is in it.

    Raises Damaged, NewerBackup.
    """
    parts = read_parts(file)
    first = next(parts)
    for _ in parts:
        pass
    return decoded(first)


def load(
    connection: Connection[Any], file: BinaryIO, header: Header, key: bytes | None
) -> bytes | None:
    """Copies the rows into the empty tables of the backup's revision; the root key, if opened.

    `key`: of the vault's parts; without it the vault stays empty. The file is compared with its
    hashes once more, and the log with the positions. Raises Damaged.
    """
    root_key = _loaded(connection, file, _expected(connection, header), key)
    _check_positions(connection, header.positions)
    return root_key


def load_vault(connection: Connection[Any], file: BinaryIO, header: Header, key: bytes) -> bytes:
    """The vault alone, into its empty tables; the root key. Raises Damaged."""
    tables = [one for one in _expected(connection, header) if one.table.in_vault]
    root_key = _loaded(connection, file, tables, key)
    assert root_key is not None, "there is a key, so the vault was opened"
    return root_key


def _expected(connection: Connection[Any], header: Header) -> list[StoredTable]:
    """The backup has every table of its revision with every column, and no other."""
    found = [one for one in stored_tables(connection) if header.lock or not one.table.in_vault]
    if tuple(one.table for one in found) != header.tables:
        raise Damaged(f"the backup does not hold the tables of schema {header.revision}")
    return found


def _loaded(
    connection: Connection[Any], file: BinaryIO, tables: Sequence[StoredTable], key: bytes | None
) -> bytes | None:
    """Copies the rows of the tables; the root key, which opens the tenants' keys."""
    connection.execute(ACT_AS_OWNER)
    connection.execute(AS_TEXT)
    with open_to_copy(connection, tables):
        # Backups of earlier versions hold rows of what passes.
        of_name = {one.table.name: one.table for one in tables if one.table.name not in PASSING}
        root_key = _load_parts(connection, read_parts(file), of_name, key)
    if root_key is not None:
        check_root_key(connection, root_key)
    return root_key


def _load_parts(
    connection: Connection[Any],
    parts: Iterable[Part],
    tables: dict[str, BackedUpTable],
    key: bytes | None,
) -> bytes | None:
    cipher: PartCipher | None = None
    root_key: bytes | None = None
    ended = key is None
    for part in parts:
        data = part.data
        if part.name.startswith("vault/"):
            if key is None:
                continue
            cipher = cipher or PartCipher(key, part.before)
            ended = part.name == LAST
            data = cipher.open(part.name, data, last=ended)
            root_key = data if part.name == ROOT_KEY else root_key
        rows = ROWS.fullmatch(part.name)
        if rows and (table := tables.get(rows[2])):
            _copy(connection, table, part.name, data)
    if not ended:
        raise Damaged("the vault does not end where it was written to end")
    return root_key


def _copy(connection: Connection[Any], table: BackedUpTable, name: str, data: bytes) -> None:
    try:
        copy_in(connection, table, gzip.decompress(data))
    except UNREADABLE:
        raise Damaged(f"{name} holds rows that the table does not take") from None


def _check_positions(connection: Connection[Any], positions: dict[UUID, int]) -> None:
    """What is acknowledged up to the stated position is all there, and nothing after it."""
    found = {row[0]: row[1:] for row in connection.execute(HELD).fetchall()}
    for tenant in found.keys() | positions.keys():
        stated = positions.get(tenant)
        if found.get(tenant) != (stated, stated, stated):
            raise Damaged(
                f"the backup does not hold together: the log of tenant {tenant} does not end at"
                f" position {stated}"
            )
