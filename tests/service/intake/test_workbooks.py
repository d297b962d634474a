"""A workbook holds the same as the folder, and what it cannot hold for sure is told by its cell."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest
from python_calamine import load_workbook

from service.intake.intake import Intake
from service.intake.problems import Problem, sentence
from service.intake.project_folder import read_folder
from service.intake.project_workbook import read_workbook
from service.intake.xlsx import package
from service.intake.xlsx import sheet as sheet_module
from service.intake.xlsx.book import read_book
from service.intake.xlsx.sheet import Counter, rows_of
from tests.service.intake.books import (
    Pages,
    pages_of,
    repacked,
    write_by_openpyxl,
    write_by_xlsxwriter,
)
from tests.service.intake.variants import SEED, SEED_PLUS

Writer = Callable[[Pages, Path], Path]
WRITERS = pytest.mark.parametrize(
    "write", [write_by_xlsxwriter, write_by_openpyxl], ids=["xlsxwriter", "openpyxl"]
)
FOLDERS = pytest.mark.parametrize("source", [SEED, SEED_PLUS], ids=["seed", "plus"])
NOON = datetime(2023, 2, 1, 12)  # noqa: DTZ001
SHEET_TAG = '<sheet name="decisions"'


def content(intake: Intake) -> dict[str, list[tuple[str, int, tuple[str, ...]]]]:
    return {
        name: [(row.row_id, row.row_number, row.cells) for row in rows]
        for name, rows in intake.tables.items()
    }


def book_with(tmp_path: Path, change: Callable[[Pages], object] = lambda _: None) -> Path:
    """The second seed as a workbook, with a change."""
    pages = pages_of(SEED_PLUS)
    change(pages)
    return write_by_xlsxwriter(pages, tmp_path / "project.xlsx")


def problems_with(tmp_path: Path, sheet: str, row: int, column: str, value: Any) -> list[Problem]:
    return read_workbook(
        book_with(tmp_path, lambda pages: pages.set(sheet, row, column, value))
    ).problems


def edited(source: Path, part: str, old: str, new: str) -> Path:
    """The workbook with a text of one part replaced."""

    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        assert old.encode() in data, f"{part} has no {old}"
        return data.replace(old.encode(), new.encode())

    return repacked(source, source.with_name("edited.xlsx"), change)


def part_of(name: str) -> str:
    """The part of a sheet in a workbook of pages_of."""
    return f"xl/worksheets/sheet{list(pages_of(SEED_PLUS).sheets).index(name) + 1}.xml"


@FOLDERS
@WRITERS
def test_a_workbook_has_the_content_of_the_folder(
    source: Path, write: Writer, tmp_path: Path
) -> None:
    read = read_workbook(write(pages_of(source), tmp_path / "project.xlsx"))
    plain = read_folder(source)
    assert read.problems == []
    assert content(read) == content(plain)
    assert read.project == plain.project


def test_control_another_number_is_another_content(tmp_path: Path) -> None:
    book = book_with(tmp_path, lambda pages: pages.set("attendance", 2, "hours", 7.75))
    assert content(read_workbook(book)) != content(read_folder(SEED_PLUS))


@pytest.fixture(scope="module")
def saved_by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first seed, opened and saved by LibreOffice."""
    office = shutil.which("soffice")
    assert office is not None, "LibreOffice Calc is needed"
    folder = tmp_path_factory.mktemp("office")
    book = write_by_xlsxwriter(pages_of(SEED), folder / "seed.xlsx")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", folder / "out"]
    subprocess.run([*command, book], check=True, capture_output=True, timeout=180)
    return folder / "out" / "seed.xlsx"


def test_a_workbook_saved_by_libreoffice_has_the_content_of_the_folder(
    saved_by_libreoffice: Path,
) -> None:
    read = read_workbook(saved_by_libreoffice)
    assert read.problems == []
    assert content(read) == content(read_folder(SEED))
    assert b"LibreOffice" in repr(application(saved_by_libreoffice)).encode()


def application(path: Path) -> str:
    with package.opened(path) as opened:
        return b"".join(opened.inflate("docProps/app.xml")).decode()


