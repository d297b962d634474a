"""Files that are spoilt as a whole or in places: each has its clear report, nothing is lost."""

from pathlib import Path

import pytest

from service.intake.problems import Problem
from service.intake.project_folder import read_folder
from service.intake.rows import AttendanceRow, ParticipantRow
from tests.service.intake.edits import Rows, copied, edit, good_count, set_cell
from tests.service.intake.variants import SEED, Variant, write_variant


def test_a_missing_column_is_one_problem_that_names_it(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, "sd1.csv", lambda rows: [row[:7] + row[8:] for row in rows])
    intake = read_folder(folder)
    first = intake.problems[0]
    assert (first.file, first.row, first.column) == ("sd1.csv", 1, "paid_on")
    assert first.found.startswith("the columns id, budget_item, supplier_name")
    assert first.expected == "a column paid_on"
    assert good_count(intake)["sd1"] == 0
    assert [problem.file for problem in intake.problems] == ["sd1.csv", "decisions.csv"]
    assert intake.problems[1] == Problem(
        "decisions.csv", None, "document_id", "7 rows that refer to sd1.csv", "a readable sd1.csv"
    )
    assert good_count(intake)["decisions"] == 8


def test_another_separator_is_named(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, Variant(separator="\t"))
    problem = next(p for p in read_folder(folder).problems if p.file == "budget.csv")
    assert problem.expected.endswith("purchased_service, separated by commas or semicolons")


def test_an_unknown_column_is_a_problem_without_its_words(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, "budget.csv", lambda rows: [[*row, "x"] for row in rows])
    edit(folder, "budget.csv", lambda rows: [[*rows[0][:-1], "Nováková"], *rows[1:]])
    (problem,) = read_folder(folder).problems
    assert problem[:4] == ("budget.csv", 1, "no. 9", "aaaaaaaa")
    assert problem.expected.startswith("only the columns code, name")


def test_a_missing_header_row_shows_no_names(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, "participants.csv", lambda rows: rows[1:])
    problem = next(p for p in read_folder(folder).problems if p.file == "participants.csv")
    assert problem.found.startswith("the columns a99999, aaaaa, aaaaaa, 9999-99-99")


