"""Makes a workbook of a project's folder, by two libraries: dates as dates, numbers as numbers.

Which columns hold what is listed in variants.py by hand, so that the reading side is not asked.
"""

import csv
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from tests.service.intake.variants import AMOUNTS, DAY, DECIMALS

WHOLE = frozenset(
    {
        *("minutes", "content_1_5", "usefulness_1_5", "organisation_1_5", "target", "claim"),
        *("period", "amount_unit", "number"),
    }
)
NUMBERS = AMOUNTS | DECIMALS | WHOLE
PROJECT_NUMBERS = frozenset(
    {
        *("total_eligible", "flat_rate", "public_rate", "eu_rate", "state_rate", "own_rate"),
        "initial_advance",
    }
)
Value = str | float | date | datetime | None


@dataclass
class Pages:
    """The sheets of a workbook, each a list of rows, to be changed before they are written."""

    sheets: dict[str, list[list[Any]]] = field(default_factory=dict[str, list[list[Any]]])

    def set(self, sheet: str, row: int, column: str, value: Any) -> None:
        """Writes a cell; `row` as a person sees it."""
        rows = self.sheets[sheet]
        rows[row - 1][rows[0].index(column)] = value


def pages_of(folder: Path) -> Pages:
    """The tables of a folder and its project as sheets."""
    pages = Pages()
    project = json.loads((folder / "project.json").read_text(encoding="utf-8"))
    periods = project.pop("periods")
    pages.sheets["project"] = [["key", "value"], *_keys(project, "")]
    header = list(periods[0])
    pages.sheets["periods"] = [header, *([_value(k, str(p[k])) for k in header] for p in periods)]
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = [row for row in csv.reader(file) if row]
        cells = [[_value(n, cell) for n, cell in zip(names, row, strict=True)] for row in rows]
        pages.sheets[path.stem] = [names, *cells]
    return pages


def _keys(project: dict[str, Any], prefix: str) -> Iterator[list[Value]]:
    for key, value in project.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{key}.")
        elif key in PROJECT_NUMBERS:
            yield [prefix + key, float(Decimal(value))]
        else:
            yield [prefix + key, _value(key, value)]


def _value(name: str, cell: str) -> Value:
    if not cell:
        return None
    if name in NUMBERS:
        return float(Decimal(cell))
    if found := DAY.fullmatch(cell):
        return datetime.fromisoformat(cell) if found[2] else date.fromisoformat(cell)
    return cell


def write_by_xlsxwriter(pages: Pages, path: Path) -> Path:
    """The workbook with shared texts and number formats."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        days = book.add_format({"num_format": "d.m.yyyy"})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in pages.sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(at, column, value, moments)
                    elif isinstance(value, date):
                        sheet.write_datetime(at, column, value, days)
                    elif isinstance(value, str):
                        sheet.write_string(at, column, value)
                    elif value is not None:
                        sheet.write(at, column, value)
    return path


def write_by_openpyxl(pages: Pages, path: Path) -> Path:
    """The workbook as openpyxl writes it; a text that begins with = is a formula."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in pages.sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def repacked(
    source: Path, target: Path, change: Callable[[str, bytes], bytes | None] = lambda _, data: data
) -> Path:
    """A copy whose parts are changed; None leaves a part out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target
