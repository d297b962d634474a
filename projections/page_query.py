"""Lists of a project a page at a time: in a stable order, after a key, never more than a limit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

Row = dict[str, Any]
BATCH_SIZE = 500
LAST_DAY = "DATE '9999-12-31'"  # where a day is not known: after all others
NO_FILTERS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class PageQuery:
    """A list: the views it reads, its rows by named columns, and the columns that order it.

    `order` maps columns, never NULL and together unique, to their SQL types; `descending` lists the
    last row first. `sorts` are other orders by name, each before `tie`, which makes them unique.
    `filters` are conditions on a row, `listed`, each with its value as `only_<name>`; a statement
    has those that are asked for. `shown` selects more about the rows of a page, which are `listed`.
    """

    views: tuple[str, ...]
    select: str
    order: Mapping[str, str]
    descending: bool = False
    filters: Mapping[str, str] = field(default_factory=dict[str, str])
    sorts: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    tie: Mapping[str, str] = field(default_factory=dict[str, str])
    shown: str | None = None

    def sorted_by(self, sort: str) -> "PageQuery":
        """The list in another order: its name, with `-` the last row first."""
        order = {**self.sorts[sort.removeprefix("-")], **self.tie}
        return replace(self, order=order, descending=sort.startswith("-"))

    def sql(self, only: Iterable[str], *, after: bool, limited: bool) -> str:
        """The query of all rows, or of those after a key, which is in `after_<column>`."""
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
        limit = " LIMIT %(limit)s" if limited else ""
        query = f"SELECT * FROM ({self.select}) AS listed {where} ORDER BY {order}{limit}"
        if self.shown is None:
            return query
        return f"SELECT * FROM ({self.shown.format(listed=query)}) AS listed ORDER BY {order}"

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
        query = self.sql(asked, after=after is not None, limited=True)
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
            query = self.sql(asked, after=False, limited=False)
            cursor.execute(query.encode(), {**values, **filtered})
            while found := cursor.fetchmany(BATCH_SIZE):
                yield found


def equal(*columns: str) -> dict[str, str]:
    """Filters by the values of columns."""
    return {name: f"listed.{name} = %(only_{name})s" for name in columns}


def _asked(only: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The filters that have a value, and their parameters."""
    given = {name: value for name, value in only.items() if value is not None}
    return [*given], {f"only_{name}": value for name, value in given.items()}


def rows(connection: Connection[Any], query: str, values: Mapping[str, Any]) -> list[Row]:
    """The rows of a query by column name."""
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
