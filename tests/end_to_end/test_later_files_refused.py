"""What a later file cannot correct is refused, and says what to do."""

from pathlib import Path

import pytest

from service.commands.work import Work
from service.composition import Services
from service.importing.order import Order
from service.importing.run import import_project
from service.intake.project_folder import read_folder
from tests.end_to_end.later_files import Cells, change, copy_of, rewrite, update
from tests.end_to_end.running import ACTOR, SEED_PLUS, imported
from tests.service.intake.edits import edit

FROZEN = {
    "amount": ("sd2.csv", "MZ00001", {"gross_wage": "30000.00", "amount_czk": "40356.32"}),
    "payment": ("sd2.csv", "MZ00001", {"paid_on": "2023-03-11"}),
    "unpaid": ("sd2.csv", "MZ00001", {"paid_on": ""}),
    "item": ("sd2.csv", "MZ00001", {"budget_item": "1.1.2.1"}),
}


@pytest.mark.parametrize("name", FROZEN)
def test_what_a_submitted_claim_holds_is_refused(
    services: Services, tmp_path: Path, name: str
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    head, before = project.head(), project.figures()
    change(folder, *FROZEN[name])
    change(folder, "indicators.csv", "600000", {"target": "11"})
    done = update(project, folder)
    assert (done.recorded, project.head()) == (False, head)
    [problem] = done.problems
    assert (problem.file, problem.row, problem.found) == ("sd2.csv", 2, "MZ00001")
    assert "claim 2 holds it" in problem.expected
    assert "grantledger correct MZ00001" in problem.expected
    skipped = update(project, folder, skip=True)
    assert (skipped.recorded, skipped.corrected, len(skipped.problems)) == (True, 1, 1)
    assert project.figures()["indicators"]["600000"].pop("target") == 11
    assert project.figures()["budget_by_item"] == before["budget_by_item"]


def test_what_cannot_be_corrected_by_a_file_is_said(services: Services, tmp_path: Path) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    head = project.head()

    def refusal_of(file: str, key: str, cells: Cells) -> str:
        other = copy_of(
            folder, tmp_path / f"{key}-{len(list(tmp_path.iterdir()))}", with_claims=True
        )
        change(other, file, key, cells)
        done = update(project, other)
        assert (done.recorded, project.head()) == (False, head)
        return done.problems[0].expected

    assert "handed in" in refusal_of("claims.csv", "2", {"submitted_on": "2023-08-30"})
    moved = refusal_of("attendance.csv", "P00001", {"date": "2023-03-01"})
    assert "A001" in moved or "first day" in moved
    person = {"first_name": "Olena", "last_name": "Kovalenko", "birth_date": "2005-02-28"}
    gone = copy_of(folder, tmp_path / "gone", with_claims=True)
    edit(gone, "attendance.csv", lambda rows: [r for r in rows if r[0] != "P00001"])
    edit(gone, "participants.csv", lambda rows: [r for r in rows if r[0] != "P00001"])
    change(gone, "participants.csv", "P00002", person)
    assert update(project, gone).problems[0].expected == "the person is recorded as P00001"
    other = copy_of(folder, tmp_path / "programme", with_claims=True)
    rewrite(other, lambda act: act.update(programme="OPZ", budget_variant="direct-indirect-25"))
    assert "keeps its rule set" in update(project, other).problems[0].expected


def test_attendance_on_another_day_is_not_recorded_beside_the_old_one(
    services: Services, tmp_path: Path
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    change(folder, "activities.csv", "A002", {"start": "2023-05-14"})
    edit(folder, "attendance.csv", lambda rows: redated(rows, "A002", "2023-05-14"))
    entered = (folder / "participants.csv").read_text(encoding="utf-8")
    earlier = entered.replace(",2023-05-15,", ",2023-05-14,")
    (folder / "participants.csv").write_text(earlier, encoding="utf-8")
    done = update(project, folder)
    assert not done.recorded
    assert {one.file for one in done.problems} == {"attendance.csv"}
    assert all("2023-05-15; else first cancel" in one.expected for one in done.problems)


def redated(rows: list[list[str]], activity: str, day: str) -> list[list[str]]:
    return [[row[0], row[1], day, row[3]] if row[1] == activity else row for row in rows]


def test_control_without_a_reason_a_changed_row_stops_the_import(
    services: Services, tmp_path: Path
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    project = imported(services, folder)
    before = project.figures()
    change(folder, "indicators.csv", "600000", {"target": "11"})
    work = Work(services.ledger(project.tenant), services.vault, services.programmes, ACTOR)
    order = Order(False, False, lambda _: [], lambda _, __: None)
    done = import_project(work, read_folder(folder), order)
    assert (done.stopped, done.recorded, len(done.changed)) == (True, False, 1)
    assert project.figures() == before != imported(services, folder).figures()
