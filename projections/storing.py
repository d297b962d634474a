"""Rows between memory and tables: what a batch loads, what it writes, what a rebuild copies."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from projections.generation import column_names, stored_name
from projections.projection import Column, Row, Table
from projections.rows import Rows

COPY_TYPES = {"int": "int4", "bigint": "int8", "bigint[]": "int8[]", "boolean": "bool"}


class StoredRows:
    """Brings stored open rows of one tenant and generation into memory."""

    def __init__(
        self, connection: Connection[Any], tenant: UUID, generation: int, rows: Rows
    ) -> None:
        self._connection, self._tenant = connection, tenant
        self._generation, self._rows = generation, rows

    def open(self, table: str, column: str, values: Iterable[Any]) -> list[Row]:
        """The open rows whose column is one of the values; in memory from now on."""
        wanted = [value for value in dict.fromkeys(values) if value is not None]
        if not wanted:
            return []
        found = self._rows.tables[table]
        names = ", ".join(f'"{name}"' for name in column_names(found))
        query = (
            f"SELECT {names} FROM {stored_name(found, self._generation)}"
            f' WHERE tenant_id = %s AND "{column}" = ANY(%s) AND to_position IS NULL'
        )
        with self._connection.cursor(row_factory=dict_row, binary=True) as cursor:
            cursor.execute(query.encode(), [self._tenant, wanted])
            return [self._rows.take(table, row) for row in cursor]


def write(connection: Connection[Any], tenant: UUID, generation: int, rows: Rows) -> None:
    """Writes what changed in memory, a statement or two a table."""
    for name, table in rows.tables.items():
        stored = stored_name(table, generation)
        if closed := rows.closed[name]:
            _close(connection, tenant, stored, table, closed)
        if opened := [*rows.settled[name], *rows.opened[name].values()]:
            _insert(connection, tenant, stored, table, opened)
        if inserted := rows.inserted[name]:
            _insert(connection, tenant, stored, table, inserted)
        if added := _sum_rows(rows, table):
            _insert(connection, tenant, stored, table, added, _adding(table))


def copy(connection: Connection[Any], tenant: UUID, generation: int, rows: Rows) -> None:
    """Writes all rows of a rebuild by COPY into closed tables."""
    for name, table in rows.tables.items():
        columns = _columns(table)
        names = ", ".join(f'"{column.name}"' for column in columns)
        into = f"COPY {stored_name(table, generation)} ({names}) FROM STDIN (FORMAT binary)"
        history = [*rows.settled[name], *rows.opened[name].values()]
        rest = [*history, *rows.inserted[name], *_sum_rows(rows, table)]
        with connection.cursor().copy(into.encode()) as sink:
            sink.set_types([COPY_TYPES.get(one.sql_type, one.sql_type) for one in columns])
            for row in rest:
                sink.write_row([tenant, *(_copied(row[c.name], c) for c in columns[1:])])


def _copied(value: Any, column: Column) -> Any:
    return Decimal(value) if column.sql_type == "numeric" and value is not None else value


def _columns(table: Table) -> list[Column]:
    columns = [Column("tenant_id", "uuid"), *table.key, *table.values]
    if table.kind == "history":
        columns += [Column("from_position", "bigint"), Column("to_position", "bigint")]
    return columns


def _sum_rows(rows: Rows, table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.key]
    return [
        {**dict(zip(names, key, strict=True)), **measures}
        for key, measures in rows.added[table.name].items()
    ]


def _adding(table: Table) -> str:
    keys = ", ".join(f'"{name}"' for name in ("tenant_id", *(c.name for c in table.key)))
    sums = ", ".join(f'"{c.name}" = t."{c.name}" + excluded."{c.name}"' for c in table.values)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {sums}"


def _insert(
    connection: Connection[Any],
    tenant: UUID,
    stored: str,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    conflict: str = "",
) -> None:
    columns = _columns(table)[1:]
    names = ", ".join(f'"{column.name}"' for column in columns)
    query = (
        f"INSERT INTO {stored} AS t (tenant_id, {names})"
        f" SELECT %s, {', '.join(_selected(c) for c in columns)}"
        f" FROM unnest({', '.join(_array(c) for c in columns)}) AS g ({names}){conflict}"
    )
    arrays = [[_passed(row[column.name], column) for row in rows] for column in columns]
    connection.execute(query.encode(), [tenant, *arrays])


def _close(
    connection: Connection[Any],
    tenant: UUID,
    stored: str,
    table: Table,
    closed: Mapping[tuple[tuple[Any, ...], int], int],
) -> None:
    keys = [*table.key, Column("from_position", "bigint")]
    given = [*keys, Column("ended", "bigint")]
    matching = " AND ".join(f't."{column.name}" = g."{column.name}"' for column in keys)
    names = ", ".join(f'"{column.name}"' for column in given)
    query = (
        f"UPDATE {stored} AS t SET to_position = g.ended"
        f" FROM unnest({', '.join(_array(c) for c in given)}) AS g ({names})"
        f" WHERE t.tenant_id = %s AND {matching}"
    )
    rows = [(*key, began, ended) for (key, began), ended in closed.items()]
    arrays = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(query.encode(), [*arrays, tenant])


def _array(column: Column) -> str:
    """Arrays in an array are passed as text: unnest would flatten them."""
    return "%s::text[]" if column.sql_type.endswith("[]") else f"%s::{column.sql_type}[]"


def _selected(column: Column) -> str:
    cast = f"::{column.sql_type}" if column.sql_type.endswith("[]") else ""
    return f'g."{column.name}"{cast}'


def _passed(value: Any, column: Column) -> Any:
    if column.sql_type.endswith("[]") and value is not None:
        return "{" + ",".join(map(str, value)) + "}"
    return value
