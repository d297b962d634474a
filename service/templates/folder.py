"""The template as a folder: project.json and CSV files as Czech spreadsheets open them."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from service.intake.csv_file import BOM
from service.intake.project_file import FILE
from service.intake.project_sheets import PERIODS
from service.intake.tables import TABLES
from service.programmes import Programmes
from service.templates.content import (
    EXPLAINED_HEADING,
    codes,
    columns_of,
    example_row,
    explained,
    keys,
    tables,
)

SUFFIX = ".csv"


def write_folder(folder: Path, programmes: Programmes) -> list[Path]:
    """Writes the files into a new folder; returns their paths."""
    folder.mkdir(parents=True)
    by_name = {table.name: table for table in tables()}
    written = [folder / FILE]
    written[0].write_text(_project(), encoding="utf-8")
    for table in TABLES:
        entries = columns_of(by_name[table.name])
        heading = [entry.name for entry in entries]
        written.append(_write(folder / table.file, [heading, example_row(entries)]))
    written.append(_write(folder / f"columns{SUFFIX}", [EXPLAINED_HEADING, *explained()]))
    heading, lines = codes(programmes)
    written.append(_write(folder / f"codes{SUFFIX}", [heading, *lines]))
    return written


def _project() -> str:
    """The keys without values: an empty value is refused by its name."""
    document: dict[str, Any] = {}
    for entry in keys():
        holder, _, name = entry.name.rpartition(".")
        (document.setdefault(holder, {}) if holder else document)[name] = ""
    document["periods"] = [{entry.name: "" for entry in columns_of(PERIODS)}]
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    path.write_bytes(BOM + text.getvalue().encode("utf-8"))
    return path
