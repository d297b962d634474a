"""A small projection over facts of its own: every kind of table, every type of column."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from domain.event import Fact, Money, stored
from projections.projection import (
    Column,
    Contribution,
    Event,
    Persons,
    Projection,
    Read,
    Row,
    Table,
)
from projections.rows import Rows
from service.store.envelope import Envelope
from service.store.log import Command, Ledger

DAY = date(2025, 3, 1)


@stored("test-item.spent.v1")
class Spent(Fact, frozen=True, kw_only=True):
    item: str
    kind: str
    amount: Money
    person: str = ""  # the address of a sealed row, in hexadecimal


@stored("test-item.closed.v1")
class Closed(Fact, frozen=True, kw_only=True):
    item: str


class Refused(Exception):
    """What the fold raises for an amount it was told to refuse; its text is a secret."""


def by_kind(row: Row) -> Iterable[Contribution]:
    yield f"{row['prefix']}_kind", (row["kind"],), {"spent": row["spent"], "items": 1}


def tables(prefix: str, more: tuple[Column, ...] = ()) -> tuple[Table, ...]:
    item = Table(
        f"{prefix}_item",
        "history",
        key=(Column("item", "text"),),
        values=(
            Column("prefix", "text"),
            Column("kind", "text"),
            Column("spent", "numeric"),
            Column("order", "int"),
            Column("positions", "bigint[]"),
            Column("words", "text[]"),
            Column("stream_id", "uuid"),
            Column("recorded_at", "timestamptz"),
            Column("effective_on", "date"),
            Column("odd", "boolean"),
            Column("digest", "bytea"),
            Column("detail", "jsonb"),
            Column("letters", "bigint"),
            *more,
        ),
        finds=("kind",),
        summarise=by_kind,
    )
    kind = Table(
        f"{prefix}_kind",
        "sum",
        key=(Column("kind", "text"),),
        values=(Column("spent", "numeric"), Column("items", "bigint")),
    )
    flow = Table(
        f"{prefix}_flow",
        "sum",
        key=(Column("kind", "text"), Column("month", "date")),
        values=(Column("amount", "numeric"), Column("events", "bigint")),
    )
    entry = Table(
        f"{prefix}_entry",
        "append",
        key=(Column("position", "bigint"),),
        values=(Column("item", "text"), Column("amount", "numeric")),
    )
    return item, kind, flow, entry


def items(
    prefix: str, *, version: int = 1, refused: Collection[int] = (), more: tuple[Column, ...] = ()
) -> Projection:
    """The projection; its fold cannot take the amounts in `refused`."""

    def load(rows: Rows, read: Read, events: Sequence[Event]) -> None:
        names = {name for event in events if (name := getattr(event.fact, "item", None))}
        read.open(f"{prefix}_item", "item", names)
        kinds = {kind for event in events if (kind := getattr(event.fact, "kind", None))}
        read.open(f"{prefix}_item", "kind", kinds)

    def sealed(_: Rows, events: Sequence[Event]) -> set[bytes]:
        facts = [event.fact for event in events]
        return {bytes.fromhex(f.person) for f in facts if isinstance(f, Spent) and f.person}

    def fold(rows: Rows, events: Sequence[Event], persons: Persons) -> None:
        for event in events:
            match event.fact:
                case Spent() as spent if int(spent.amount) in refused:
                    raise Refused(f"secret {spent.amount}")
                case Spent() as spent:
                    _spend(rows, prefix, event, spent, persons, [c.name for c in more])
                case Closed(item=item):
                    rows.close(f"{prefix}_item", (item,), event.position)
                case _:
                    raise TypeError(event.type)

    types = frozenset({"test-item.spent.v1", "test-item.closed.v1"})
    return Projection(prefix, version, tables(prefix, more), types, load, sealed, fold)


def sums_only(prefix: str) -> Projection:
    """Nothing but a sum: no primary key of a row would catch an event that is counted twice."""
    [flow] = [table for table in tables(prefix) if table.name == f"{prefix}_flow"]

    def sealed(_: Rows, events: Sequence[Event]) -> set[bytes]:
        return {event.event_id.bytes for event in events}

    def fold(rows: Rows, events: Sequence[Event], _: Persons) -> None:
        for event in events:
            assert isinstance(event.fact, Spent)
            measures = {"amount": event.fact.amount, "events": 1}
            rows.add(f"{prefix}_flow", (event.fact.kind, DAY), measures)

    types = frozenset({"test-item.spent.v1"})
    return Projection(prefix, 1, (flow,), types, lambda *_: None, sealed, fold)


def _spend(
    rows: Rows, prefix: str, event: Event, spent: Spent, persons: Persons, more: list[str]
) -> None:
    table, key = f"{prefix}_item", (spent.item,)
    old = rows.get(table, key)
    person = persons[bytes.fromhex(spent.person)]["name"] if spent.person else None
    values: dict[str, Any] = {
        "prefix": prefix,
        "kind": spent.kind,
        "spent": (old["spent"] if old else Decimal(0)) + spent.amount,
        "order": event.version,
        "positions": [*(old["positions"] if old else []), event.position][-3:],
        "words": [spent.item, 'a "b", \\c', "{NULL}", spent.kind] if event.position % 3 else None,
        "stream_id": event.stream_id,
        "recorded_at": event.recorded_at,
        "effective_on": spent.effective_on,
        "odd": event.position % 2 == 1,
        "digest": sha256(spent.item.encode()).digest(),
        "detail": {"siblings": sorted(r["item"] for r in rows.where(table, "kind", spent.kind))},
        "letters": len(person) if person is not None else None,
        **dict.fromkeys(more, spent.item),
    }
    rows.put(table, key, values, event.position)
    month = spent.effective_on.replace(day=1)
    rows.add(f"{prefix}_flow", (spent.kind, month), {"amount": spent.amount, "events": 1})
    row = {"position": event.position, "item": spent.item, "amount": spent.amount}
    rows.insert(f"{prefix}_entry", row)


def unseal(_: UUID, hashes: Collection[bytes], __: str) -> Mapping[bytes, Mapping[str, str | None]]:
    """Every person has a name as long as the hash's last byte says."""
    return {one: {"name": "x" * one[-1]} for one in hashes}


def spend(ledger: Ledger, amounts: Iterable[int], start: int = 0) -> list[int]:
    """Records amounts of ten items of three kinds, some of a person; returns their positions."""
    facts: list[Fact] = [spent(number, amount) for number, amount in enumerate(amounts, start)]
    return record(ledger, facts)


def spent(number: int, amount: int) -> Spent:
    person = sha256(str(number).encode()).hexdigest() if number % 4 == 0 else ""
    return Spent(
        effective_on=DAY,
        item=f"položka {number % 10}",
        kind=f"k{number % 3}",
        amount=Decimal(f"{amount}.00"),
        person=person,
    )


def record(ledger: Ledger, facts: Sequence[Fact]) -> list[int]:
    """Records facts as one command, each in a stream of its own."""
    command = Command(actor="system:test", command_id=uuid4())
    [positions] = ledger.append([(command, [Envelope(uuid4(), 1, fact) for fact in facts])])
    return positions
