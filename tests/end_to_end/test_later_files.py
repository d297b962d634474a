"""A project corrected from a later file is the project that a first import of it would give."""

from pathlib import Path

import pytest

from service.composition import Services
from service.importing.changed_columns import Change
from tests.end_to_end.later_files import (
    Cells,
    change,
    check_equal,
    copy_of,
    corrected,
    rewrite,
    update,
)
from tests.end_to_end.running import SEED, SEED_PLUS, imported
from tests.service.intake.edits import edit

# Rows that no claim holds: claims are left out of the folder.
FREE: dict[str, tuple[str, str, Cells]] = {
    "indicator": ("indicators.csv", "60000", {"target": "31", "name": "Another name"}),
    "activity": ("activities.csv", "A001", {"hours": "24", "name_en": "Another name"}),
    "activity's end": ("activities.csv", "A002", {"end": "2016-11-05"}),
    "activity's form": ("activities.csv", "A010", {"electronic": "yes"}),
    "participant's codes": ("participants.csv", "P00001", {"sex": "POHMUZI", "education": "VZ0"}),
    "participant's name": ("participants.csv", "P00003", {"last_name": "Jiná"}),
    "participant's entry": ("participants.csv", "P00005", {"entry_date": "2016-02-05"}),
    "participant's exit": ("participants.csv", "P00007", {"exit_date": "2018-07-01"}),
    "attendance": ("attendance.csv", "P00005", {"hours": "3.5"}),
    "contact": ("helpdesk-contacts.csv", "C001", {"minutes": "99", "channel": "phone"}),
    "questionnaire": ("questionnaires.csv", "Q0001", {"content_1_5": "1", "language": "vi"}),
    "output": ("outputs.csv", "O01", {"title": "Another", "kind": "manual"}),
    "document": (
        "sd1.csv",
        "FP00001",
        {"amount_without_vat": "18072.90", "amount_total": "21868.00", "amount_czk": "21868.00"},
    ),
    "document's number": (
        "sd1.csv",
        "FP00002",
        {"supplier_ico": "54616026", "supplier_document_number": "201623994"},
    ),
    "document's supplier": ("sd1.csv", "FP00003", {"supplier_name": "Jiný s.r.o."}),
    "document's IČO": ("sd1.csv", "FP00004", {"supplier_ico": "12345678"}),
    "document's payment": ("sd1.csv", "FP00005", {"paid_on": "2019-12-31"}),
    "work": ("sd2.csv", "MZ00001", {"project_hours": "100", "signed_on": "2016-02-01"}),
    "worker": ("sd2.csv", "MZ00002", {"last_name": "Jiná"}),
    "work's month": ("sd2.csv", "MZ00003", {"month": "2016-06-01"}),
    "trip": ("sd3.csv", "CP00001", {"place": "Jinde", "country": "AT"}),
    "unpaid": ("sd3.csv", "CP00002", {"paid_on": ""}),
    "item": ("budget.csv", "1.1.3.2.1", {"name": "Jiný název", "purchased_service": "yes"}),
    "rate": ("exchange-rates.csv", "2016-01-22", {"rate_czk": "27.5"}),
}


def test_many_changed_rows_give_the_figures_of_a_first_import(
    services: Services, tmp_path: Path
) -> None:
    folder = copy_of(SEED, tmp_path / "project", with_claims=False)
    check_equal(services, corrected(services, folder, *FREE.values()), folder)


@pytest.mark.long
@pytest.mark.parametrize("file", sorted({file for file, _, _ in FREE.values()}))
def test_changed_rows_of_a_file_give_the_figures_of_a_first_import(
    services: Services, tmp_path: Path, file: str
) -> None:
    folder = copy_of(SEED, tmp_path / "project", with_claims=False)
    project = corrected(services, folder, *(one for one in FREE.values() if one[0] == file))
    check_equal(services, project, folder)
    again = update(project, folder)
    assert (again.new, again.corrected, again.events, again.changed) == (0, 0, 0, [])


# What is in the claims of the second seed, or decided with them.
CLAIMED: dict[str, list[tuple[str, str, Cells]]] = {
    "day of the decision": [("claims.csv", "2", {"decided_on": "2023-10-11"})],
    "payment": [("claims.csv", "2", {"paid_on": "2023-11-01", "paid_amount_czk": "280000.00"})],
    "reduction": [("decisions.csv", "2", {"reduction_czk": "1200.00"})],
    "reason of the reduction": [("decisions.csv", "3", {"reason": "documented later"})],
    "a document with a finding": [("sd2.csv", "MZ00014", {"signed_on": "2024-03-29"})],
    "title of the project": [],
}


