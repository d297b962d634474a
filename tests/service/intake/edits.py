"""Spoils one place of a project's folder, as a person or a program may have done."""

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

from service.intake.intake import Intake
from service.intake.problems import Problem
from service.intake.project_folder import read_folder
from tests.service.intake.variants import SEED

Rows = list[list[str]]


def copied(target: Path, source: Path = SEED) -> Path:
    """A copy of a project's folder that may be spoilt."""
    return Path(shutil.copytree(source, target / "project"))


def edit(folder: Path, file: str, change: Callable[[Rows], Rows | None]) -> None:
    """Changes the rows of a file (the header is row 0); the change edits in place or returns."""
    path = folder / file
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    changed = change(rows) or rows
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(changed)
    path.write_text(written.getvalue(), encoding="utf-8")


def set_cell(folder: Path, file: str, row: int, column: str, cell: str) -> None:
    """Writes a cell; `row` as a person sees it, the header is row 1."""

    def change(rows: Rows) -> None:
        rows[row - 1][rows[0].index(column)] = cell

    edit(folder, file, change)


def problems_with(tmp_path: Path, file: str, row: int, **cells: str) -> list[Problem]:
    """The problems of the seed with cells of one row changed."""
    folder = copied(tmp_path)
    for column, cell in cells.items():
        set_cell(folder, file, row, column, cell)
    return read_folder(folder).problems


def good_count(intake: Intake) -> dict[str, int]:
    """How many rows of each table have no problem."""
    return {name: len(rows) for name, rows in intake.good.items()}
