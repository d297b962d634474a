"""The rows of a projection in memory: what a fold reads and writes, and what changed.

A row of a history table is in force at known position P when `from_position <= P` and
`to_position` is None or larger. Putting a row closes the one before it; sums follow by themselves.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from projections.projection import Contribution, Key, Row, Table


class Rows:
    """The open rows of one tenant's projection, as far as they are loaded, and the changes."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self.tables = {table.name: table for table in tables}
        self._key_names = {n: tuple(c.name for c in t.key) for n, t in self.tables.items()}
        self._value_names = {n: tuple(c.name for c in t.values) for n, t in self.tables.items()}
        self._open: dict[str, dict[Key, dict[str, Any]]] = {name: {} for name in self.tables}
        self._found: dict[tuple[str, str], dict[Any, dict[Key, None]]] = {
            (name, column): {} for name, table in self.tables.items() for column in table.finds
        }
        # What changed: rows opened and still open, rows opened and closed again, stored rows closed
        # (key, from_position -> to_position), measures added, rows of append tables.
        self.opened: dict[str, dict[tuple[Key, int], dict[str, Any]]] = {n: {} for n in self.tables}
        self.settled: dict[str, list[dict[str, Any]]] = {name: [] for name in self.tables}
        self.closed: dict[str, dict[tuple[Key, int], int]] = {name: {} for name in self.tables}
        self.added: dict[str, dict[Key, dict[str, Decimal | int]]] = {n: {} for n in self.tables}
        self.inserted: dict[str, list[dict[str, Any]]] = {name: [] for name in self.tables}
        self.added_directly: set[str] = set()  # sums that are not only sums of open rows

    def take(self, table: str, row: Mapping[str, Any]) -> Row:
        """Brings in a stored open row, unless it is there or was closed in this batch."""
        key = tuple(row[name] for name in self._key_names[table])
        if key not in self._open[table] and (key, row["from_position"]) not in self.closed[table]:
            self._index(table, key, dict(row))
        return self._open[table].get(key, row)

    def get(self, table: str, key: Key) -> Row | None:
        """The open row of a key."""
        return self._open[table].get(key)

    def where(self, table: str, column: str, value: Any) -> list[Row]:
        """The open rows with a value in a column of `finds`."""
        keys = self._found[table, column].get(value, {})
        return [self._open[table][key] for key in list(keys)]

    def values_of(self, table: str, row: Row) -> dict[str, Any]:
        """The values of a row without its key and positions, for putting a changed one."""
        return {name: row[name] for name in self._value_names[table]}

    def put(self, table: str, key: Key, values: Mapping[str, Any], position: int) -> None:
        """Opens a row at a position; equal values change nothing."""
        old = self._open[table].get(key)
        if old is not None:
            if all(old[name] == values[name] for name in self._value_names[table]):
                return
            self._remove(table, key, old, position)
        row = {
            **dict(zip(self._key_names[table], key, strict=True)),
            **{name: values[name] for name in self._value_names[table]},
            "from_position": position,
            "to_position": None,
        }
        self._index(table, key, row)
        self.opened[table][key, position] = row
        self._summarise(table, row, 1)

    def close(self, table: str, key: Key, position: int) -> None:
        """Closes the open row of a key, when there is one."""
        old = self._open[table].get(key)
        if old is not None:
            self._remove(table, key, old, position)

    def add(self, table: str, key: Key, measures: Mapping[str, Decimal | int]) -> None:
        """Adds measures under a key of a sum table."""
        self.added_directly.add(table)
        self._add(table, key, measures)

    def _add(self, table: str, key: Key, measures: Mapping[str, Decimal | int]) -> None:
        sums = self.added[table].setdefault(key, dict.fromkeys(self._value_names[table], 0))
        for name, value in measures.items():
            sums[name] += value

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Adds a row to an append table."""
        self.inserted[table].append(dict(row))

    def take_settled(self, table: str) -> list[dict[str, Any]]:
        """The rows that were opened and closed again since the last call, to be written."""
        taken, self.settled[table] = self.settled[table], []
        return taken

    def _remove(self, table: str, key: Key, old: dict[str, Any], position: int) -> None:
        del self._open[table][key]
        for column in self.tables[table].finds:
            del self._found[table, column][old[column]][key]
        self._summarise(table, old, -1)
        opened = self.opened[table]
        began = old["from_position"]
        if (key, began) not in opened:
            self.closed[table][key, began] = position
            return
        del opened[key, began]
        if began != position:  # else opened and closed by one event: it never was in force
            self.settled[table].append({**old, "to_position": position})

    def _index(self, table: str, key: Key, row: dict[str, Any]) -> None:
        self._open[table][key] = row
        for column in self.tables[table].finds:
            self._found[table, column].setdefault(row[column], {})[key] = None

    def _summarise(self, table: str, row: Row, sign: int) -> None:
        summarise = self.tables[table].summarise
        contributions: Iterable[Contribution] = summarise(row) if summarise else ()
        for target, key, measures in contributions:
            self._add(target, key, {name: sign * value for name, value in measures.items()})
