"""A planted name is in no problem, in whatever column, row or file it stands."""

import json
from pathlib import Path

import pytest

from service.intake.problems import Problem, sentence, shape, shown
from service.intake.project_folder import read_folder
from service.intake.table_file import VOCABULARY
from service.intake.tables import TABLES
from tests.service.intake.edits import Rows, copied, edit
from tests.service.intake.variants import SEED

PLANTED = ("Xénie", "Zbraslavská-Quill", "XENIE", "xénie zbraslavská", "Nguyễn")


def report(folder: Path) -> str:
    intake = read_folder(folder)
    return json.dumps([problem._asdict() for problem in intake.problems], ensure_ascii=False)


def is_shown(name: str, text: str) -> bool:
    return any(part.casefold() in text.casefold() for part in name.replace("-", " ").split())


@pytest.mark.parametrize("file", [table.file for table in TABLES])
@pytest.mark.parametrize("name", PLANTED)
def test_a_name_in_any_cell_is_not_reported(file: str, name: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)

    def plant(rows: Rows) -> Rows:
        width = len(rows[0])
        for index in range(width):
            row = list(rows[1 + index % (len(rows) - 1)])
            row[index] = name
            rows.append(row)
        rows.append([name] * width)
        rows.append([name] * (width + 1))
        rows.append([name])
        return [*rows[:1], *rows[1:], [f"{name} 1.2.1980", *rows[1][1:]]]

    edit(folder, file, plant)
    written = report(folder)
    assert len(json.loads(written)) > 3
    assert not is_shown(name, written)


@pytest.mark.parametrize("file", [table.file for table in TABLES])
def test_names_in_a_file_without_its_header_are_not_reported(file: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, file, lambda rows: [[PLANTED[0]] * len(rows[0]), *rows[1:]])
    assert not is_shown(PLANTED[0], report(folder))


def test_names_shifted_by_a_broken_quote_are_not_reported(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "participants.csv"
    text = path.read_text("utf-8").replace("Elena,", '"Elena,', 3)
    path.write_text(text, encoding="utf-8")
    written = report(folder)
    assert json.loads(written)
    assert not is_shown("Elena", written)
    assert not is_shown("Nguyen", written)


@pytest.mark.parametrize("key", ["programme", "start", "eu_rate", "beneficiary", "periods"])
def test_names_in_the_project_file_are_not_reported(key: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    project = json.loads((folder / "project.json").read_text("utf-8"))
    project[key] = PLANTED[1]
    project[PLANTED[0]] = PLANTED[1]
    (folder / "project.json").write_text(json.dumps(project), encoding="utf-8")
    written = report(folder)
    assert len(json.loads(written)) >= 2
    assert not any(is_shown(name, written) for name in PLANTED)


def test_control_the_search_finds_a_name_in_the_cells_themselves() -> None:
    cells = [row.cells for row in read_folder(SEED).tables["participants"]]
    assert is_shown("Elena", json.dumps(cells))


def test_a_shape_keeps_only_digits_letters_and_signs_apart() -> None:
    assert shape("31.2.1980") == "99.9.9999"
    assert shape("Žaneta Nováková-Lê") == "aaaaaa aaaaaaaa-aa"
    assert shape("") == "nothing"
    assert len(shape("x" * 1000)) == 60


def test_what_names_nobody_is_shown() -> None:
    assert shown("1 234,5 Kč", VOCABULARY) == "1 234,5 Kč"
    assert shown("study visit", VOCABULARY) == "study visit"
    assert shown("P00001/A010", VOCABULARY) == "P00001/A010"
    assert shown("12O0", VOCABULARY) == "12O0"
    assert shown("Jana", VOCABULARY) == "aaaa"
    assert shown("Jana1980", VOCABULARY) == "aaaa1980"
    assert shown("a\x00b\n", VOCABULARY) == "a·b·"


def test_a_problem_is_one_sentence() -> None:
    cell = Problem("sd1.csv", 6, "budget_item", "9.9.9", "one of the budget items")
    assert sentence(cell) == (
        "sd1.csv, row 6, column budget_item: found 9.9.9; expected one of the budget items"
    )
    file = Problem("sd1.csv", None, None, "no such file", "the file sd1.csv")
    assert sentence(file) == "sd1.csv: found no such file; expected the file sd1.csv"