def test_calamine_reads_the_same_cells(tmp_path: Path, saved_by_libreoffice: Path) -> None:
    """Another reader of workbooks agrees on every cell of every sheet."""
    for path in (
        saved_by_libreoffice,
        write_by_xlsxwriter(pages_of(SEED), tmp_path / "x.xlsx"),
        write_by_openpyxl(pages_of(SEED_PLUS), tmp_path / "o.xlsx"),
    ):
        count = 0
        with package.opened(path) as opened, path.open("rb") as file:
            book, other = read_book(opened), load_workbook(file)
            for one in book.sheets:
                assert one.part is not None
                rows = list(rows_of(book, one.part, Counter(), lambda _: None))
                grid = other.get_sheet_by_name(one.name).to_python(skip_empty_area=False)
                for row in rows:
                    for column, cell in row.cells.items():
                        count += 1
                        assert same(cell, grid[row.number - 1][column]), (one.name, row.number)
                filled = sum(value != "" for line in grid for value in line)
                assert filled == sum(len(row.cells) for row in rows)
        assert count > 1000


def same(ours: object, theirs: object) -> bool:
    if isinstance(theirs, date) and not isinstance(theirs, datetime):
        theirs = datetime(theirs.year, theirs.month, theirs.day)  # noqa: DTZ001
    return ours == theirs


def test_texts_in_the_notation_of_czech_csv_files_are_read_too(tmp_path: Path) -> None:
    def as_texts(pages: Pages) -> None:
        pages.set("budget", 2, "unit_price", "41\u00a0000,00")
        pages.set("budget", 2, "purchased_service", False)
        pages.set("sd2", 2, "month", "1.2.2023")
        pages.set("indicators", 2, "code", 600000)
        pages.sheets["project"][1][1] = "CZ.03.02.02/00/22_018/0001234 "

    read = read_workbook(book_with(tmp_path, as_texts))
    assert read.problems == []
    assert content(read) == content(read_folder(SEED_PLUS))


def test_numbers_are_what_was_typed_not_what_is_saved(tmp_path: Path) -> None:
    """Excel saves 4.1 as 4.0999999999999996."""
    book = book_with(tmp_path)
    sheet = part_of("attendance")
    spoilt = edited(book, sheet, "<v>12</v>", "<v>4.0999999999999996</v>")
    hours = {row.cells[3] for row in read_workbook(spoilt).tables["attendance"]}
    assert "4.1" in hours


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "cell", "found", "expected"),
    [
        ("budget", 2, "code", 1.1, "budget!A2", "1.1", "does not tell 1.1 from 1.10"),
        ("budget", 2, "code", date(2001, 1, 1), "budget!A2", "2001-01-01", "a text, not a date"),
        ("budget", 2, "code", 1e16, "budget!A2", "10000000000000000", "only 15 digits"),
        ("budget", 2, "code", True, "budget!A2", "TRUE", "a text, not TRUE or FALSE"),
        ("budget", 2, "unit_price", 41000.005, "budget!D2", "41000.005", "at most 2 decimals"),
        ("budget", 2, "count", date(2016, 2, 1), "budget!E2", "2016-02-01", "a number"),
        ("attendance", 2, "date", 42400, "attendance!C2", "42400", "no date format"),
        ("sd2", 2, "gross_wage", "1,234", "sd2!I2", "1,234", "not ambiguous"),
        ("sd2", 2, "month", NOON, "sd2!F2", "2023-02-01T12:00:00", "a day such as"),
        ("sd2", 2, "last_name", 5.5, "sd2!D2", "9.9", "a text"),
        ("participants", 2, "sex", "muž", "participants!E2", "aaa", "one of POHZENY"),
        ("helpdesk-contacts", 2, "channel", "fax", "'helpdesk-contacts'!C2", "aaa", "one of phone"),
        ("periods", 2, "end", date(2023, 8, 1), "periods!C2", None, None),
    ],
)  # fmt: skip
def test_a_cell_that_is_not_of_its_kind_is_told_by_its_address(
    tmp_path: Path, sheet: str, row: int, column: str, value: Any, cell: str,
    found: str | None, expected: str | None,
) -> None:  # fmt: skip
    problems = problems_with(tmp_path, sheet, row, column, value)
    problem = next(one for one in problems if one.cell == cell or sheet == "periods")
    assert (problem.file, problem.column) == (sheet, column if sheet != "periods" else "start")
    assert found is None or problem.found == found
    assert expected is None or expected in problem.expected
    assert problem.cell is not None
    assert sentence(problem).startswith(problem.cell)


