"""Rows in memory: what is in force when, what changed, and sums that follow by themselves."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from projections.projection import Column, Contribution, Row, Table
from projections.rows import Rows


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
LIST = Table("list", "append", key=(Column("position", "bigint"),), values=())


@pytest.fixture
def rows() -> Rows:
    return Rows((ITEM, KIND, LIST))


def put(rows: Rows, name: str, kind: str, amount: int, position: int) -> None:
    rows.put("item", (name,), {"kind": kind, "amount": Decimal(amount)}, position)


def history(rows: Rows) -> list[tuple[Any, ...]]:
    """Every row made in memory: name, kind, amount, from, to."""
    made = [*rows.settled["item"], *rows.opened["item"].values()]
    return sorted(tuple(row.values()) for row in made)


def sums(rows: Rows) -> dict[str, tuple[Any, ...]]:
    return {key[0]: tuple(one.values()) for key, one in rows.added["kind"].items()}


def test_a_changed_row_closes_the_one_before_at_its_position(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    put(rows, "a", "y", 2, 20)

    assert history(rows) == [("a", "x", 1, 10, 20), ("a", "y", 2, 20, None)]
    assert sums(rows) == {"x": (0, 0), "y": (2, 1)}


def test_equal_values_change_nothing(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    put(rows, "a", "x", 1, 20)

    assert history(rows) == [("a", "x", 1, 10, None)]
    assert sums(rows) == {"x": (1, 1)}


def test_what_one_event_puts_twice_is_in_force_once(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    put(rows, "a", "y", 2, 10)

    assert history(rows) == [("a", "y", 2, 10, None)]
    assert sums(rows) == {"x": (0, 0), "y": (2, 1)}


def test_what_one_event_opens_and_closes_never_was_in_force(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    rows.close("item", ("a",), 10)

    assert history(rows) == []
    assert rows.get("item", ("a",)) is None
    assert sums(rows) == {"x": (0, 0)}


def test_what_one_event_changes_and_changes_back_is_in_force_on_both_sides(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    put(rows, "a", "y", 2, 20)
    put(rows, "a", "x", 1, 20)

    assert history(rows) == [("a", "x", 1, 10, 20), ("a", "x", 1, 20, None)]
    assert sums(rows) == {"x": (1, 1), "y": (0, 0)}


def test_closing_what_is_not_open_changes_nothing(rows: Rows) -> None:
    rows.close("item", ("a",), 10)

    assert history(rows) == []
    assert not rows.closed["item"]


def test_a_stored_row_is_closed_and_its_sums_taken_off(rows: Rows) -> None:
    stored = {"name": "a", "kind": "x", "amount": Decimal(5), "from_position": 3}
    rows.take("item", {**stored, "to_position": None})

    put(rows, "a", "y", 7, 20)

    assert rows.closed["item"] == {(("a",), 3): 20}
    assert history(rows) == [("a", "y", 7, 20, None)]
    assert sums(rows) == {"x": (-5, -1), "y": (7, 1)}


def test_a_row_closed_in_the_batch_is_not_brought_in_again(rows: Rows) -> None:
    stored = {"name": "a", "kind": "x", "amount": Decimal(5), "from_position": 3}
    rows.take("item", {**stored, "to_position": None})
    rows.close("item", ("a",), 20)

    rows.take("item", {**stored, "to_position": None})

    assert rows.get("item", ("a",)) is None


def test_open_rows_are_found_by_value_as_it_is_now(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    put(rows, "b", "x", 2, 11)
    put(rows, "a", "y", 1, 12)

    assert [row["name"] for row in rows.where("item", "kind", "x")] == ["b"]
    assert [row["name"] for row in rows.where("item", "kind", "y")] == ["a"]
    assert rows.where("item", "kind", "z") == []


def test_settled_rows_are_given_out_once(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    put(rows, "a", "y", 2, 20)

    assert [row["kind"] for row in rows.take_settled("item")] == ["x"]
    assert rows.take_settled("item") == []
    assert [row["kind"] for row in rows.opened["item"].values()] == ["y"]


def test_sums_fed_by_the_fold_itself_are_known(rows: Rows) -> None:
    put(rows, "a", "x", 1, 10)
    assert rows.added_directly == set()

    rows.add("kind", ("x",), {"items": 4})

    assert rows.added_directly == {"kind"}
    assert sums(rows) == {"x": (1, 5)}


def test_rows_of_an_append_table_are_kept_in_order(rows: Rows) -> None:
    for position in (3, 1, 2):
        rows.insert("list", {"position": position})

    assert [row["position"] for row in rows.inserted["list"]] == [3, 1, 2]
