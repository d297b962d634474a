"""The report as a document: PDF/A, tags, language, alternative texts, fonts; what is refused."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typst
from pypdf import PdfReader
from pypdf.generic import BooleanObject

from service.charts.themes import PRINT_FONT
from service.exchange.export import InvalidExport
from service.exchange.report import typesetting
from service.exchange.report.document import Column, Document, Paragraph, Picture, Section, Table
from service.exchange.report.typesetting import pages_of, pdf_of
from tests.service.exchange.report.made import Made, total

EMBLEM = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><rect width="3" height="2"/></svg>'
)
WORDS = {
    "contents": "Contents",
    "page": "page",
    "page_of": "of",
    "table": "Table",
    "picture": "Chart",
    "emblem": "an emblem",
}


def document_with(*sections: Section) -> Document:
    return Document(
        language="en",
        region="GB",
        words=WORDS,
        title="Report",
        project="A project",
        beneficiary="An organisation",
        registration_number="CZ.1",
        state="now",
        footer="a footer",
        recorded_at=(2026, 1, 2, 3, 4, 5),
        emblem=EMBLEM,
        publicity=["European Union"],
        card=[("number", "CZ.1")],
        key_figures=[("persons", "3")],
        sections=sections,
    )


def elements(node: Any) -> Iterator[Any]:
    """The structure tree below a node."""
    if isinstance(node, list):
        for child in node:
            yield from elements(child.get_object())
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def broken_rules(path: Path) -> list[str]:
    """What of PDF/A-2 can be looked up without a validator, and is not so in the file."""
    reader = PdfReader(path)
    catalog: Any = reader.root_object
    metadata = reader.xmp_metadata
    intents = catalog.get("/OutputIntents", [])
    rules = {
        "declares PDF/A-2b": metadata is not None
        and (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "B"),
        "has an output intent with a profile": any(
            one.get_object()["/S"] == "/GTS_PDFA1" and "/DestOutputProfile" in one.get_object()
            for one in intents
        ),
        "is not encrypted": not reader.is_encrypted,
        "has an id": "/ID" in reader.trailer,
        "runs nothing": not {"/OpenAction", "/AA"} & set(catalog)
        and "/JavaScript" not in catalog.get("/Names", {}),
        "embeds its fonts": all(embedded for embedded, _ in fonts_of(path)),
        "maps its glyphs to text": all(mapped for _, mapped in fonts_of(path)),
    }
    return [rule for rule, kept in rules.items() if not kept]


def fonts_of(path: Path) -> list[tuple[bool, bool]]:
    """Of each font: whether it is embedded, and mapped to Unicode (poppler)."""
    done = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True)
    columns = [line.split() for line in done.stdout.splitlines()[2:]]
    return [(row[-5] == "yes", row[-3] == "yes") for row in columns]


def test_the_report_keeps_what_pdf_a_asks_for(made: Made) -> None:
    assert broken_rules(made.path) == []
    assert len(fonts_of(made.path)) >= 2


def test_a_pdf_of_no_standard_breaks_it(tmp_path: Path) -> None:
    """The control of the check, and of reading back."""
    document = document_with(Section("One", [Paragraph("words")]))
    template = Path(typesetting.__file__).with_name("template.typ")
    plain = typst.compile(
        template, sys_inputs={"report": msgspec.json.encode(document).decode()}, pdf_tags=False
    )
    path = tmp_path / "plain.pdf"
    path.write_bytes(plain)
    assert "declares PDF/A-2b" in broken_rules(path)
    assert "has an output intent with a profile" in broken_rules(path)
    with pytest.raises(InvalidExport, match="lacks: tags, PDF/A-2b"):
        pages_of(plain, document)
    with pytest.raises(InvalidExport, match="read back"):
        pages_of(plain[: len(plain) // 3], document)
    assert pages_of(pdf_of(document), document) == 2


def test_the_report_is_tagged_and_named_in_its_language(made: Made) -> None:
    reader = PdfReader(made.path)
    catalog: Any = reader.root_object
    assert catalog["/Lang"] == {"cs": "cs-CZ", "en": "en-GB"}[made.language]
    assert catalog["/MarkInfo"]["/Marked"] == BooleanObject(True)
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"] == BooleanObject(True)
    act = made.project.report().facts.act
    title = act.title_cs if made.language == "cs" else act.title_en
    assert reader.metadata is not None
    assert title in (reader.metadata.title or "")
    assert reader.metadata.author == act.beneficiary.name
    found = list(elements(catalog["/StructTreeRoot"]))
    kinds = [element["/S"] for element in found]
    assert kinds.count("/H1") == 10  # the contents' and 9 sections
    assert kinds.count("/Table") >= 15
    assert kinds.count("/TH") > kinds.count("/Table")
    assert kinds.count("/Caption") >= kinds.count("/Table")


def test_every_picture_has_its_alternative_text(made: Made) -> None:
    catalog: Any = PdfReader(made.path).root_object
    figures = [e for e in elements(catalog["/StructTreeRoot"]) if e["/S"] == "/Figure"]
    alternatives = [str(figure["/Alt"]) for figure in figures]
    assert len(alternatives) == 5
    emblem = made.wording.text("report.emblem")
    assert alternatives[0] == emblem
    recorded = [item["recorded"] for item in made.figures["budget_by_item"].values()]
    assert sum(made.wording.money(total(recorded)) in one for one in alternatives) == 2


def test_the_time_of_the_document_is_that_of_the_position(made: Made) -> None:
    reader = PdfReader(made.path)
    assert reader.metadata is not None
    created = reader.metadata.creation_date
    events = made.project.services.ledger(made.project.tenant)
    assert created is not None
    assert made.export.known_at == events.head()
    with made.project.services.pool.connection() as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(made.project.tenant)])
        query = "SELECT max(recorded_at) FROM ledger.event WHERE tenant_id = %s"
        [recorded_at] = connection.execute(query, [made.project.tenant]).fetchone()  # type: ignore[misc]
    assert created == recorded_at.replace(microsecond=0)


def test_words_of_the_data_are_never_markup() -> None:
    evil = '#panic("run") *bold* = heading $x^2$ @reference \\ "quoted" #import "a.typ"'
    table = Table(evil, [Column(evil), Column("n", "number")], [[evil, "1"]], [[evil, "1"]])
    document = document_with(Section(evil, [Paragraph(evil), table]))
    document = msgspec.structs.replace(document, project=evil, footer=evil)
    assert pages_of(pdf_of(document), document) == 2


def test_a_picture_without_an_alternative_text_is_refused() -> None:
    """The control of Typst's own check of the standards."""
    picture = Picture("A chart", "what it shows", EMBLEM)
    document = document_with(Section("One", [picture]))
    assert pages_of(pdf_of(document), document) == 2
    words = {**WORDS, "emblem": None}
    with pytest.raises(InvalidExport, match="alt"):
        pdf_of(msgspec.structs.replace(document, words=words))


