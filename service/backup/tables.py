"""Which tables a backup holds, and how their rows are written and read: as PostgreSQL's COPY text.

They are found in the catalogue: all that the migrations own, so that a new table is never left out.
Schema `views` is another role's and is built anew from the log. Of `PASSING` no row is written or
read.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg import Connection, sql

from service.backup.header import BackedUpTable

PART_BYTES = 4 * 2**20  # of rows as text, before they are compressed
ACT_AS_OWNER = "SET LOCAL ROLE grantledger_owner"
# What has no lasting value and must not come back, with the reason.
PASSING = {
    "ledger.operation_output": "made from the log and kept a day only: it is made again",
    "identity.session": "one that was ended after the backup would hold again, up to twelve hours",
    "identity.sign_in_limit": "waits of minutes, forgotten after a day: those of then block nobody",
}
# One way to write a value, whatever the server's settings are.
AS_TEXT = """SET LOCAL client_encoding = 'UTF8'; SET LOCAL DateStyle = 'ISO';
    SET LOCAL TimeZone = 'UTC'; SET LOCAL IntervalStyle = 'postgres';
    SET LOCAL bytea_output = 'hex'"""
FOUND = """SELECT n.nspname || '.' || c.relname,
        ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid
            AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
        ARRAY(SELECT ARRAY[a.attname::text, CASE WHEN a.attcollation <> 0 THEN 'C' END]
            FROM pg_index AS i
            CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, nth)
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
            WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY k.nth),
        c.relforcerowsecurity
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND pg_get_userbyid(c.relowner) = 'grantledger_owner'
        AND n.nspname <> 'views' AND (n.nspname, c.relname) <> ('ledger', 'alembic_version')
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C" """
NOT_VALID = """SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint WHERE NOT convalidated AND contype = 'c'
        AND pg_get_userbyid((SELECT relowner FROM pg_class WHERE pg_class.oid = conrelid))
            = 'grantledger_owner' ORDER BY oid"""
POSITIONS = "SELECT tenant_id, next_position - 1 FROM ledger.tenant ORDER BY tenant_id"


class StoredTable(NamedTuple):
    """A table of the database; `key` is its primary key, each column with a collation or None.

    `forced`: its policies bind the owner too.
    """

    table: BackedUpTable
    key: list[tuple[str, str | None]]
    forced: bool


def stored_tables(connection: Connection[Any]) -> list[StoredTable]:
    """All of them, those of the vault last."""
    found = [
        StoredTable(BackedUpTable(name, tuple(columns)), key, forced)
        for name, columns, key, forced in connection.execute(FOUND.encode()).fetchall()
    ]
    return sorted(found, key=lambda one: one.table.in_vault)


def positions(connection: Connection[Any]) -> dict[UUID, int]:
    """The last position of each tenant."""
    return dict(connection.execute(POSITIONS).fetchall())


def rows_as_text(connection: Connection[Any], stored: StoredTable) -> Generator[bytes]:
    """The rows in the order of their key, in pieces that end with a row."""
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _columns(stored.table), _name(stored.table), _order(stored.key)
    )
    piece = bytearray()
    with connection.cursor() as cursor, cursor.copy(query) as source:
        for row in source:
            piece += row
            if len(piece) >= PART_BYTES:
                yield bytes(piece)
                piece.clear()
    if piece:
        yield bytes(piece)


def copy_in(connection: Connection[Any], table: BackedUpTable, piece: bytes) -> None:
    """Adds rows as they were written."""
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(_name(table), _columns(table))
    with connection.cursor() as cursor, cursor.copy(query) as sink:
        sink.write(piece)


@contextmanager
def open_to_copy(connection: Connection[Any], tables: Sequence[StoredTable]) -> Generator[None]:
    """COPY FROM is refused to the owner too while a table's policies bind it.

    Constraints that are not valid for older rows are taken off too: those rows come back.
    """
    forced = [stored.table for stored in tables if stored.forced]
    late = connection.execute(NOT_VALID).fetchall()
    for table in forced:
        _alter(connection, table, "NO FORCE")
    for name, constraint, _ in late:
        connection.execute(f"ALTER TABLE {name} DROP CONSTRAINT {constraint}".encode())
    yield
    for name, constraint, definition in late:
        connection.execute(f"ALTER TABLE {name} ADD CONSTRAINT {constraint} {definition}".encode())
    for table in forced:
        _alter(connection, table, "FORCE")


def _alter(
    connection: Connection[Any], table: BackedUpTable, word: Literal["FORCE", "NO FORCE"]
) -> None:
    statement = sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY")
    connection.execute(statement.format(_name(table), sql.SQL(word)))


def _name(table: BackedUpTable) -> sql.Identifier:
    return sql.Identifier(*table.name.split(".", 1))


def _order(key: list[tuple[str, str | None]]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} COLLATE {}").format(sql.Identifier(name), sql.Identifier(collation))
        if collation
        else sql.Identifier(name)
        for name, collation in key
    )


def _columns(table: BackedUpTable) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))
