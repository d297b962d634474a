"""Whatever is put and closed, in batches of any size: history, open rows and sums agree."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from projections.projection import Column, Contribution, Row, Table
from projections.rows import Rows

Step = tuple[int, str, str | None, int]  # position, key, kind (None: closed), amount
History = dict[tuple[str, int], dict[str, Any]]


def by_kind(row: Row) -> Iterable[Contribution]:
    yield "kind", (row["kind"],), {"amount": row["amount"], "items": 1}


ITEM = Table(
    "item",
    "history",
    key=(Column("name", "text"),),
    values=(Column("kind", "text"), Column("amount", "numeric")),
    finds=("kind",),
    summarise=by_kind,
)
KIND = Table(
    "kind",
    "sum",
    key=(Column("kind", "text"),),
    values=(Column("amount", "numeric"), Column("items", "bigint")),
)


@st.composite
def steps(draw: st.DrawFn) -> list[list[Step]]:
    """Batches of events, each of one to three changes at its position."""
    position, batches = 0, []
    for size in draw(st.lists(st.integers(1, 5), max_size=6)):
        batch: list[Step] = []
        for _ in range(size):
            position += draw(st.integers(1, 2))
            for _ in range(draw(st.integers(1, 3))):
                key, kind = draw(st.sampled_from("ab")), draw(st.sampled_from(["x", "y", None]))
                batch.append((position, key, kind, draw(st.integers(0, 2))))
        batches.append(batch)
    return batches


def fold(rows: Rows, batch: list[Step]) -> None:
    for position, key, kind, amount in batch:
        if kind is None:
            rows.close("item", (key,), position)
        else:
            rows.put("item", (key,), {"kind": kind, "amount": Decimal(amount)}, position)


def stored(batches: list[list[Step]]) -> tuple[History, dict[str, tuple[Decimal, int]]]:
    """The tables after the batches, each with rows of its own, as the live path keeps them."""
    history: History = {}
    sums: dict[str, tuple[Decimal, int]] = {}
    for batch in batches:
        rows = Rows((ITEM, KIND))
        for row in history.values():
            if row["to_position"] is None:
                rows.take("item", row)
        fold(rows, batch)
        for ((key,), began), ended in rows.closed["item"].items():
            assert history[key, began]["to_position"] is None
            history[key, began] = history[key, began] | {"to_position": ended}
        for row in [*rows.settled["item"], *rows.opened["item"].values()]:
            assert (row["name"], row["from_position"]) not in history
            history[row["name"], row["from_position"]] = row
        for (kind,), added in rows.added["kind"].items():
            amount, items = sums.get(kind, (Decimal(0), 0))
            sums[kind] = (amount + added["amount"], items + int(added["items"]))
    return history, sums


def in_force(history: History, position: int) -> dict[str, tuple[str, Decimal]]:
    """What the history says was known at a position; a key has at most one row."""
    found: dict[str, tuple[str, Decimal]] = {}
    for row in history.values():
        until = row["to_position"]
        if row["from_position"] <= position and (until is None or until > position):
            assert row["name"] not in found
            found[row["name"]] = (row["kind"], row["amount"])
    return found


def known_at(batches: list[list[Step]], position: int) -> dict[str, tuple[str, Decimal]]:
    """The same by simply doing it: the control."""
    found: dict[str, tuple[str, Decimal]] = {}
    for at, key, kind, amount in (step for batch in batches for step in batch):
        if at <= position and kind is None:
            found.pop(key, None)
        elif at <= position and kind is not None:
            found[key] = (kind, Decimal(amount))
    return found


def recounted(history: History) -> dict[str, tuple[Decimal, int]]:
    sums: dict[str, tuple[Decimal, int]] = {}
    for row in history.values():
        if row["to_position"] is None:
            amount, items = sums.get(row["kind"], (Decimal(0), 0))
            sums[row["kind"]] = (amount + row["amount"], items + 1)
    return sums


@given(steps())
def test_history_tells_what_was_known_at_every_position(batches: list[list[Step]]) -> None:
    history, _ = stored(batches)
    last = batches[-1][-1][0] if batches else 0
    for position in range(last + 2):
        assert in_force(history, position) == known_at(batches, position)


@given(steps())
def test_batches_of_any_size_give_the_same_history_and_sums(batches: list[list[Step]]) -> None:
    by_event: list[list[Step]] = []
    for step in (step for batch in batches for step in batch):
        if by_event and by_event[-1][-1][0] == step[0]:
            by_event[-1].append(step)
        else:
            by_event.append([step])
    whole = [step for batch in batches for step in batch]

    assert stored(batches) == stored(by_event) == stored([whole])


@given(steps())
def test_sums_are_those_of_the_open_rows(batches: list[list[Step]]) -> None:
    history, sums = stored(batches)
    assert {kind: one for kind, one in sums.items() if one != (0, 0)} == recounted(history)
