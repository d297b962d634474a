"""The tables of a projection in PostgreSQL: their definition, reading open rows, writing changes.

A table of generation 3 of `spend` is `views.spend_g3`. A table has no row-level security and no
grant until its generation is opened, because COPY is refused under forced row-level security.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import dict_row

from projections.columns import array_of, array_type, copy_type, definition, from_array, plain
from projections.projection import Column, Row, Table
from projections.rows import Rows

FROM, TO = Column("from_position", "bigint"), Column("to_position", "bigint")


class LostRow(Exception):
    """A row that the batch closes is not there: the table is not what the log says."""


def table_name(table: Table, generation: int) -> str:
    """The table's name with its schema."""
    return f'views."{table.name}_g{generation}"'


def columns_of(table: Table) -> tuple[Column, ...]:
    """All columns but `tenant_id`, in the table's order."""
    history = (FROM, TO) if table.kind == "history" else ()
    return (*table.key, *table.values, *history)


def names(columns: Iterable[Column]) -> str:
    """The columns' names, quoted: some are words of SQL."""
    return quoted(column.name for column in columns)


def quoted(columns: Iterable[str]) -> str:
    """Names of columns, quoted."""
    return ", ".join(f'"{column}"' for column in columns)


def create(table: Table, generation: int) -> list[str]:
    """The statements that make the table and its indexes.

    Rows are looked up by a part of their key to be changed, and then they are open; by other
    columns, such as the project, also to be reported as they were at an earlier position. Rows of
    an append table are listed in the order of its key.
    """
    name = table_name(table, generation)
    required = {column.name for column in table.key}
    required |= {FROM.name} if table.kind == "history" else set()
    required |= {column.name for column in table.values} if table.kind == "sum" else set()
    columns = ", ".join(
        definition(column) + (" NOT NULL" if column.name in required else "")
        for column in columns_of(table)
    )
    key = names((*table.key, FROM) if table.kind == "history" else table.key)
    made = [
        f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns}, PRIMARY KEY (tenant_id, {key}))"
    ]
    keys = {column.name for column in table.key}
    listed = f", {key}" if table.kind == "append" else ""
    made += [
        f'CREATE INDEX ON {name} (tenant_id, "{column}"{listed})'
        + (" WHERE to_position IS NULL" if column in keys else "")
        for column in table.finds
    ]
    made += [
        f"CREATE INDEX ON {name} (tenant_id, {quoted(order)}, {names(table.key)})"
        " WHERE to_position IS NULL"
        for order in table.orders
    ]
    return made


class OpenRows:
    """Reads open rows of the live tables into the rows of a batch."""

    def __init__(
        self, connection: Connection[Any], rows: Rows, tenant: UUID, generation: int
    ) -> None:
        self._connection, self._rows = connection, rows
        self._tenant, self._generation = tenant, generation

    def open(self, table: str, column: str, values: Iterable[Any]) -> list[Row]:
        """The open rows whose column is one of the values, in the order in which they opened."""
        wanted = list({value for value in values if value is not None})
        if not wanted:
            return []
        query = _open_query(self._rows.tables[table], column, self._generation)
        with self._connection.cursor(row_factory=dict_row, binary=True) as cursor:
            cursor.execute(query, [self._tenant, wanted])
            return [self._rows.take(table, row) for row in cursor]


@cache
def _open_query(table: Table, column: str, generation: int) -> bytes:
    [sql_type] = [one.sql_type for one in columns_of(table) if one.name == column]
    return (
        f"SELECT {names(columns_of(table))} FROM {table_name(table, generation)}"
        f' WHERE tenant_id = %s AND "{column}" = ANY(%b::{sql_type}[]) AND to_position IS NULL'
        f" ORDER BY from_position, {names(table.key)}"
    ).encode()


