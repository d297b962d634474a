"""Is what is stored what the log says? Folds the log again in memory and compares whole tables.

Sums are compared twice: with the sums of the fold, and with a recount over the stored open rows.
"""

from collections.abc import Generator, Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from projections.batch import EVENTS_MAX, Target, Unseal
from projections.generation import live_generation
from projections.position import progress
from projections.projection import Key, Projection, Row, Table
from projections.reading import consistent
from projections.rows import Rows
from projections.store import FROM, columns_of, names, new_rows

Found = Mapping[Key, Row]


class NeverBuilt(Exception):
    """The projection has no live generation of this version of its code."""


def differences(
    pool: ConnectionPool[Connection[Any]], projection: Projection, tenant: UUID, unseal: Unseal
) -> Generator[str]:
    """Every row that differs, as text: table, key, expected, found. Raises NeverBuilt."""
    with pool.connection() as connection:
        if (live := live_generation(connection, projection)) is None:
            raise NeverBuilt(projection.name)
    with consistent(pool, tenant, [table.name for table in projection.tables]) as connection:
        connection.execute("SET LOCAL statement_timeout = 0")  # it reads everything there is
        live = live_generation(connection, projection)
        if live is None or live[1] != projection.version:
            raise NeverBuilt(projection.name)
        position, _ = progress(connection, tenant, projection.name, live[0])
        target = Target(projection, live[0], unseal)
        rows = folded(connection, target, tenant, position)
        stored = {table.name: _stored(connection, table) for table in projection.tables}
    for table in projection.tables:
        expected = {_key(table, row): row for row in new_rows(rows, table)}
        yield from _compared(table, "the log", expected, stored[table.name])
    for table, expected in _recounted(projection, rows.added_directly, stored):
        yield from _compared(table, "the open rows", expected, stored[table.name])


def folded(connection: Connection[Any], target: Target, tenant: UUID, position: int) -> Rows:
    """The rows that the fold makes of the tenant's log up to a position, all in memory."""
    rows, after = Rows(target.projection.tables), 0
    with connection.cursor(name="log", binary=True) as source:
        source.execute(target.query().encode(), target.values(tenant, 0, position, None))
        while page := source.fetchmany(EVENTS_MAX):
            target.fold(rows, None, tenant, page, after)
            after = page[-1][0]
    return rows


def _stored(connection: Connection[Any], table: Table) -> Found:
    query = f'SELECT {names(columns_of(table))} FROM views."{table.name}"'
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return {_key(table, row): row for row in cursor.execute(query.encode())}


def _key(table: Table, row: Row) -> Key:
    columns = (*table.key, FROM) if table.kind == "history" else table.key
    return tuple(row[column.name] for column in columns)


def _recounted(
    projection: Projection, added_directly: set[str], stored: Mapping[str, Found]
) -> Iterable[tuple[Table, Found]]:
    """What the stored open rows contribute to sum tables that are fed by nothing else."""
    tables = {
        table.name: table
        for table in projection.tables
        if table.kind == "sum" and table.name not in added_directly
    }
    sums: dict[str, dict[Key, dict[str, Decimal | int]]] = {name: {} for name in tables}
    for table in projection.tables:
        for row in stored[table.name].values() if table.summarise else ():
            if row["to_position"] is None and table.summarise:
                for name, key, measures in table.summarise(row):
                    if name in tables:
                        _add(sums[name].setdefault(key, {}), measures)
    for name, table in tables.items():
        keys = [column.name for column in table.key]
        yield table, {k: dict(zip(keys, k, strict=True)) | m for k, m in sums[name].items()}


def _add(sums: dict[str, Decimal | int], measures: Mapping[str, Decimal | int]) -> None:
    for name, value in measures.items():
        sums[name] = sums.get(name, 0) + value


def _compared(table: Table, source: str, expected: Found, found: Found) -> Generator[str]:
    columns = [column.name for column in columns_of(table)]
    for key in dict.fromkeys([*expected, *found]):
        want, have = (_values(table, one.get(key), columns) for one in (expected, found))
        if want != have:
            only = [c for c in columns if want is None or have is None or want[c] != have[c]]
            shown = [None if one is None else {c: one[c] for c in only} for one in (want, have)]
            where = f"{table.name} {tuple(map(str, key))}"
            yield f"{where}: {source} gives {shown[0]}, the table has {shown[1]}"


def _values(table: Table, row: Row | None, columns: list[str]) -> dict[str, Any] | None:
    """A sum of nothing is as good as no row."""
    if table.kind != "sum":
        return None if row is None else {name: row[name] for name in columns}
    measures = {column.name: (row or {}).get(column.name, 0) for column in table.values}
    return measures | {column.name: None for column in table.key}
