"""The template as a workbook: formats, drop-downs, explanations at the cell, frozen headings."""

# pyright: reportUnknownMemberType=false
# XlsxWriter takes plain dictionaries.

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from service.intake.kind import Form
from service.intake.project_sheets import KEY, VALUE
from service.intake.table_file import EXAMPLE
from service.programmes import Programmes
from service.templates.content import (
    EXPLAINED_HEADING,
    PROJECT,
    TO_DO,
    Entry,
    codes,
    columns_of,
    example_row,
    explained,
    keys,
    tables,
)

ROWS = 10_000  # that have formats and drop-downs
TITLE_MAX, MESSAGE_MAX = 32, 255
WIDTH_MIN, WIDTH_MAX = 12, 44
MADE = datetime(2026, 1, 1)  # noqa: DTZ001 (the same bytes whenever it is written)
NUMBER_FORMATS = {
    Form.MONEY: "#,##0.00",
    Form.NUMBER: "General",
    Form.WHOLE: "0",
    Form.DAY: "d.m.yyyy",
    Form.MOMENT: "d.m.yyyy h:mm",
}
Ranges = dict[tuple[str, str], str]


class _Template:
    """A workbook that is being written, with the formats that its sheets share."""

    def __init__(self, book: Workbook, ranges: Ranges) -> None:
        self.book, self.ranges = book, ranges
        self.heading = book.add_format(
            {"bold": True, "bg_color": "#D9E2EC", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self.advice = book.add_format({"text_wrap": True, "bold": True, "valign": "top"})
        self.example: dict[Form, Format] = {}
        self.format: dict[Form, Format] = {}
        self.blank: dict[Form, Format] = {}
        for form in Form:
            shown = {"num_format": NUMBER_FORMATS.get(form, "@")}
            self.format[form] = book.add_format(shown)
            self.blank[form] = book.add_format(shown | {"bg_color": "#FFF9E5", "border": 1})
            self.example[form] = book.add_format(shown | {"italic": True, "font_color": "#5F6B7A"})

    def add_sheet(self, name: str, heading: list[str], widths: list[int]) -> Worksheet:
        """A sheet with a frozen heading."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.write_row(0, 0, heading, self.heading)
        return sheet

    def rule(self, sheet: Worksheet, rows: tuple[int, int], column: int, entry: Entry) -> None:
        """The explanation of a column at its cells, and a drop-down where it has codes."""
        rule: dict[str, Any] = {
            "validate": "any",
            "input_title": entry.name[:TITLE_MAX],
            "input_message": entry.meaning.text[:MESSAGE_MAX],
        }
        if entry.kind.form is Form.FLAG:
            rule |= {"validate": "list", "source": ["yes", "no"]}
        elif entry.kind.form is Form.CODE:
            rule |= {"validate": "list", "source": self.ranges[entry.sheet, entry.name]}
        sheet.data_validation(rows[0], column, rows[1], column, rule)


def write_workbook(path: Path, programmes: Programmes) -> None:
    """Writes the template; the same bytes each time."""
    heading, lines = codes(programmes)
    with xlsxwriter.Workbook(path, {"strings_to_urls": False}) as book:
        book.set_properties({"title": "grantledger", "created": MADE})
        template = _Template(book, _ranges(lines))
        _add_project(template)
        for table in tables():
            _add_table(template, columns_of(table))
        _add_lines(template, "columns", EXPLAINED_HEADING, list(explained()))
        _add_lines(template, "codes", heading, lines)


def _ranges(lines: list[tuple[str, ...]]) -> Ranges:
    """Where the codes of each column stand in the sheet of codes; they follow one another."""
    ranges: Ranges = {}
    for sheet, name, *_ in lines:
        rows = [at for at, line in enumerate(lines, 2) if line[:2] == (sheet, name)]
        ranges[sheet, name] = f"=codes!$C${rows[0]}:$C${rows[-1]}"
    return ranges


def _add_project(template: _Template) -> None:
    sheet = template.add_sheet(PROJECT, [KEY, VALUE, "meaning", "example"], [24, 40, 88, 36])
    for row, entry in enumerate(keys(), 1):
        sheet.write_string(row, 0, entry.name)
        sheet.write_blank(row, 1, None, template.blank[entry.kind.form])
        sheet.write_string(row, 2, entry.meaning.text)
        _write(template, sheet, (row, 3), entry, entry.meaning.example)
        template.rule(sheet, (row, row), 1, entry)
    sheet.write_string(len(keys()) + 2, 2, TO_DO, template.advice)


def _add_table(template: _Template, entries: list[Entry]) -> None:
    names = [entry.name for entry in entries]
    longest = [max(len(entry.name), len(entry.meaning.example)) + 2 for entry in entries]
    widths = [min(max(length, WIDTH_MIN), WIDTH_MAX) for length in longest]
    sheet = template.add_sheet(entries[0].sheet, names, widths)
    cells = zip(entries, example_row(entries), widths, strict=True)
    for column, (entry, example, width) in enumerate(cells):
        sheet.set_column(column, column, width, template.format[entry.kind.form])
        _write(template, sheet, (1, column), entry, example)
        template.rule(sheet, (1, ROWS), column, entry)


def _add_lines(
    template: _Template, name: str, heading: tuple[str, ...], lines: list[tuple[str, ...]]
) -> None:
    every = [heading, *lines]
    widths = [min(max(len(line[at]) for line in every) + 2, 90) for at in range(len(heading))]
    sheet = template.add_sheet(name, list(heading), widths)
    for row, line in enumerate(lines, 1):
        for column, cell in enumerate(line):
            sheet.write_string(row, column, cell)


def _write(
    template: _Template, sheet: Worksheet, at: tuple[int, int], entry: Entry, example: str
) -> None:
    """An example in the form in which a cell of the column is to be filled."""
    form = entry.kind.form
    shown = template.example[form]
    value = entry.kind(example) if _is_of_kind(entry, example) else example
    match value:
        case datetime():
            sheet.write_datetime(*at, value, shown)
        case date():
            sheet.write_datetime(*at, datetime.combine(value, time()), shown)
        case Decimal() | int():
            sheet.write_number(*at, float(value), shown)
        case _:
            sheet.write_string(*at, example, shown)


def _is_of_kind(entry: Entry, example: str) -> bool:
    return entry.kind.form in NUMBER_FORMATS and example not in ("", EXAMPLE)
