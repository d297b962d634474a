"""Rows that contradict themselves, one another, or refer to what does not exist."""

from pathlib import Path

import pytest

from service.intake.problems import Problem
from service.intake.project_folder import read_folder
from service.intake.rows import AccountingDocumentRow, WorkRecordRow
from tests.service.intake.edits import Rows, copied, edit, problems_with, set_cell
from tests.service.intake.variants import SEED_PLUS

WRONG_CELLS = [
    ("budget.csv", 2, "total", "1350000.01", "1350000.00 (unit_price × count)"),
    ("activities.csv", 2, "end", "2016-06-15", "2016-06-16 (the start) or later"),
    ("attendance.csv", 2, "participant_id", "P00999", "one of the participants of participants."),
    ("attendance.csv", 2, "activity_id", "A999", "one of the activities of activities.csv, for"),
    ("attendance.csv", 2, "date", "2.8.2016", "2016-08-01, the first day of activity A010"),
    ("attendance.csv", 2, "hours", "0", "above 0 and at most 20, the hours of activity A010"),
    ("attendance.csv", 2, "hours", "20.01", "above 0 and at most 20"),
    ("helpdesk-contacts.csv", 2, "date", "2019-01-01", "a day of an activity of kind helpdesk"),
    ("questionnaires.csv", 2, "activity_id", "A999", "one of the activities"),
    ("questionnaires.csv", 2, "content_1_5", "0", "a whole number from 1 to 5"),
    ("outputs.csv", 2, "published_at", "", "day and address of publication, or neither"),
    ("outputs.csv", 2, "published_on", "2016-10-30", "2016-10-31 (written_on) or later"),
    ("sd1.csv", 2, "amount_total", "21867.01", "21867.00 (amount_without_vat + vat)"),
    ("sd1.csv", 2, "amount_czk", "21866.00", "21867.00 (amount_total)"),
    ("sd1.csv", 2, "exchange_rate", "27,029", "nothing, because the currency is CZK"),
    ("sd1.csv", 81, "corrects", "FP00099", "the id of a row of sd1.csv above this one"),
    ("sd2.csv", 2, "budget_item", "1.1", "one of the budget items"),
    ("sd2.csv", 2, "amount_czk", "44099.41", "44099.40 (sum of the four amounts before it)"),
    ("sd2.csv", 2, "month", "2016-02-29", "the first day of the month worked"),
    ("sd2.csv", 2, "id", "FP00001", "an id of one document; sd1.csv, row 2 has it too"),
    ("sd3.csv", 2, "returned_at", "2016-08-01T06:09", "2016-08-01T06:10 (departed_at) or later"),
    ("sd3.csv", 2, "amount_czk", "11601.58", "11601.57 (sum of the three amounts before it)"),
    ("sd3.csv", 2, "activity_id", "A999", "one of the activities"),
    ("claims.csv", 3, "period", "2", "1: claim n covers period n - 1"),
    ("claims.csv", 3, "kind", "advance", "advance for claim 1, and only for it"),
    ("claims.csv", 3, "decided_on", "2016-08-30", "2016-08-31 (submitted_on) or later"),
    ("claims.csv", 3, "paid_amount_czk", "", "day and amount of the payment, or neither"),
    ("claims.csv", 2, "decided_on", "2016-03-01", "nothing, because an advance is not decided"),
    ("decisions.csv", 2, "claim", "7", "one of the claims of claims.csv, for example 1"),
    ("decisions.csv", 2, "document_id", "XX1", "one of the documents of sd1.csv, sd2.csv, sd3"),
    ("decisions.csv", 2, "document_id", "FP00050", "a line of claim 2; this document is in claim"),
    ("decisions.csv", 2, "document_id", "FP00079", "a line of claim 2; this document is in no"),
    ("decisions.csv", 2, "reduction_czk", "0", "above 0.00 and at most"),
    ("decisions.csv", 2, "reduction_czk", "99999999", "above 0.00 and at most"),
    ("exchange-rates.csv", 2, "rate_czk", "0", "a rate above 0"),
]


@pytest.mark.parametrize(("file", "row", "column", "cell", "expected"), WRONG_CELLS)
def test_a_contradiction_refuses_its_row(
    file: str, row: int, column: str, cell: str, expected: str, tmp_path: Path
) -> None:
    problems = problems_with(tmp_path, file, row, **{column: cell})
    named = [one for one in problems if (one.file, one.row, one.column) == (file, row, column)]
    assert len(named) == 1, problems
    assert expected in named[0].expected
    assert named[0].found in (cell, "nothing", "2016-08-02", "0.00", "99999999.00", "aa9", "27.029")


