"""Importing a folder again after it was changed, and comparing with a first import of it."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from service.commands.work import Work
from service.composition import Services
from service.importing.order import Order
from service.importing.run import Outcome, import_project
from service.intake.project_folder import read_folder
from service.store.database import in_tenant
from tests.end_to_end.explained import Explained
from tests.end_to_end.facts_by_row import facts_by_row
from tests.end_to_end.running import ACTOR, Imported, imported, log_of
from tests.service.intake.edits import edit, set_cell

REASON = "the file was corrected"
Cells = dict[str, str]
DOCUMENTS = "SELECT DISTINCT document_id FROM views.spend WHERE project_id = %s"


def copy_of(source: Path, target: Path, *, with_claims: bool) -> Path:
    folder = Path(shutil.copytree(source, target))
    for name in () if with_claims else ("claims.csv", "decisions.csv"):
        edit(folder, name, lambda rows: rows[:1])
    return folder


def change(folder: Path, file: str, key: str, cells: Cells) -> None:
    """Changes cells of the row that begins with the key."""
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    row = next(n for n, line in enumerate(lines, 1) if line.startswith(f"{key},"))
    for column, cell in cells.items():
        set_cell(folder, file, row, column, cell)


def update(
    project: Imported, folder: Path, *, dry_run: bool = False, skip: bool = False
) -> Outcome:
    services, tenant = project.services, project.tenant
    work = Work(services.ledger(tenant), services.vault, services.programmes, ACTOR)

    def documents(of: UUID) -> list[UUID]:
        services.runner.catch_up(tenant)
        return [row[0] for row in in_tenant(services.pool, tenant, DOCUMENTS, [of])]

    order = Order(dry_run, skip, documents, lambda _, __: None, REASON)
    return import_project(work, read_folder(folder), order)


def check_equal(services: Services, project: Imported, folder: Path) -> None:
    """Every figure and every fact in force is that of a first import of the folder."""
    fresh = imported(services, folder)
    assert project.figures() == fresh.figures()
    ours, theirs = facts_by_row(project, folder), facts_by_row(fresh, folder)
    assert (ours - theirs, theirs - ours) == (Counter(), Counter())
    assert Explained(project).wrong() == []


def corrected(services: Services, folder: Path, *changes: tuple[str, str, Cells]) -> Imported:
    """The folder imported, then changed and imported again."""
    project = imported(services, folder)
    for file, key, cells in changes:
        change(folder, file, key, cells)
    done = update(project, folder)
    assert done.problems == []
    assert done.recorded
    assert (done.new, done.corrected) == (0, len(changes))
    events = log_of(services, project.tenant).values()
    reasons = {one["data"]["reason"] for one in events if one["type"].startswith("fact.")}
    assert reasons == {REASON}
    return project


def rewrite(folder: Path, edit_act: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "project.json"
    act = json.loads(path.read_text(encoding="utf-8"))
    edit_act(act)
    path.write_text(json.dumps(act), encoding="utf-8")
