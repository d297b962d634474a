"""A folder imported again and again while it grows gives the figures of one import."""

import csv
import json
import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from service.composition import Services
from tests.end_to_end.running import (
    SEED,
    SEED_PLUS,
    Imported,
    expected_of,
    fresh_tenant,
    import_folder,
)

# What is there at first: all of what others refer to, no claim, a part of the rest.
SHARES = {
    **dict.fromkeys(("claims", "decisions"), 0),
    **dict.fromkeys(("attendance", "sd1", "sd2", "sd3", "outputs", "questionnaires"), 0.6),
}


def shortened(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    for name, share in SHARES.items():
        path = to / f"{name}.csv"
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.chmod(0o644)
        path.write_text("".join([header, *rows[: int(len(rows) * share)]]), encoding="utf-8")
    return to


@pytest.mark.parametrize("folder", [SEED, SEED_PLUS], ids=lambda folder: folder.name)
def test_a_folder_that_grew_gives_the_figures_of_one_import(
    services: Services, tmp_path: Path, folder: Path
) -> None:
    tenant = fresh_tenant(services)
    first = import_folder(services, tenant, shortened(folder, tmp_path / str(uuid4())))
    assert first.project is not None
    project = Imported(services, tenant, first.project, folder)
    assert project.figures() != expected_of(folder)
    again = import_folder(services, tenant, folder)
    assert again.same == first.new
    assert (again.changed, again.missing) == ([], [])
    assert project.figures() == expected_of(folder)
    number = json.loads((folder / "project.json").read_text(encoding="utf-8"))
    assert project.reports.project(number["registration_number"]) == first.project


def test_the_shortened_folder_is_shorter(tmp_path: Path) -> None:
    with (shortened(SEED, tmp_path / "short") / "sd1.csv").open(encoding="utf-8") as file:
        rows = len(list(csv.reader(file))) - 1
    assert 0 < rows < len((SEED / "sd1.csv").read_text(encoding="utf-8").splitlines()) - 1