def test_a_value_of_the_project_is_told_by_its_address(tmp_path: Path) -> None:
    def spoil(pages: Pages) -> None:
        keys = [row[0] for row in pages.sheets["project"]]
        pages.sheets["project"][keys.index("flat_rate")][1] = 1.5
        pages.sheets["project"][keys.index("beneficiary.ico")][1] = "x"
        pages.sheets["project"].append(["flat_rate", 0.25])
        pages.sheets["project"].append(["colour", "red"])

    book = book_with(tmp_path, spoil)
    problems = {problem.cell: problem for problem in read_workbook(book).problems}
    assert problems["project!B8"].expected == "an IČO of 8 digits"
    assert {one.column for one in problems.values()} >= {"flat_rate", "beneficiary.ico", "key"}
    twice = next(one for one in problems.values() if one.found == "a key that occurs twice")
    assert twice.column == "flat_rate"
    assert not any("red" in sentence(one) for one in problems.values())


def test_problems_between_sheets_name_sheets_and_no_file(tmp_path: Path) -> None:
    def spoil(pages: Pages) -> None:
        pages.set("decisions", 2, "claim", 9)
        pages.set("attendance", 2, "participant_id", "P99999")
        pages.set("attendance", 3, "hours", 99)

    problems = read_workbook(book_with(tmp_path, spoil)).problems
    assert len(problems) >= 3
    assert all(problem.cell for problem in problems)
    assert not any(".csv" in sentence(one) or ".json" in sentence(one) for one in problems)


def test_errors_and_formulas_without_a_value_are_told(tmp_path: Path) -> None:
    pages = pages_of(SEED_PLUS)
    pages.set("budget", 2, "unit_price", "=1+1")
    book = write_by_openpyxl(pages, tmp_path / "formula.xlsx")
    problem = read_workbook(book).problems[0]
    assert (problem.cell, problem.found) == ("budget!D2", "a formula without a saved value")
    plain = book_with(tmp_path)
    spoilt = edited(plain, part_of("budget"), '<c r="D2"><v>', '<c r="D2" t="e"><v>#N/A</v><v>')
    problem = read_workbook(spoilt).problems[0]
    assert problem.cell == "budget!D2"
    assert problem.expected.startswith("a value")


def test_a_formula_with_a_saved_value_is_that_value(tmp_path: Path) -> None:
    plain = book_with(tmp_path)
    formula = '<c r="D2"><f>82000/2</f><v>41000</v>'
    read = read_workbook(edited(plain, part_of("budget"), '<c r="D2"><v>41000</v>', formula))
    assert read.problems == []


def test_a_workbook_without_its_shared_texts_part_is_read(tmp_path: Path) -> None:
    """Exports that hold their texts in the cells name a part that is not there."""
    texts = inline_texts(book_with(tmp_path))
    lost = repacked(texts, tmp_path / "lost.xlsx", without("xl/sharedStrings.xml"))
    with pytest.raises(KeyError):
        openpyxl.load_workbook(lost)
    read = read_workbook(lost)
    assert read.problems == []
    assert content(read) == content(read_folder(SEED_PLUS))


def inline_texts(path: Path) -> Path:
    """The workbook with each text in its cell."""
    with package.opened(path) as opened:
        texts = read_book(opened).texts
    assert texts is not None

    def change(name: str, data: bytes) -> bytes:
        if not name.startswith("xl/worksheets/"):
            return data

        def inline(found: re.Match[str]) -> str:
            text = escape(texts[int(found[2])])
            return f'<c {found[1]} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'

        pattern = r'<c ([^>]*?) t="s"><v>([0-9]+)</v></c>'
        return re.sub(pattern, inline, data.decode()).encode()

    return repacked(path, path.with_name("inline.xlsx"), change)


def without(part: str) -> Callable[[str, bytes], bytes | None]:
    return lambda name, data: None if name == part else data