def test_a_foreign_amount_follows_from_its_rate(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    row = next(
        row for row in read_folder(folder).of(AccountingDocumentRow) if row.currency == "EUR"
    )
    set_cell(folder, "sd1.csv", row.row_number, "amount_czk", "1.00")
    problem = read_folder(folder).problems[0]
    assert (problem.row, problem.column, problem.found) == (row.row_number, "amount_czk", "1.00")
    assert problem.expected == f"{row.amount_czk} (amount_total × exchange_rate)"


def test_a_foreign_amount_needs_its_rate(tmp_path: Path) -> None:
    (problem,) = problems_with(tmp_path, "sd1.csv", 2, currency="EUR")
    assert problem[2:4] == ("exchange_rate", "nothing")
    assert problem.expected == "the rate in CZK, because the currency is EUR"


def test_contributions_are_not_recomputed(tmp_path: Path) -> None:
    row = read_folder(copied(tmp_path)).of(WorkRecordRow)[2]
    cells = {
        "employer_contributions": f"{row.employer_contributions + 1}",
        "amount_czk": f"{row.amount_czk + 1}",
    }
    assert problems_with(tmp_path / "again", "sd2.csv", row.row_number, **cells) == []


@pytest.mark.parametrize(
    ("cells", "column", "found"),
    [
        ({"entry_date": "2018-01-01", "exit_date": ""}, "entry_date", "9999-99-99"),
        ({"birth_date": "2017-01-01"}, "birth_date", "9999-99-99"),
        ({"exit_date": "1.1.2016"}, "exit_date", "9999-99-99"),
        ({"exit_date": "", "exit_situation": "SPVZD"}, "exit_date", "nothing"),
        ({"sex": "Eva"}, "sex", "aaa"),
        ({"disadvantage": "refused|ZNPTZ"}, "disadvantage", "aaaaaaa|aaaaa"),
    ],
)
def test_a_contradiction_in_a_person_shows_shapes_only(
    cells: dict[str, str], column: str, found: str, tmp_path: Path
) -> None:
    problems = problems_with(tmp_path, "participants.csv", 2, **cells)
    own = [problem for problem in problems if problem.file == "participants.csv"]
    assert [(problem.row, problem.column, problem.found) for problem in own] == [(2, column, found)]


def test_the_same_person_twice_is_refused_with_the_first_ones_code(tmp_path: Path) -> None:
    cells = {"first_name": " elena", "last_name": "NGUYEN", "birth_date": "13.9.1997"}
    problems = problems_with(tmp_path, "participants.csv", 3, **cells)
    assert problems[0].column == "first_name, last_name, birth_date"
    assert problems[0].found == "aaaaa aaaaaa 9999-99-99"
    assert problems[0].expected == "a person once; row 2 (P00001) is the same person"


@pytest.mark.parametrize(
    "column", ["first_name", "birth_date", "sex", "municipality", "labour_status", "education"]
)
def test_an_incomplete_record_is_no_problem(column: str, tmp_path: Path) -> None:
    assert problems_with(tmp_path, "participants.csv", 2, **{column: ""}) == []


def test_rows_that_refer_to_a_refused_row_are_refused_and_say_so(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    set_cell(folder, "activities.csv", 11, "hours", "many")
    intake = read_folder(folder)
    assert intake.problems[0][:4] == ("activities.csv", 11, "hours", "aaaa")
    followers = intake.problems[1:]
    assert {problem.file for problem in followers} == {
        *("attendance.csv", "sd3.csv", "decisions.csv")
    }
    assert all("a row without problems: " in problem.expected for problem in followers)
    assert "A010" in intake.row_ids["activities"]
    good = intake.good
    assert all("A010" not in row.cells for rows in good.values() for row in rows)


def test_a_refused_credit_note_chain_is_followed(tmp_path: Path) -> None:
    problems = problems_with(tmp_path, "sd1.csv", 20, vat="x")
    assert [(one.row, one.column) for one in problems if one.file == "sd1.csv"] == [
        (20, "vat"),
        (81, "corrects"),
    ]


def test_the_total_of_the_project_follows_from_the_items(tmp_path: Path) -> None:
    folder = copied(tmp_path)

    def drop_an_item(rows: Rows) -> Rows:
        return [row for row in rows if row[0] != "1.1.3.2.1"]

    edit(folder, "budget.csv", drop_an_item)
    intake = read_folder(folder)
    assert intake.problems[0] == Problem(
        *("project.json", None, "total_eligible", "8500000.00"),
        "8350000.00 (totals of budget.csv and flat_rate of them)",
    )
    assert intake.fatal


def test_what_nothing_refers_to_may_be_missing_row_by_row(tmp_path: Path) -> None:
    folder = copied(tmp_path, SEED_PLUS)
    edit(folder, "outputs.csv", lambda rows: rows[:-1])
    assert read_folder(folder).problems == []


@pytest.mark.parametrize("file", ["sd1.csv", "sd2.csv", "sd3.csv"])
def test_what_is_not_paid_yet_is_no_problem_but_in_no_claim(file: str, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, "decisions.csv", lambda rows: rows[:1])
    set_cell(folder, file, 2, "paid_on", "")
    assert read_folder(folder).problems == []
    set_cell(folder, "sd1.csv", 18, "paid_on", "")
    edit(folder, "decisions.csv", lambda rows: [*rows, ["2", "FP00017", "1.00", "x"]])
    (problem,) = read_folder(folder).problems
    assert problem.expected == "a line of claim 2; this document is in no claim"
