"""A workbook as two other programs read it: the reader Calamine, and LibreOffice."""

import csv
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import coordinate_to_tuple
from python_calamine import load_workbook

from service.exchange.export import Order
from service.exchange.making import make_export
from service.exchange.workbook.workbook import WORKBOOK
from service.reports import Point
from service.wording.wording import Wording
from tests.end_to_end.running import ACTOR, Imported

ENGLISH = Wording("en")
HEADING_ROW = 3
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
Rows = list[list[Any]]


def exported(project: Imported, folder: Path, **more: Any) -> Path:
    """The workbook of a project in English, unless ordered otherwise."""
    order = replace(Order(project.project, ACTOR, Point(), language="en"), **more)
    made = make_export(project.services, project.tenant, WORKBOOK, order, folder)
    return folder / made.files[0].name


def read(path: Path) -> dict[str, Rows]:
    """The sheets by name."""
    with load_workbook(str(path)) as book:
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def converted(path: Path, folder: Path) -> dict[str, Rows]:
    """The sheets by name, each as LibreOffice writes it to CSV; skips where there is none."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    command = [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", EVERY_SHEET, "--outdir", str(folder / "csv"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    found: dict[str, Rows] = {}
    for one in (folder / "csv").iterdir():
        with one.open(encoding="utf-8", newline="") as file:
            found[one.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(file))
    return found


def sheet(name: str) -> str:
    """The English name of a sheet."""
    return ENGLISH.text(f"workbook.sheet.{name}")


def table(rows: Rows) -> list[dict[str, Any]]:
    """The lines of a sheet's table by heading; it ends with the total or an empty row."""
    headings = [str(cell).replace("\n", " ") for cell in rows[HEADING_ROW]]
    found: list[dict[str, Any]] = []
    for row in rows[HEADING_ROW + 1 :]:
        if row[0] in ("", "Total", "no rows"):
            break
        found.append(dict(zip(headings, row, strict=True)))
    return found


def at(sheets: Mapping[str, Rows], name: str, cell: str) -> Any:
    """A cell such as C7."""
    row, column = coordinate_to_tuple(cell)
    return sheets[name][row - 1][column - 1]


def number(cell: Any) -> Decimal:
    """An amount as a reader gives it, or as LibreOffice shows it; nothing is 0."""
    return Decimal(str(cell).removesuffix(" %").replace(",", "") or "0")


def day(cell: Any) -> date:
    """A day as a reader gives it, or as LibreOffice writes an English one to CSV."""
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
        case _:
            return datetime.strptime(cell, "%d/%m/%Y").date()  # noqa: DTZ007


def is_figure(cell: Any, written: str | int | None) -> bool:
    """Whether a cell shows a figure as the report writes it."""
    if written is None or cell == "":
        return written is None and cell == ""
    try:
        return number(cell) == Decimal(written)
    except ArithmeticError:
        pass
    try:
        return day(cell).isoformat() == written
    except (TypeError, ValueError):
        return cell == written
