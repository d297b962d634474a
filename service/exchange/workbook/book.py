"""The workbook file: its sheets in both languages, how they print, what it says of itself."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlsxwriter import Workbook

from service.exchange.export import Source
from service.exchange.workbook.formats import Formats
from service.exchange.workbook.sheet import TITLE_HEIGHT, Addresses, Sheet
from service.finding_words import rule_in_words

A4 = 9
ADDRESSES_FIRST_ROW = 4  # below title, note, an empty row and the headings
FOOTER_NUMBER_MAX = 60
MARGINS = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.7}


@dataclass
class Book:
    """A workbook being written from one snapshot."""

    source: Source
    xlsx: Any  # a workbook of XlsxWriter, which has types in part only
    formats: Formats
    addresses: Addresses

    def text(self, key: str, **values: object) -> str:
        """A text of the workbook in its language."""
        return self.source.wording.text(f"workbook.{key}", **values)

    @cached_property
    def finding_titles(self) -> Mapping[str, str]:
        """What each finding is, by code, in the workbook's language."""
        wording = self.source.wording
        return {
            rule.code: rule_in_words(rule, wording).title for rule in self.source.rules.findings
        }

    def sheet(self, name: str, title: str | None = None) -> Sheet:
        """A sheet with its title and the point of both times, its current row below them."""
        tab = self.text(f"sheet.{name}")
        xlsx = self.xlsx.add_worksheet(tab)
        sheet = Sheet(tab, xlsx, self.formats, self.addresses, self.source.wording)
        xlsx.set_landscape()
        xlsx.set_paper(A4)
        xlsx.fit_to_pages(1, 0)
        xlsx.set_margins(**MARGINS)
        xlsx.set_footer(self._footer())
        xlsx.hide_gridlines(2)
        sheet.put(0, title or self.text(f"title.{name}"), "text", "title")
        sheet.next_row(height=TITLE_HEIGHT)
        sheet.put(0, self._about(), "text", "note")
        sheet.next_row(2)
        return sheet

    def _about(self) -> str:
        source = self.source
        return " · ".join((source.act.registration_number, self._title(), self._point()))

    def _title(self) -> str:
        act = self.source.act
        return act.title_cs if self.source.wording.language == "cs" else act.title_en

    def _point(self) -> str:
        day = self.source.wording.day(self.source.as_of)
        return self.text("point", day=day, position=self.source.known_at)

    def _footer(self) -> str:
        """In a footer & begins a code; a digit after a font size would belong to it."""
        number = self.source.act.registration_number[:FOOTER_NUMBER_MAX]
        parts = {"L": number, "C": self.text("page"), "R": self._point()}
        parts["L"] = parts["L"].replace("&", "&&")
        return "".join(f"&{place}&8 {text}" for place, text in parts.items())


@contextmanager
def opened_book(source: Source, path: Path) -> Generator[Book]:
    """A workbook that is whole when the block ends.

    Rows lie in files beside it until then: they may hold personal data and go with their folder.
    """
    wording = source.wording
    with TemporaryDirectory(dir=path.parent, prefix=".rows-") as rows:
        options = {"constant_memory": True, "tmpdir": rows}
        with Workbook(str(path), options) as xlsx:
            addresses_name = wording.text("workbook.sheet.addresses")
            addresses = Addresses(source.figures, addresses_name, ADDRESSES_FIRST_ROW)
            book = Book(source, xlsx, Formats(xlsx, wording.language), addresses)
            _describe(book)
            yield book


def _describe(book: Book) -> None:
    """The moment of the position, in UTC; without it XlsxWriter asks the clock."""
    source = book.source
    title = book.text("title.summary")
    book.xlsx.set_properties(
        {
            "title": f"{title} {source.act.registration_number}",
            "subject": source.act.title_cs,
            "company": source.act.beneficiary.name,
            "comments": f"{book.text('card.rules')}: {source.act.rule_set.name}",
            "created": source.recorded_at.replace(microsecond=0),
        }
    )
