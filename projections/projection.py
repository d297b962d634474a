"""What a projection is: a name, a version, the events it wants, its tables, and one pure fold.

The fold touches memory only. The runner brings in the rows that a batch touches (`load`), the
unsealed persons the fold asks for (`sealed`), and writes what changed; a rebuild folds the whole
log with all rows in memory. Both use the same fold, so both give the same tables.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol
from uuid import UUID

from domain.event import Fact

if TYPE_CHECKING:
    from projections.rows import Rows

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Contribution = tuple[str, Key, Mapping[str, Decimal | int]]
Persons = Mapping[bytes, Mapping[str, str | None]]


class Column(NamedTuple):
    """A column and its SQL type, for example ("amount", "numeric")."""

    name: str
    sql_type: str


@dataclass(frozen=True)
class Table:
    """A table of a projection; `tenant_id` is its first key column without being named.

    `history`: facts with `from_position` and `to_position` (None: still in force), so that every
    earlier state can be asked; `sum`: measures added up under a key; `append`: rows once written.
    `finds`: columns by which open rows are looked up; `orders`: the orders, without the key, in
    which many open rows are listed. `summarise`: what an open row contributes to
    sum tables, added when it opens and taken off when it closes.
    """

    name: str
    kind: Literal["history", "sum", "append"]
    key: tuple[Column, ...]
    values: tuple[Column, ...]
    finds: tuple[str, ...] = ()
    orders: tuple[tuple[str, ...], ...] = ()
    summarise: Callable[[Row], Iterable[Contribution]] | None = None


class Event(NamedTuple):
    """An event of the log as a fold sees it."""

    position: int
    stream_id: UUID
    version: int
    type: str
    fact: Fact
    event_id: UUID
    recorded_at: datetime
    actor: str
    command_id: UUID
    causation: UUID | None


class Read(Protocol):
    """How the live path brings stored rows into memory."""

    def open(self, table: str, column: str, values: Iterable[Any]) -> list[Row]:
        """The open rows whose column (a key column or one of `finds`) is one of the values.

        They are in the rows of the batch afterwards, unless they are there already.
        """
        ...


@dataclass(frozen=True)
class Projection:
    """A projection is named by the question it answers; a changed version rebuilds it."""

    name: str
    version: int
    tables: tuple[Table, ...]
    types: frozenset[str] | None
    load: "Callable[[Rows, Read, Sequence[Event]], None]"
    sealed: "Callable[[Rows, Sequence[Event]], set[bytes]] | None"
    fold: "Callable[[Rows, Sequence[Event], Persons], None]"
