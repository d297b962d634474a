"""The rows of a sheet, one after another, with what a person would see in each cell."""

import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from service.intake.xlsx.book import Book, unescaped
from service.intake.xlsx.cell import SheetCell, Unreadable
from service.intake.xlsx.markup import TEXT_MAX, Attributes, Handlers, fed, number_in
from service.intake.xlsx.package import BadWorkbook, TooLarge

CELLS_MAX = 1_000_000
ROWS_MAX, COLUMNS_MAX = 1_048_576, 16_384
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 (local)
FIRST_SURE_SERIAL = 61  # 1 March 1900: before it programs differ by a day
LAST_SERIAL = 2_958_466
MERGED_MAX = 20  # that are told
A_VALUE = "a value (correct the formula, or write the value)"


class SheetRow(NamedTuple):
    """A row that is not empty: its number, and its cells by column (0 is A)."""

    number: int
    cells: dict[int, SheetCell]


class Counter:
    """Counts the cells of all sheets of a workbook that are read."""

    def __init__(self) -> None:
        self.cells = 0

    def count(self) -> None:
        """One more. Raises TooLarge above the limit."""
        self.cells += 1
        if self.cells > CELLS_MAX:
            raise TooLarge(f"more than {CELLS_MAX:,} cells", f"at most {CELLS_MAX:,} cells")


class _Cells:
    """The handlers of a sheet's elements. Whole rows wait in `ready`."""

    def __init__(self, book: Book, counter: Counter) -> None:
        self.book, self.counter = book, counter
        self.ready: list[SheetRow] = []
        self.merged: list[str] = []
        self.inside: list[str] = []
        self.row, self.column = 0, -1
        self.cells: dict[int, SheetCell] = {}
        self.kind, self.style, self.is_formula = "", 0, False
        self.pieces: list[str] = []
        self.length = 0

    def start(self, name: str, attributes: Attributes) -> None:
        self.inside.append(name)
        match name:
            case "row":
                self._begin_row(number_in(attributes, "r"))
            case "c":
                self._begin_cell(attributes)
            case "f":
                self.is_formula = True
            case "mergeCell" if len(self.merged) < MERGED_MAX:
                self.merged.append(attributes.get("ref", ""))
            case _:
                return

    def end(self, name: str) -> None:
        self.inside.pop()
        if name == "c":
            value = self._value("".join(self.pieces))
            if value is not None:
                self.counter.count()
                self.cells[self.column] = value
        elif name == "row" and self.cells:
            self.ready.append(SheetRow(self.row, self.cells))

    def text(self, more: str) -> None:
        if not self.inside or self.inside[-1] not in ("v", "t") or "rPh" in self.inside:
            return
        self.length += len(more)
        if self.length > TEXT_MAX * 2:
            raise BadWorkbook("a workbook with a cell that is too long")
        self.pieces.append(more)

    def _begin_row(self, number: int | None) -> None:
        last, self.row = self.row, self.row + 1 if number is None else number
        self.cells, self.column = {}, -1
        if not last < self.row <= ROWS_MAX:
            raise BadWorkbook("a damaged workbook (its rows are not in order)")

    def _begin_cell(self, attributes: Attributes) -> None:
        last = self.column
        if reference := attributes.get("r"):
            found = REFERENCE.fullmatch(reference)
            if found is None or int(found[2]) != self.row:
                raise BadWorkbook("a damaged workbook (a cell does not stand in its row)")
            self.column = column_number(found[1])
        else:
            self.column += 1
        if not last < self.column < COLUMNS_MAX:
            raise BadWorkbook("a damaged workbook (its cells are not in order)")
        self.kind, self.style = attributes.get("t", "n"), number_in(attributes, "s") or 0
        self.is_formula, self.pieces, self.length = False, [], 0

    def _value(self, text: str) -> SheetCell | None:
        if not text:
            if self.is_formula and self.kind != "str":
                return Unreadable("a formula without a saved value", A_VALUE)
            return None
        match self.kind:
            case "s":
                return self._shared(text)
            case "str" | "inlineStr":
                return unescaped(text)
            case "b":
                return text.strip() in ("1", "true")
            case "e":
                found = text.strip().upper()
                return Unreadable(found if found in ERRORS else "an error", A_VALUE)
            case "d":
                return _iso(text)
            case _:
                return self._number(text)

    def _shared(self, text: str) -> SheetCell:
        texts = self.book.texts
        if texts is None:
            return Unreadable("a text that the file has lost", "a workbook saved again as .xlsx")
        if not (text.isascii() and text.isdigit()) or int(text[:10]) >= len(texts):
            return Unreadable("a text that the file does not have", "a workbook saved again")
        return texts[int(text[:10])]

    def _number(self, text: str) -> SheetCell:
        try:
            number = float(text)
        except ValueError:
            return Unreadable("a number that is none", "a number")
        if not math.isfinite(number):
            return Unreadable("a number that is none", "a number")
        if self.style in self.book.date_styles:
            return _moment(number, starts_1904=self.book.starts_1904)
        return number


def rows_of(
    book: Book, part: str, counter: Counter, merged: Callable[[str], None]
) -> Iterator[SheetRow]:
    """The rows of a sheet that are not empty; `merged` hears of merged cells at the end.

    Raises BadWorkbook where the sheet cannot be read on.
    """
    reading = _Cells(book, counter)
    handlers = Handlers(reading.start, reading.end, reading.text)
    for _ in fed(book.package, part, handlers):
        yield from reading.ready
        reading.ready.clear()
    for reference in reading.merged:
        merged(reference)


def column_number(letters: str) -> int:
    """0 for A."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def column_letters(number: int) -> str:
    """A for 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _moment(serial: float, *, starts_1904: bool) -> SheetCell:
    """The local time of a serial number, to the second."""
    if not (0 if starts_1904 else FIRST_SURE_SERIAL) <= serial < LAST_SERIAL:
        expected = "a date (one before 1 March 1900 as a text)"
        return Unreadable("a number that is no date", expected)
    moment = (EPOCH_1904 if starts_1904 else EPOCH) + timedelta(days=serial)
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def _iso(text: str) -> SheetCell:
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        return text
