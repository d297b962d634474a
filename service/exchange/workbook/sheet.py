"""A sheet written row by row from the top, as XlsxWriter's constant memory demands.

Text is always written as a string, never as a formula or a link; amounts are written from
`Decimal`, digit by digit. A cell of a figure is remembered with its address and links to the line
of the sheet of addresses that names it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from textwrap import wrap
from typing import Any, NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell

from projections.derivation import Figures
from service.exchange.export import InvalidExport
from service.exchange.workbook.formats import Formats, Kind, Style
from service.wording.wording import Wording

ROWS_MAX = 1_048_576
LINKS_MAX = 65_530  # of a sheet; Excel refuses more
TIP_MAX = 255
FIRST_DAY = date(1900, 3, 1)  # Excel counts days from here without its leap day of 1900
WIDTH_MIN, WIDTH_MAX = 4.0, 60.0
PADDING = 1.2
LINE_HEIGHT = 13.5  # of the text of tables, in points
LINES_MAX = 30  # a row is at most 409 points high
TITLE_HEIGHT = 21.0
CAPITALS, SMALLER = 1.25, 1.1  # of a character's width


class Figure(NamedTuple):
    """A value given by its address in `report figures`."""

    pointer: str


class Link(NamedTuple):
    """A text that leads to a cell of the workbook."""

    text: str
    target: str


Value = str | int | Decimal | date | datetime | Figure | Link | None


class Addressed(NamedTuple):
    """Where a figure stands."""

    sheet: str
    row: int
    column: int
    pointer: str

    @property
    def cell(self) -> str:
        """The cell as the programs name it: C7."""
        return xl_rowcol_to_cell(self.row, self.column)


@dataclass
class Addresses:
    """The figures of the workbook in the order in which they were written."""

    figures: Figures
    sheet: str
    first_row: int
    written: list[Addressed] = field(default_factory=list[Addressed])

    def add(self, sheet: str, row: int, column: int, pointer: str) -> str:
        """Remembers a figure; returns the link to its line on the sheet of addresses."""
        self.written.append(Addressed(sheet, row, column, pointer))
        return f"internal:'{self.sheet}'!A{self.first_row + len(self.written)}"


@dataclass
class Sheet:
    """One sheet; `row` is the one being written, `lines` its height so far, `widths` those of the
    columns.
    """

    name: str
    xlsx: Any  # a sheet of XlsxWriter, which has types in part only
    formats: Formats
    addresses: Addresses
    wording: Wording
    row: int = 0
    lines: int = 1
    widths: dict[int, float] = field(default_factory=dict[int, float])
    links: int = 0

    def put(
        self,
        column: int,
        value: Value,
        kind: Kind = "text",
        style: Style = "plain",
        width_max: float = WIDTH_MAX,
    ) -> Value:
        """Writes a cell of the current row; returns the value of a figure, else the value.

        A text longer than `width_max` takes several lines.
        """
        if self.row >= ROWS_MAX:
            raise InvalidExport(f"more than {ROWS_MAX} rows in sheet {self.name}")
        match value:
            case Figure(pointer):
                value = figure_value(self.addresses.figures, pointer, kind)
                target = self.addresses.add(self.name, self.row, column, pointer)
                self._link(column, target, pointer)
            case Link(text, target):
                value = text
                self._link(column, target, text)
            case _:
                pass
        self._write(column, value, kind, style)
        if style in ("plain", "total"):
            self._fit(column, shown(value, kind), width_max)
        return value

    def needs(self, column: int, characters: float) -> None:
        """A column must hold this many characters in a line."""
        self.widths[column] = max(self.widths.get(column, WIDTH_MIN), characters + PADDING)

    def next_row(self, rows: int = 1, height: float | None = None) -> None:
        """Goes on; what was written cannot be changed.

        Heights are set, because not every program finds those of wrapped texts by itself.
        """
        if height is not None or self.lines > 1:
            self.xlsx.set_row(self.row, height or self.lines * LINE_HEIGHT)
        self.row += rows
        self.lines = 1

    def finish(self) -> None:
        """Sets the widths of the columns, which are known only now."""
        for column, width in sorted(self.widths.items()):
            self.xlsx.set_column(column, column, width)

    def _fit(self, column: int, text: str, width_max: float) -> None:
        """Text is of 10 points, a column's width counts digits of 11."""
        broad = CAPITALS if text.isupper() else 1.0
        parts = text.split("\n")
        longest = max(map(len, parts)) * broad
        self.needs(column, min(longest, width_max))
        if longest > width_max or len(parts) > 1:
            characters = int(width_max * SMALLER / broad)
            lines = sum(max(len(wrap(part, characters)), 1) for part in parts)
            self.lines = min(max(self.lines, lines), LINES_MAX)

    def _link(self, column: int, target: str, tip: str) -> None:
        if self.links < LINKS_MAX:
            self.links += 1
            self.xlsx.write_url(self.row, column, target, None, "", tip[:TIP_MAX])

    def _write(self, column: int, value: Value, kind: Kind, style: Style) -> None:
        """Each type of value by the method that cannot take it for something else."""
        shape = self.formats.of(kind, style)
        match value:
            case None | "":
                done = self.xlsx.write_blank(self.row, column, None, shape)
            case date() if value_day(value) < FIRST_DAY:
                done = self.xlsx.write_string(self.row, column, value.isoformat(), shape)
            case date():
                done = self.xlsx.write_datetime(self.row, column, value, shape)
            case Decimal() | int():
                done = self.xlsx.write_number(self.row, column, value, shape)
            case _:
                done = self.xlsx.write_string(self.row, column, plain(str(value)), shape)
        assert done == 0, f"cell {self.name} {self.row} {column} was not written"


def shown(value: Value, kind: Kind) -> str:
    """About what a reader sees, for the width."""
    match kind, value:
        case _, None:
            return ""
        case (("money" | "number"), Decimal()):
            return f"{value:,.2f}"
        case "percent", Decimal():
            return f"{value:.2f} %"
        case "day", date():
            return "30.12.2000"
        case "moment", datetime():
            return "30.12.2000 10:00"
        case "month", date():
            return "Dec 2000"
        case _:
            return str(value)


def plain(text: str) -> str:
    """XlsxWriter takes a text between these marks for XML of its own."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def value_day(value: date) -> date:
    """The day of a day or moment."""
    return value.date() if isinstance(value, datetime) else value


def figure_value(figures: Figures, pointer: str, kind: Kind) -> Value:
    """A figure as it is written in the report, as the value of a cell."""
    written = figures.figure(pointer)
    match kind, written:
        case _, None:
            return None
        case "money" | "percent" | "quantity", str():
            return Decimal(written)
        case "day", str():
            return date.fromisoformat(written)
        case _:
            return written
