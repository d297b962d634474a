"""Whatever cells of a project change, correcting it equals a first import of the changed files."""

import csv
import random
import shutil
from pathlib import Path

import pytest

from service.composition import Services
from service.intake.project_folder import read_folder
from service.intake.tables import TABLES
from tests.end_to_end.later_files import check_equal, copy_of, update
from tests.end_to_end.running import SEED, SEED_PLUS, imported
from tests.service.intake.edits import set_cell

TRIES = 30
SEEDS = [
    *(pytest.param(SEED_PLUS, number, id=f"plus-{number}") for number in range(2)),
    *(
        pytest.param(SEED_PLUS, number, id=f"plus-{number}", marks=pytest.mark.long)
        for number in range(2, 8)
    ),
    *(
        pytest.param(SEED, number, id=f"seed-{number}", marks=pytest.mark.long)
        for number in range(3)
    ),
]


def changed_by_chance(folder: Path, number: int) -> int:
    """Cells take the value of another row, where the folder stays readable; how many did."""
    chance = random.Random(number)
    done = 0
    for _ in range(TRIES):
        table = chance.choice(TABLES)
        with (folder / table.file).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        columns = [column.name for column in table.columns if column.name not in table.key]
        if len(rows) < 2:
            continue
        row, column = chance.randrange(len(rows)), chance.choice(columns)
        value = chance.choice(rows)[column]
        if value == rows[row][column]:
            continue
        before = (folder / table.file).read_bytes()
        set_cell(folder, table.file, row + 2, column, value)
        if read_folder(folder).problems:
            (folder / table.file).write_bytes(before)
        else:
            done += 1
    return done


@pytest.mark.parametrize(("source", "number"), SEEDS)
def test_changed_cells_give_the_facts_and_figures_of_a_first_import(
    services: Services, tmp_path: Path, source: Path, number: int
) -> None:
    folder = copy_of(source, tmp_path / "project", with_claims=False)
    project = imported(services, folder)
    later = Path(shutil.copytree(folder, tmp_path / "later"))
    assert changed_by_chance(later, number) >= 5
    done = update(project, later)
    assert [one.expected for one in done.problems] == []
    assert done.corrected > 0
    check_equal(services, project, later)