def test_lost_texts_are_told_by_their_cells(tmp_path: Path) -> None:
    book = book_with(tmp_path)
    lost = repacked(book, tmp_path / "lost.xlsx", without("xl/sharedStrings.xml"))
    problems = read_workbook(lost).problems
    assert problems
    assert "lost" in sentence(problems[0]) or "first row" in sentence(problems[0])


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("empty.xlsx", b"", "an empty file"),
        ("text.xlsx", b"id,budget_item\n1,2\n", "no workbook, whatever its name says"),
        ("old.xls", package.OLE + b"W\0o\0r\0k\0b\0o\0o\0k\0" * 9, "old format (.xls)"),
        ("locked.xlsx", package.OLE + package.ENCRYPTED, "a workbook with a password"),
        ("half.xlsx", b"PK\x03\x04" + b"\0" * 200, "a damaged file"),
    ],
)
def test_what_is_no_workbook_is_said(tmp_path: Path, name: str, data: bytes, found: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    intake = read_workbook(path)
    assert intake.fatal
    assert [problem.file for problem in intake.problems] == [name]
    assert found in intake.problems[0].found


def test_other_archives_are_named(tmp_path: Path) -> None:
    book = book_with(tmp_path)
    only = repacked(book, tmp_path / "a.xlsx", lambda n, d: d if "sheet1" in n else None)
    assert read_workbook(only).problems[0].found == "an archive that is no workbook"
    names = {"xl/workbook.xml": "mimetype", "xl/styles.xml": "content.xml"}
    with zipfile.ZipFile(tmp_path / "b.ods", "w") as ods:
        for name in names.values():
            ods.writestr(name, "x")
    assert "(.ods)" in read_workbook(tmp_path / "b.ods").problems[0].found


def test_missing_doubled_and_hidden_sheets_are_told(tmp_path: Path) -> None:
    book = book_with(tmp_path)
    renamed = edited(book, "xl/workbook.xml", SHEET_TAG, '<sheet name="Jana Nováková"')
    problem = next(one for one in read_workbook(renamed).problems if one.file == "decisions")
    assert problem.found.startswith("no such sheet (there is activities, attendance")
    assert "Jana" not in sentence(problem)
    doubled = edited(book, "xl/workbook.xml", SHEET_TAG, '<sheet name="Budget"')
    found = [one.found for one in read_workbook(doubled).problems if one.file == "budget"]
    assert found == ["2 sheets of this name"]
    hidden = edited(book, "xl/workbook.xml", SHEET_TAG, SHEET_TAG + ' state="hidden"')
    found = [one.found for one in read_workbook(hidden).problems if one.file == "decisions"]
    assert found[0] == "a hidden sheet"


def test_sheets_are_found_in_any_case_and_others_are_left_alone(tmp_path: Path) -> None:
    def rename(pages: Pages) -> None:
        pages.sheets = {
            {"sd1": "SD1", "budget": "Budget"}.get(n, n): r for n, r in pages.sheets.items()
        }
        pages.sheets["my notes"] = [["Jana Nováková", 1.1, date(2001, 1, 1)]]

    assert read_workbook(book_with(tmp_path, rename)).problems == []


def test_merged_cells_are_told(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(book_with(tmp_path))
    book["decisions"].merge_cells("C2:D2")
    book.save(tmp_path / "merged.xlsx")
    problem = next(
        one for one in read_workbook(tmp_path / "merged.xlsx").problems if one.file == "decisions"
    )
    assert problem.found == "merged cells C2:D2"


def test_a_workbook_that_starts_in_1904_has_the_same_days(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(book_with(tmp_path))
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(tmp_path / "mac.xlsx")
    with package.opened(tmp_path / "mac.xlsx") as opened:
        assert read_book(opened).starts_1904
    assert content(read_workbook(tmp_path / "mac.xlsx")) == content(read_folder(SEED_PLUS))


def test_limits_are_said_before_all_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_with(tmp_path)
    monkeypatch.setattr(sheet_module, "CELLS_MAX", 300)
    assert read_workbook(book).problems[0].found == "more than 300 cells"
    monkeypatch.undo()
    monkeypatch.setattr(package, "FILE_BYTES_MAX", 1000)
    assert "a file of" in read_workbook(book).problems[0].found
    monkeypatch.undo()
    monkeypatch.setattr(package, "INFLATED_BYTES_MAX", 20_000)
    assert "too large" in read_workbook(book).problems[0].found


def test_a_bomb_is_refused_while_it_is_inflated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the directory of the archive says."""
    bomb = repacked(
        book_with(tmp_path),
        tmp_path / "bomb.xlsx",
        lambda name, data: data + b" " * 3_000_000 if name == part_of("budget") else data,
    )
    monkeypatch.setattr(package, "_check_directory", lambda _: None)
    monkeypatch.setattr(package, "INFLATED_BYTES_MAX", 1_000_000)
    assert "too large" in read_workbook(bomb).problems[0].found


def test_entities_are_refused(tmp_path: Path) -> None:
    entity = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><worksheet"
    spoilt = edited(book_with(tmp_path), part_of("budget"), "<worksheet", entity)
    assert "document type" in read_workbook(spoilt).problems[0].found
