"""Each figure of the report stands in a cell, and each cell of a figure can be opened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest

from projections.provenance import explanation
from service.exchange.export import Files, InvalidExport, Order, Remark, Source
from service.exchange.making import make_export
from service.exchange.workbook.reading_back import check_workbook
from service.exchange.workbook.workbook import WORKBOOK, write_sheets
from service.reports import Point
from tests.end_to_end.running import ACTOR, Imported, leaves
from tests.service.exchange.workbook.sheets import (
    at,
    converted,
    exported,
    is_figure,
    number,
    read,
    sheet,
    table,
)


@pytest.fixture(params=["seed", "seed_plus"])
def project(request: pytest.FixtureRequest) -> Imported:
    """Each seed project."""
    found: Imported = request.getfixturevalue(request.param)
    return found


def test_every_figure_of_the_report_has_a_cell_with_its_value(
    project: Imported, tmp_path: Path
) -> None:
    sheets = read(exported(project, tmp_path))

    found = leaves(project.figures())
    lines = table(sheets[sheet("addresses")])
    assert {line["Address"] for line in lines} == set(found)
    for line in lines:
        written = found[line["Address"]]
        assert is_figure(at(sheets, line["Sheet"], line["Cell"]), written), line
        assert line["Value"] == ("" if written is None else str(written))


def test_every_address_of_the_workbook_is_explained_with_the_value_of_its_cell(
    project: Imported, tmp_path: Path
) -> None:
    sheets = read(exported(project, tmp_path))
    figures = project.report().figures

    with project.reports.reading(project.project) as connection:
        for line in table(sheets[sheet("addresses")]):
            explained = explanation(connection, project.tenant, figures, line["Address"])
            assert is_figure(at(sheets, line["Sheet"], line["Cell"]), explained["value"]), line


def test_libreoffice_shows_the_figures_of_the_report(project: Imported, tmp_path: Path) -> None:
    path = exported(project, tmp_path)
    shown, own, figures = converted(path, tmp_path), read(path), project.figures()

    assert set(shown) == set(own)
    found = leaves(figures)
    for line in table(shown[sheet("addresses")]):
        cell = at(shown, line["Sheet"], line["Cell"])
        assert is_figure(cell, found[line["Address"]]), (line, cell)
    lists = [table(shown[sheet(name)]) for name in ("sd1", "sd2", "sd3")]
    for name, lines in zip(("sd1", "sd2", "sd3"), lists, strict=True):
        documents = [line["Document"] for line in table(own[sheet(name)])]
        assert [line["Document"] for line in lines] == documents
    claims = figures["claims"]
    for column, field in (("Declared", "declared_direct"), ("Reduced", "reductions")):
        total = sum(number(line[column]) for lines in lists for line in lines)
        assert total == sum(Decimal(claim[field]) for claim in claims)
    declared = [line for lines in lists for line in lines if line["Declared"] != ""]
    assert len(declared) == sum(claim["documents"] for claim in claims)


def test_totals_of_tables_are_the_sums_of_their_columns(seed: Imported, tmp_path: Path) -> None:
    sheets = read(exported(seed, tmp_path))

    for name in ("budget", "claims", "sd1", "sd2", "sd3"):
        rows = sheets[sheet(name)]
        [total] = [row for row in rows if row[0] == "Total"]
        summed = {
            heading: value
            for heading, value in zip(rows[3], total, strict=True)
            if value not in ("", "Total")
        }
        assert summed, name
        for heading, value in summed.items():
            assert number(value) == sum(number(line[heading]) for line in table(rows)), heading


def test_the_workbook_of_an_earlier_point_holds_the_figures_of_that_point(
    seed: Imported, tmp_path: Path
) -> None:
    day = date(2017, 3, 31)
    sheets = read(exported(seed, tmp_path, point=Point(as_of=day)))

    figures = leaves(seed.figures(as_of=day))
    assert figures != leaves(seed.figures())
    for line in table(sheets[sheet("addresses")]):
        cell = at(sheets, line["Sheet"], line["Cell"])
        assert is_figure(cell, figures[line["Address"]]), line
    known = seed.head() - 100  # the claims, which the import records last, are not known yet
    early = read(exported(seed, tmp_path, point=Point(known_at=known)))
    before = leaves(seed.figures(known_at=known))
    assert {line["Address"] for line in table(early[sheet("addresses")])} == set(before)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("sheet2", b"<v>1350000.00</v>", b"<v>1350000.01</v>"),  # a figure of the budget
        ("sheet3", b"<v>33</v>", b"<v>32</v>"),  # a count of a period
        ("sheet7", b"<v>16383.77</v>", b"<v>16383.78</v>"),  # an amount of a list
        ("sheet7", b"<v>16383.77</v>", b""),  # an amount that is missing
    ],
)
def test_a_changed_cell_is_found_before_the_file_is_handed_out(
    seed: Imported, tmp_path: Path, part: str, old: bytes, new: bytes
) -> None:
    def write(source: Source, files: Files) -> Sequence[Remark]:
        path = files.path("xlsx")
        contents = write_sheets(source, path)
        assert check_workbook(path, source, contents) > 400
        _alter(path, f"xl/worksheets/{part}.xml", old, new)
        check_workbook(path, source, contents)
        return []

    order = Order(seed.project, ACTOR, Point(), language="en")
    with pytest.raises(InvalidExport):
        make_export(seed.services, seed.tenant, replace(WORKBOOK, write=write), order, tmp_path)


def test_a_figure_without_a_cell_is_found_before_the_file_is_handed_out(
    seed: Imported, tmp_path: Path
) -> None:
    def write(source: Source, files: Files) -> Sequence[Remark]:
        path = files.path("xlsx")
        contents = write_sheets(source, path)
        check_workbook(path, source, contents._replace(figures=contents.figures[:-1]))
        return []

    order = Order(seed.project, ACTOR, Point(), language="en")
    with pytest.raises(InvalidExport, match="without a cell"):
        make_export(seed.services, seed.tenant, replace(WORKBOOK, write=write), order, tmp_path)


def _alter(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Replaces a value of one part of the file, where it stands first."""
    with ZipFile(path) as before:
        parts = {name: before.read(name) for name in before.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new, 1)
    with ZipFile(path, "w") as after:
        for name, content in parts.items():
            after.writestr(name, content)
