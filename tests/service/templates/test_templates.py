"""A template says what the import reads, is refused as it stands, and imports when it is filled."""

import csv
import io
import json
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from service.intake.intake import Intake
from service.intake.kind import BadCell, Form
from service.intake.problems import sentence
from service.intake.project_folder import read_folder
from service.intake.project_source import read_source
from service.intake.project_workbook import read_workbook
from service.intake.table_file import EXAMPLE
from service.intake.tables import TABLES
from service.programmes import Programmes
from service.templates.content import all_entries, codes, keys, meanings, tables
from service.templates.folder import write_folder
from service.templates.workbook import write_workbook
from tests.service.intake.books import pages_of
from tests.service.intake.variants import SEED_PLUS

TARGETS = pytest.mark.parametrize("name", ["project.xlsx", "project"])
SHEETS = 16


def template(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    if path.suffix:
        write_workbook(path, Programmes())
    else:
        write_folder(path, Programmes())
    return path


def content(intake: Intake) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {name: [(row.row_id, row.cells) for row in rows] for name, rows in intake.tables.items()}


def test_each_column_and_key_has_a_meaning_and_none_is_explained_in_vain() -> None:
    named = {table.name: {column.name for column in table.columns} for table in tables()}
    named["project"] = {entry.name for entry in keys()}
    assert {name: set(columns) for name, columns in meanings().items()} == named


def test_each_example_is_one() -> None:
    for entry in all_entries():
        example = entry.meaning.example
        assert example or entry.is_optional, entry
        if example:
            entry.kind(example)


def test_control_an_example_of_another_kind_is_none() -> None:
    budget = next(one for one in all_entries() if one.name == "unit_price")
    with pytest.raises(BadCell):
        budget.kind("4,100")


def test_the_documentation_names_every_column() -> None:
    text = (Path(__file__).parents[3] / "docs" / "spreadsheets.md").read_text(encoding="utf-8")
    missing = [
        (table.file, column.name)
        for table in TABLES
        for column in table.columns
        if f"`{column.name}`" not in text
    ]
    assert missing == []


def test_every_code_of_a_rule_set_can_be_imported_and_is_listed() -> None:
    programmes = Programmes()
    heading, lines = codes(programmes)
    assert heading == ("sheet", "column", "code", "OPZ", "OPZ+")
    listed = {(line[1], line[2]): line[3:] for line in lines if line[0] == "participants"}
    for index, name in enumerate(programmes.names()):
        lists = programmes.current(name)[0].codes
        for column in ("labour_status", "education", "disadvantage", "exit_situation"):
            for code in getattr(lists, column):
                assert listed[column, code][index] == "yes"
    by_sheet = {line[2]: line[3:] for line in lines if line[:2] == ("project", "programme")}
    assert by_sheet == {"OPZ": ("yes", "no"), "OPZ+": ("no", "yes")}


@TARGETS
def test_a_template_is_refused_as_it_stands_and_says_what_to_do(tmp_path: Path, name: str) -> None:
    intake = read_source(template(tmp_path, name), encoding=None)
    assert intake.fatal
    assert not any(intake.tables.values())
    examples = [one for one in intake.problems if one.found == "the example row of the template"]
    assert {one.file.removesuffix(".csv") for one in examples} >= {
        table.file.removesuffix(".csv") for table in TABLES
    }
    assert all("delete it" in one.expected for one in examples)
    keyed = [one.column for one in intake.problems if one.file.startswith("project")]
    assert "registration_number" in keyed
    assert len(sentence(examples[0])) < 150


def test_an_example_row_that_was_forgotten_is_not_recorded(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SEED_PLUS, tmp_path / "project"))
    example = (template(tmp_path, "other") / "outputs.csv").read_text("utf-8-sig").splitlines()[1]
    with (folder / "outputs.csv").open("a", encoding="utf-8") as file:
        file.write(example.replace(";", ",") + "\n")
    intake = read_folder(folder)
    assert [problem.column for problem in intake.problems] == ["id"]
    assert len(intake.good["outputs"]) == len(read_folder(SEED_PLUS).good["outputs"])


def filled(path: Path) -> Path:
    """The template with the rows of the second seed, its example rows deleted."""
    book = openpyxl.load_workbook(path)
    for name, rows in pages_of(SEED_PLUS).sheets.items():
        sheet = book[name]
        if name == "project":
            values = {str(key): value for key, value in rows[1:]}
            for row in range(2, sheet.max_row + 1):
                sheet.cell(row, 2).value = values.get(str(sheet.cell(row, 1).value))
            continue
        assert [cell.value for cell in sheet[1]] == rows[0]
        sheet.delete_rows(2)
        for row in rows[1:]:
            sheet.append(row)
    book.save(path)
    return path


def test_a_filled_workbook_imports(tmp_path: Path) -> None:
    intake = read_workbook(filled(template(tmp_path, "project.xlsx")))
    assert intake.problems == []
    assert intake.project == read_folder(SEED_PLUS).project
    assert content(intake) == content(read_folder(SEED_PLUS))


def test_a_filled_folder_imports(tmp_path: Path) -> None:
    folder = template(tmp_path, "project")
    for table in TABLES:
        heading = (folder / table.file).read_text("utf-8-sig").splitlines()[0]
        rows = list(csv.reader((SEED_PLUS / table.file).read_text("utf-8").splitlines()))
        assert heading.split(";") == rows[0]
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows(rows[1:])
        (folder / table.file).write_text(f"{heading}\n{text.getvalue()}", "utf-8-sig")
    empty = json.loads((folder / "project.json").read_text("utf-8"))
    seed = json.loads((SEED_PLUS / "project.json").read_text("utf-8"))
    assert set(empty) == set(seed)
    (folder / "project.json").write_text(json.dumps({key: seed[key] for key in empty}), "utf-8")
    intake = read_folder(folder)
    assert intake.problems == []
    assert content(intake) == content(read_folder(SEED_PLUS))


def test_a_workbook_has_formats_drop_downs_and_frozen_headings(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template(tmp_path, "project.xlsx"))
    assert len(book.worksheets) == SHEETS + 2
    assert all(sheet.freeze_panes == "A2" for sheet in book.worksheets)
    kinds = book["activities"]
    formulas = {
        str(rule.sqref): rule.formula1
        for rule in kinds.data_validations.dataValidation
        if rule.type == "list"
    }
    first, last = formulas["C2:C10001"].removeprefix("codes!$C$").split(":$C$")
    listed = [book["codes"].cell(row, 3).value for row in range(int(first), int(last) + 1)]
    assert listed == list(TABLES[1].column("kind").kind.codes)
    assert isinstance(kinds["F2"].value, datetime | date)
    assert kinds["F2"].number_format == "d.m.yyyy"
    assert kinds["A2"].value == EXAMPLE


def test_a_template_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first, again = template(tmp_path, "a.xlsx"), template(tmp_path / "b", "a.xlsx")
    assert first.read_bytes() == again.read_bytes()


def test_libreoffice_opens_the_template(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    assert office is not None, "LibreOffice Calc is needed"
    book = filled(template(tmp_path, "project.xlsx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command: list[Any] = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, tmp_path / "out", book], check=True, capture_output=True, timeout=180)
    assert read_workbook(tmp_path / "out" / "project.xlsx").problems == []


def test_forms_of_every_kind_are_explained() -> None:
    used = {entry.kind.form for entry in all_entries()}
    assert used == set(Form)
