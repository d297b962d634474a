"""A workbook: its visible and hidden sheets, shared texts, and which styles are dates."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from service.intake.xlsx.markup import Attributes, Handlers, ignore, number_in, parse
from service.intake.xlsx.package import BadWorkbook, Package, TooLarge, relations_of, resolved

ROOT = "xl/workbook.xml"
SHEETS_MAX, RELATIONS_MAX, STYLES_MAX = 500, 5_000, 100_000
TEXTS_CHARACTERS_MAX = 100_000_000
BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
QUOTED = re.compile(r'"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
DATE_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Sheet(NamedTuple):
    """A sheet as the workbook names it. `part` is None for one that the archive does not have."""

    name: str
    part: str | None
    is_hidden: bool


class Relation(NamedTuple):
    """A part that another one names, and as what."""

    kind: str
    part: str


@dataclass
class Book:
    """What cells of all sheets refer to. `texts` is None when the file has lost them."""

    package: Package
    sheets: list[Sheet] = field(default_factory=list[Sheet])
    texts: list[str] | None = None
    date_styles: frozenset[int] = frozenset()
    starts_1904: bool = False


def read_book(package: Package) -> Book:
    """The workbook of an archive, without the cells. Raises BadWorkbook."""
    book = Book(package)
    found = _relations(package, "")
    root = next((one.part for one in found.values() if one.kind == "officeDocument"), ROOT)
    if not package.has(root):
        raise BadWorkbook("an archive that is no workbook")
    relations = _relations(package, root)
    _read_sheets(book, root, relations)
    for relation in relations.values():
        if relation.kind == "sharedStrings" and package.has(relation.part):
            book.texts = _shared_texts(package, relation.part)
        elif relation.kind == "styles" and package.has(relation.part):
            book.date_styles = _date_styles(package, relation.part)
    return book


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes what XML cannot hold."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _relations(package: Package, part: str) -> dict[str, Relation]:
    """The relations of a part by their ids; none when the archive has lost them."""
    found: dict[str, Relation] = {}
    relations = relations_of(part)
    if not package.has(relations):
        return found

    def start(name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            if len(found) >= RELATIONS_MAX:
                raise TooLarge(f"more than {RELATIONS_MAX} relations")
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = resolved(part, attributes.get("Target", ""))
            found[attributes.get("Id", "")] = Relation(kind, target)

    parse(package, relations, Handlers(start, ignore, ignore))
    return found


def _read_sheets(book: Book, root: str, relations: dict[str, Relation]) -> None:
    def start(name: str, attributes: Attributes) -> None:
        if name == "workbookPr":
            book.starts_1904 = attributes.get("date1904") in ("1", "true")
        if name != "sheet":
            return
        if len(book.sheets) >= SHEETS_MAX:
            raise BadWorkbook(f"more than {SHEETS_MAX} sheets")
        relation = relations.get(attributes.get("id", ""))
        part = relation.part if relation and book.package.has(relation.part) else None
        is_hidden = attributes.get("state", "visible") != "visible"
        book.sheets.append(Sheet(attributes.get("name", ""), part, is_hidden))

    parse(book.package, root, Handlers(start, ignore, ignore))


def _shared_texts(package: Package, part: str) -> list[str]:
    """The texts that cells name by number; pronunciations beside them are no part of a text."""
    texts: list[str] = []
    pieces: list[str] = []
    inside: list[str] = []
    size = 0

    def start(name: str, _: Attributes) -> None:
        inside.append(name)

    def end(name: str) -> None:
        inside.pop()
        if name == "si":
            texts.append(unescaped("".join(pieces)))
            pieces.clear()

    def text(more: str) -> None:
        nonlocal size
        size += len(more)
        if size > TEXTS_CHARACTERS_MAX:
            raise TooLarge("a workbook with too much text")
        if inside and inside[-1] == "t" and "rPh" not in inside:
            pieces.append(more)

    parse(package, part, Handlers(start, end, text))
    return texts


def _date_styles(package: Package, part: str) -> frozenset[int]:
    """The numbers of the cell styles whose number format shows a date or a time."""
    custom: dict[int, str] = {}
    formats: list[int] = []
    inside_cells = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal inside_cells
        number = number_in(attributes, "numFmtId")
        if len(custom) + len(formats) > STYLES_MAX:
            raise TooLarge(f"more than {STYLES_MAX} styles of cells")
        if name == "numFmt" and number is not None:
            custom[number] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside_cells = True
        elif name == "xf" and inside_cells:
            formats.append(number or 0)

    def end(name: str) -> None:
        nonlocal inside_cells
        if name == "cellXfs":
            inside_cells = False

    parse(package, part, Handlers(start, end, ignore))
    return frozenset(_dates(formats, custom))


def _dates(formats: Iterable[int], custom: dict[int, str]) -> Iterable[int]:
    for style, number in enumerate(formats):
        code = custom.get(number)
        if code is None:
            is_date = number in BUILT_IN_DATES
        else:  # the first section; quoted letters, colours and currencies are no date
            is_date = bool(DATE_LETTERS.search(QUOTED.sub("", code.partition(";")[0])))
        if is_date:
            yield style