@pytest.mark.parametrize("name", CLAIMED)
def test_a_changed_row_beside_claims_gives_the_figures_of_a_first_import(
    services: Services, tmp_path: Path, name: str
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    for file, key, cells in CLAIMED[name]:
        change(folder, file, key, cells)
    if not CLAIMED[name]:
        rewrite(folder, lambda act: act.update(title_cs="Jiný název", note="changed"))
    done = update(project, folder)
    assert (done.problems, done.corrected, done.recorded) == ([], 1, True)
    if name != "a document with a finding":  # a first import would claim it
        check_equal(services, project, folder)
    assert update(project, folder).events == 0


def test_a_decision_that_came_later_is_recorded_with_its_reductions(
    services: Services, tmp_path: Path
) -> None:
    whole = copy_of(SEED_PLUS, tmp_path / "whole", with_claims=True)
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    edit(folder, "decisions.csv", lambda rows: rows[:1])
    for number in ("2", "3", "4", "5"):
        change(
            folder, "claims.csv", number, {"decided_on": "", "paid_on": "", "paid_amount_czk": ""}
        )
    project = imported(services, folder)
    done = update(project, whole)
    decisions = len((whole / "decisions.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert (done.problems, done.new, done.corrected) == ([], decisions, 4)
    check_equal(services, project, whole)


def test_rows_that_need_one_another_are_corrected_together(
    services: Services, tmp_path: Path
) -> None:
    """A shorter activity and the attendance that was as long as it was."""
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    change(folder, "activities.csv", "A001", {"hours": "7"})
    edit(folder, "attendance.csv", lambda rows: shortened(rows, "A001", "7"))
    rows = (folder / "attendance.csv").read_text(encoding="utf-8")
    count = sum(",A001," in line for line in rows.splitlines())
    done = update(project, folder)
    assert (done.problems, done.corrected) == ([], count + 1)
    check_equal(services, project, folder)


def shortened(rows: list[list[str]], activity: str, hours: str) -> list[list[str]]:
    return [[*row[:3], hours] if row[1] == activity else row for row in rows]


def test_a_questionnaire_of_another_activity_moves(services: Services, tmp_path: Path) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    for activity in ("A001", "A003"):  # there, and on to a third one
        change(folder, "questionnaires.csv", "Q0001", {"activity_id": activity})
        done = update(project, folder)
        assert (done.problems, done.corrected) == ([], 1)
        check_equal(services, project, folder)


def test_a_row_that_goes_back_to_what_it_was_is_corrected_again(
    services: Services, tmp_path: Path
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    before = project.figures()
    for target in ("11", "8", "11", "8"):
        change(folder, "indicators.csv", "600000", {"target": target})
        done = update(project, folder)
        assert (done.problems, done.corrected, done.events) == ([], 1, 1)
    assert project.figures() == before
    check_equal(services, project, folder)


def test_what_changed_is_told_and_of_persons_only_that_it_did(
    services: Services, tmp_path: Path
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    change(folder, "indicators.csv", "600000", {"target": "11"})
    change(folder, "participants.csv", "P00002", {"last_name": "Jiná", "education": "VZ0"})
    change(folder, "claims.csv", "2", {"decided_on": "2023-10-11"})
    change(folder, "decisions.csv", "2", {"reduction_czk": "1200.00"})
    change(folder, "activities.csv", "A002", {"electronic": "yes"})
    head = project.head()
    tried = update(project, folder, dry_run=True)
    assert (tried.recorded, project.head()) == (False, head)
    done = update(project, folder)
    told = {(row.table, row.row_id): row.changes for row in done.changed}
    assert told == {(row.table, row.row_id): row.changes for row in tried.changed}
    assert told == {
        ("indicators", "600000"): (Change("target", "8", "11"),),
        ("activities", "A002"): (Change("electronic", "no", "yes"),),
        ("participants", "P00002"): (
            Change("last_name", None, None),
            Change("education", None, None),
        ),
        ("claims", "2"): (Change("decided_on", "2023-10-10", "2023-10-11"),),
        ("decisions", "2/MZ00004"): (Change("reduction_czk", "1200.36", "1200.00"),),
    }