def outside(path: Path) -> list[str]:
    """The words that are not between the margins, by their boxes (poppler); points of 1/72 inch."""
    done = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, check=True)
    words = re.findall(rb'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)<', done.stdout)
    assert len(words) > 20
    left, right, top, bottom = 56, 540, 28, 820
    return [
        text.decode()
        for *box, text in words
        if not (left <= float(box[0]) and float(box[2]) <= right)
        or not (top <= float(box[1]) and float(box[3]) <= bottom)
    ]


def test_nothing_is_cut(made: Made) -> None:
    assert outside(made.path) == []


def test_a_long_table_repeats_its_heading_and_a_short_one_stays_whole(tmp_path: Path) -> None:
    rows = [[f"row {number}", str(number)] for number in range(120)]
    columns = [Column("Word heading"), Column("Number", "number")]
    long = Table("A long table", columns, rows, [["sum", "7140"]])
    short = Table("A short table", columns, rows[:18])
    document = document_with(Section("One", [long, short]))
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf_of(document))
    pages = [page.extract_text() for page in PdfReader(path).pages][1:]
    with_rows = [page for page in pages if "row " in page]
    assert len(with_rows) >= 3
    assert all("Word heading" in page for page in with_rows)
    [whole] = [page for page in pages if "A short table" in page]
    assert all(f"row {number}\n" in whole or f"row {number} " in whole for number in range(18))
    assert outside(path) == []


def test_a_table_of_few_tall_rows_breaks_too(tmp_path: Path) -> None:
    columns = [Column("Word heading"), Column("Other")]
    tall = Table("Tall", columns, [[f"row {n} " + "words " * 150, "x"] for n in range(8)])
    path = tmp_path / "tall.pdf"
    path.write_bytes(pdf_of(document_with(Section("One", [tall]))))
    assert outside(path) == []
    assert len([p for p in PdfReader(path).pages if "Word heading" in p.extract_text()]) >= 2


def test_what_does_not_fit_would_be_seen(tmp_path: Path) -> None:
    """The control: a code, which is never broken, wider than the page."""
    wide = Table("Wide", [Column("Code", "code"), Column("Other")], [["1" * 200, "x"]])
    path = tmp_path / "wide.pdf"
    path.write_bytes(pdf_of(document_with(Section("One", [wide]))))
    assert outside(path) != []


def test_the_fonts_are_those_that_typst_brings(made: Made) -> None:
    done = subprocess.run(["pdffonts", made.path], capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert {name.split("+")[1].split("-")[0] for name in names} == {PRINT_FONT.replace(" ", "")}
    families = typst.Fonts(include_system_fonts=False).families()
    assert PRINT_FONT in families
