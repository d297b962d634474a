"""Lists of a project a page at a time: in a stable order, after a key, never more than a limit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

Row = dict[str, Any]
BATCH_SIZE = 500
NO_FILTERS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class PageQuery:
    """A list: the views it reads, its rows by named columns, and the columns that order it.

    `order` maps columns, never NULL and together unique, to their SQL types; `descending` lists the
    last row first. `filters` are conditions on a row, `listed`, each with its value as
    `only_<name>`; a statement has those that are asked for.
    """

    views: tuple[str, ...]
    select: str
    order: Mapping[str, str]
    descending: bool = False
    filters: Mapping[str, str] = field(default_factory=dict[str, str])

    def sql(self, after: bool, only: Iterable[str] = ()) -> str:
        """The query of all rows, or after a key, which is in `after_<column>`."""
        columns = [
            f'{name} COLLATE "C"' if kind == "text" else name for name, kind in self.order.items()
        ]
        keys = ", ".join(columns)
        last = ", ".join(f"%(after_{name})s::{kind}" for name, kind in self.order.items())
        conditions = [f"({self.filters[name]})" for name in only]
        if after:
            conditions.append(f"({keys}) {'<' if self.descending else '>'} ({last})")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        order = ", ".join(f"{column} DESC" for column in columns) if self.descending else keys
        return f"SELECT * FROM ({self.select}) AS listed {where} ORDER BY {order}"

    def page(
        self,
        connection: Connection[Any],
        values: Mapping[str, Any],
        limit: int,
        after: tuple[str, ...] | None,
        only: Mapping[str, Any] = NO_FILTERS,
    ) -> tuple[list[Row], tuple[str, ...] | None]:
        """The rows after a key, and the key of the last one when there are more."""
        given = {f"after_{name}": key for name, key in zip(self.order, after or (), strict=False)}
        asked, filtered = _asked(only)
        parameters = {**values, **given, **filtered, "limit": limit + 1}
        query = f"{self.sql(after is not None, asked)} LIMIT %(limit)s"
        found = rows(connection, query, parameters)
        if len(found) <= limit:
            return found, None
        return found[:limit], tuple(str(found[limit - 1][name]) for name in self.order)

    def batches(
        self, connection: Connection[Any], values: Mapping[str, Any], only: Mapping[str, Any]
    ) -> Iterator[list[Row]]:
        """All rows, a batch in memory at a time, in the caller's transaction."""
        asked, filtered = _asked(only)
        connection.execute("SET LOCAL cursor_tuple_fraction = 1")  # all of them will be read
        with connection.cursor(name="listed", row_factory=dict_row, binary=True) as cursor:
            cursor.execute(self.sql(False, asked).encode(), {**values, **filtered})
            while found := cursor.fetchmany(BATCH_SIZE):
                yield found


def _asked(only: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The filters that have a value, and their parameters."""
    given = {name: value for name, value in only.items() if value is not None}
    return [*given], {f"only_{name}": value for name, value in given.items()}


def rows(connection: Connection[Any], query: str, values: Mapping[str, Any]) -> list[Row]:
    """The rows of a query by column name."""
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