def test_an_unknown_budget_item_is_refused_with_an_example(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    set_cell(folder, "sd1.csv", 6, "budget_item", "9.9.9")
    (problem,) = read_folder(folder).problems
    assert problem == Problem(
        "sd1.csv",
        6,
        "budget_item",
        "9.9.9",
        "one of the budget items of budget.csv, for example 1.1.1.1.1",
    )


def test_an_impossible_date_of_a_person_shows_its_shape(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    set_cell(folder, "participants.csv", 263, "birth_date", "31.2.1980")
    intake = read_folder(folder)
    assert intake.problems[0] == Problem(
        "participants.csv",
        263,
        "birth_date",
        "99.9.9999",
        "a day that exists, such as 2016-02-01 or 1.2.2016",
    )
    followers = intake.problems[1:]
    assert followers
    assert {(p.file, p.column, p.found) for p in followers} == {
        ("attendance.csv", "participant_id", "P00262")
    }
    assert followers[0].expected == "a row without problems: participants.csv, row 263 has one"


def test_an_impossible_date_elsewhere_is_shown(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    set_cell(folder, "outputs.csv", 2, "written_on", "31.2.2017")
    (problem,) = read_folder(folder).problems
    assert problem[:4] == ("outputs.csv", 2, "written_on", "31.2.2017")


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1,234", "1,234"),
        ("18071.9O", "18071.9O"),
        ("1250 Kč", "1250 Kč"),
        ("osm set", "aaa aaa"),
        ("#REF!", "#REF!"),
        ("", "nothing"),
    ],
)
def test_no_amount_in_an_amount_column_is_refused(cell: str, found: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    set_cell(folder, "sd1.csv", 2, "amount_without_vat", cell)
    (problem,) = [p for p in read_folder(folder).problems if p.file == "sd1.csv"]
    assert problem[:4] == ("sd1.csv", 2, "amount_without_vat", found)


def test_a_tenth_of_bad_rows_leaves_the_rest(tmp_path: Path) -> None:
    folder = copied(tmp_path)

    def spoil(rows: Rows) -> None:
        for row in rows[10::10]:
            row[3] = "lots"

    edit(folder, "attendance.csv", spoil)
    intake = read_folder(folder)
    bad = len(range(10, 828, 10))
    assert len(intake.problems) == bad
    assert {problem[2:4] for problem in intake.problems} == {("hours", "aaaa")}
    assert [problem.row for problem in intake.problems] == list(range(11, 829, 10))
    assert len(intake.of(AttendanceRow)) == 827 - bad
    assert len(intake.refused["attendance"]) == bad


def test_half_a_file_is_seen_at_its_last_row_and_by_those_who_refer_to_it(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "participants.csv"
    text = path.read_text("utf-8")
    path.write_text(text[: len(text) // 2 + 20], encoding="utf-8")
    intake = read_folder(folder)
    first = intake.problems[0]
    assert (first.file, first.column) == ("participants.csv", None)
    assert first.expected == "12 cells, as in the header (is the file cut off here?)"
    assert intake.problems[1].expected.startswith("one of the participants of participants.csv")
    assert len(intake.of(ParticipantRow)) == (first.row or 0) - 2


@pytest.mark.parametrize("file", ["sd1.csv", "attendance.csv", "budget.csv", "claims.csv"])
def test_half_a_file_is_never_read_as_a_whole_one(file: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    data = (folder / file).read_bytes()
    (folder / file).write_bytes(data[: len(data) // 2])
    assert read_folder(folder).problems


def test_a_wrong_encoding_names_the_first_undecodable_byte_and_the_option(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, Variant(encoding="cp1250"))
    data = (folder / "participants.csv").read_bytes()
    first = next(offset for offset, byte in enumerate(data) if byte > 0x7F)
    problem = next(p for p in read_folder(folder).problems if p.file == "participants.csv")
    assert problem == Problem(
        "participants.csv",
        data[:first].count(b"\n") + 1,
        None,
        f"byte 0x{data[first]:02X} at offset {first}",
        "UTF-8; a file in another encoding needs --encoding (or encoding=) windows-1250",
    )


def test_bytes_that_windows_1250_does_not_know_are_named(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, Variant(encoding="cp1250"))
    path = folder / "outputs.csv"
    path.write_bytes(path.read_bytes() + b"\x81\xff")
    problems = read_folder(folder, encoding="windows-1250").problems
    assert problems[0].found.startswith("byte 0x81 at offset")
    assert problems[0].expected == "text in windows-1250"


def test_an_unknown_encoding_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="utf-8 or windows-1250"):
        read_folder(SEED, encoding="latin-1")


def test_missing_files_are_named(tmp_path: Path) -> None:
    intake = read_folder(tmp_path / "nowhere")
    assert len(intake.problems) == 15
    assert {problem.found for problem in intake.problems} == {"no such file"}
    assert intake.fatal
    assert intake.source.files == {}


def test_an_empty_file_and_a_folder_in_its_place_are_problems(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "outputs.csv").write_bytes(b"")
    (folder / "indicators.csv").unlink()
    (folder / "indicators.csv").mkdir()
    outputs, indicators = read_folder(folder).problems
    assert outputs[:4] == ("outputs.csv", 1, None, "an empty file")
    assert indicators.found == "a file that cannot be read (IsADirectoryError)"


def test_a_quote_left_open_is_one_problem_and_the_rows_above_are_kept(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "indicators.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[4] = lines[4].replace("Simulation", '"Simulation', 1)
    path.write_text("\n".join(lines), encoding="utf-8")
    intake = read_folder(folder)
    (problem,) = intake.problems
    assert problem[:3] == ("indicators.csv", 5, None)
    assert problem.found.startswith("a quote that is not closed")
    assert problem.found.endswith("(and on to line 9)")
    assert [row.row_number for row in intake.good["indicators"]] == [2, 3, 4]


def test_a_doubled_id_refuses_the_second_row(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    set_cell(folder, "outputs.csv", 4, "id", "O01")
    (problem,) = read_folder(folder).problems
    assert problem == Problem("outputs.csv", 4, "id", "O01", "each row once; row 2 is the same id")


def test_a_name_that_slid_into_another_column_is_not_shown(tmp_path: Path) -> None:
    folder = copied(tmp_path)

    def slide(rows: Rows) -> None:
        rows[9] = [rows[9][1], rows[9][0], *rows[9][2:]]
        rows[10] = [*rows[10][:3], *rows[10][4:]]

    edit(folder, "participants.csv", slide)
    first, second = read_folder(folder).problems[:2]
    assert first[:3] == ("participants.csv", 10, "id")
    assert set(first.found) == {"a"}
    assert (second.row, second.found) == (11, "11 cells")


def test_problems_of_the_budget_file_stop_everything(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, "budget.csv", lambda rows: [row[1:] for row in rows])
    intake = read_folder(folder)
    assert intake.fatal
    assert set(good_count(intake).values()) == {0}
