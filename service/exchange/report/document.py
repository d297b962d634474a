"""What a report consists of: finished words and figures; the template only sets them.

Every text of it is data to the template, never markup.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

Kind = Literal["text", "code", "number", "day", "days"]


class Column(msgspec.Struct, frozen=True):
    """A column; its kind decides width and alignment."""

    name: str
    kind: Kind = "text"


class Table(msgspec.Struct, frozen=True, tag="table"):
    """Rows of cells as written; `totals` are set apart below them."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    totals: Sequence[Sequence[str]] = ()


class Beside(msgspec.Struct, frozen=True, tag="beside"):
    """Two narrow tables side by side."""

    tables: tuple[Table, Table]


class Picture(msgspec.Struct, frozen=True, tag="picture"):
    """A chart with its alternative text."""

    title: str
    alternative: str
    svg: str


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """A sentence or a few."""

    text: str


class Intro(msgspec.Struct, frozen=True, tag="intro"):
    """A paragraph that stays on the page of what follows it."""

    text: str


class Points(msgspec.Struct, frozen=True, tag="points"):
    """A list."""

    items: Sequence[str]


Block = Table | Beside | Picture | Paragraph | Intro | Points


class Section(msgspec.Struct, frozen=True):
    """A numbered section."""

    title: str
    blocks: Sequence[Block]


class Document(msgspec.Struct, frozen=True):
    """The whole report. `recorded_at`: year, month, day, hour, minute, second in UTC."""

    language: str
    region: str
    words: dict[str, str]
    title: str
    project: str
    beneficiary: str
    registration_number: str
    state: str
    footer: str
    recorded_at: tuple[int, int, int, int, int, int]
    emblem: str
    publicity: Sequence[str]
    card: Sequence[tuple[str, str]]
    key_figures: Sequence[tuple[str, str]]
    sections: Sequence[Section]