def write(connection: Connection[Any], rows: Rows, tenant: UUID, generation: int) -> None:
    """Writes what changed in the rows, all tables in one round trip. Raises LostRow."""
    closing: list[tuple[str, Cursor[Any], int]] = []
    with connection.pipeline():
        for table in rows.tables.values():
            if closed := rows.closed[table.name]:
                cursor = _close(connection, table, closed, tenant, generation)
                closing.append((table.name, cursor, len(closed)))
            if new := new_rows(rows, table):
                arrays = _arrays(columns_of(table), new)
                connection.execute(_insert_query(table, generation), [tenant, *arrays])
    for name, cursor, wanted in closing:
        if cursor.rowcount != wanted:
            raise LostRow(name)


def new_rows(rows: Rows, table: Table) -> Sequence[Row]:
    """The rows that the table does not have yet; of a sum table, what is added to its rows."""
    if table.kind == "sum":
        keys = [column.name for column in table.key]
        return [
            {**dict(zip(keys, key, strict=True)), **measures}
            for key, measures in rows.added[table.name].items()
        ]
    if table.kind == "append":
        return rows.inserted[table.name]
    return [*rows.settled[table.name], *rows.opened[table.name].values()]


def copy(
    connection: Connection[Any], table: Table, new: Sequence[Row], tenant: UUID, generation: int
) -> None:
    """Writes new rows by binary COPY into a table that is not open yet."""
    columns = columns_of(table)
    fields = [column.name for column in columns]
    sums = [(column.name, plain(column)) for column in table.values] if table.kind == "sum" else []
    query = (
        f"COPY {table_name(table, generation)} (tenant_id, {names(columns)})"
        " FROM STDIN (FORMAT binary)"
    )
    with connection.cursor() as cursor, cursor.copy(query.encode()) as sink:
        sink.set_types(["uuid", *map(copy_type, columns)])
        for row in new:
            given = {**row, **{name: convert(row[name]) for name, convert in sums}} if sums else row
            sink.write_row((tenant, *[given[name] for name in fields]))


def _arrays(columns: Sequence[Column], rows: Sequence[Row]) -> list[list[Any]]:
    return [array_of(column, (row[column.name] for row in rows)) for column in columns]


def _unnested(columns: Sequence[Column]) -> str:
    """The arrays travel in binary: as text each value would be searched for signs to escape."""
    arrays = ", ".join(f"%b::{array_type(column)}" for column in columns)
    return f"unnest({arrays}) AS new ({names(columns)})"


@cache
def _insert_query(table: Table, generation: int) -> bytes:
    columns = columns_of(table)
    values = ", ".join(from_array(column, "new") for column in columns)
    add = ", ".join(f'"{c.name}" = old."{c.name}" + excluded."{c.name}"' for c in table.values)
    conflict = f" ON CONFLICT (tenant_id, {names(table.key)}) DO UPDATE SET {add}"
    return (
        f"INSERT INTO {table_name(table, generation)} AS old (tenant_id, {names(columns)})"
        f" SELECT %s, {values} FROM {_unnested(columns)}"
        f"{conflict if table.kind == 'sum' else ''}"
    ).encode()


def _close(
    connection: Connection[Any],
    table: Table,
    closed: dict[tuple[tuple[Any, ...], int], int],
    tenant: UUID,
    generation: int,
) -> Cursor[Any]:
    keys = [column.name for column in table.key]
    ends = [
        {**dict(zip(keys, key, strict=True)), FROM.name: began, TO.name: ended}
        for (key, began), ended in closed.items()
    ]
    arrays = _arrays((*table.key, FROM, TO), ends)
    return connection.execute(_close_query(table, generation), [*arrays, tenant])


@cache
def _close_query(table: Table, generation: int) -> bytes:
    columns = (*table.key, FROM)
    same = " AND ".join(f'old."{c.name}" = {from_array(c, "new")}' for c in columns)
    return (
        f"UPDATE {table_name(table, generation)} AS old SET to_position = new.to_position"
        f" FROM {_unnested((*columns, TO))}"
        f" WHERE old.tenant_id = %s AND {same} AND old.to_position IS NULL"
    ).encode()
