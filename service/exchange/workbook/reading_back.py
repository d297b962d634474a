"""The workbook read back by another program's reader, before it is handed out.

Each figure's cell must hold the figure, and the lines and sums of the lists must be those that the
figures rest on.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from python_calamine import (
    CalamineSheet,
    load_workbook,  # pyright: ignore[reportUnknownVariableType]
)

from service.exchange.export import InvalidExport, Source
from service.exchange.workbook.sheet import Addressed
from service.exchange.workbook.table import Written

SUMS = ("amount", "declared", "reduction")
Cell = Any


class Contents(NamedTuple):
    """What a workbook must hold: its figures where they stand, and its lists by name."""

    figures: Sequence[Addressed]
    lists: Mapping[str, Written]


def check_workbook(path: Path, source: Source, contents: Contents) -> int:
    """The number of rows of all sheets. Raises InvalidExport when a figure is not there, or a cell
    or sum is another.
    """
    if left := source.figures.leaves.keys() - {one.pointer for one in contents.figures}:
        raise InvalidExport(f"figures without a cell: {sorted(left)[:3]}")
    list_of = {source.wording.text(f"workbook.sheet.{name}"): name for name in contents.lists}
    rows, found = 0, dict.fromkeys((*SUMS, *map(_count, SUMS)), Decimal(0))
    with load_workbook(str(path)) as book:
        of_sheet: dict[str, list[Addressed]] = {name: [] for name in book.sheet_names}
        for one in contents.figures:
            of_sheet[one.sheet].append(one)
        for name, figures in of_sheet.items():
            sheet = book.get_sheet_by_name(name)
            rows += sheet.total_height
            _check_figures(sheet, source, figures)
            if name in list_of:
                _add_list(found, sheet, source, contents.lists[list_of[name]])
    for name, expected in _expected(source).items():
        if found[name] != expected:
            raise InvalidExport(f"lists of documents: {name} {found[name]}, expected {expected}")
    return rows


def _check_figures(sheet: CalamineSheet, source: Source, figures: Sequence[Addressed]) -> None:
    wanted = {(one.row, one.column): one for one in figures}
    if not wanted:
        return
    for row, cells in enumerate(sheet.iter_rows()):
        for column, cell in enumerate(cells):
            one = wanted.pop((row, column), None)
            if one is not None and not same(cell, source.figures.figure(one.pointer)):
                raise InvalidExport(f"cell {one.cell} of {one.sheet} is not {one.pointer}")
    missing = [one.cell for one in wanted.values() if source.figures.figure(one.pointer)]
    if missing:
        raise InvalidExport(f"cells of {sheet.name} are empty: {missing[:3]}")


def same(cell: Cell, written: str | int | None) -> bool:
    """Whether a cell holds a figure as it is written in the report."""
    match cell, written:
        case "", None:
            return True
        case bool(), _:
            return False
        case (int() | float(), str()):
            return Decimal(str(cell)) == Decimal(written)
        case (int() | float(), int()):
            return cell == written
        case (date(), str()):
            return _day(cell).isoformat() == written
        case _:
            return cell == written


def _day(cell: date) -> date:
    return cell.date() if isinstance(cell, datetime) else cell


def _add_list(
    found: dict[str, Decimal], sheet: CalamineSheet, source: Source, written: Written
) -> None:
    """Adds the sums of a list, and how many of its lines have each amount."""
    rows = _table(sheet, written)
    headings = next(rows)
    places = {name: headings.index(source.wording.text(f"workbook.column.{name}")) for name in SUMS}
    for row in rows:
        for name, place in places.items():
            if row[place] != "":
                found[name] += Decimal(str(row[place]))
                found[_count(name)] += 1


def _table(sheet: CalamineSheet, written: Written) -> Iterator[list[Cell]]:
    """The headings and rows of a table, without its totals."""
    for row, cells in enumerate(sheet.iter_rows()):
        if written.heading_row <= row <= written.heading_row + written.rows:
            yield cells


def _expected(source: Source) -> dict[str, Decimal]:
    """What the lists must come to: by the claims' figures, and by the documents behind the rest."""
    figures, claim = source.figures, source.order.claim
    of = [
        index
        for index in range(len(figures.tree["claims"]))
        if claim is None or figures.figure(f"/claims/{index}/claim") == claim
    ]

    def total(field: str) -> Decimal:
        return sum((figures.value(f"/claims/{index}/{field}") for index in of), Decimal(0))

    expected = {
        "declared": total("declared_direct"),
        "reduction": total("reductions"),
        _count("declared"): total("documents"),
    }
    if claim is None:
        spend = source.facts.of["spend"]
        expected["amount"] = sum((line["amount"] for line in spend), Decimal(0))
        expected[_count("amount")] = Decimal(len(spend))
    return expected


def _count(name: str) -> str:
    return f"lines with {name}"
