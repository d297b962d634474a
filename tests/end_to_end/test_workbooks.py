"""A workbook gives the figures of the folder, and its rows are the same rows."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from service.commands.work import Work
from service.composition import Services
from service.importing.order import Order
from service.importing.run import Outcome, import_project
from service.intake.project_source import read_source
from tests.end_to_end.running import (
    ACTOR,
    SEED,
    SEED_PLUS,
    Imported,
    expected_of,
    fresh_tenant,
    import_folder,
)
from tests.service.intake.books import (
    Pages,
    pages_of,
    write_by_openpyxl,
    write_by_xlsxwriter,
)

Writer = Callable[[Pages, Path], Path]
BOOKS = pytest.mark.parametrize(
    ("folder", "write"),
    [(SEED, write_by_xlsxwriter), (SEED_PLUS, write_by_openpyxl)],
    ids=["seed", "seed-plus"],
)


def import_book(services: Services, tenant: UUID, path: Path) -> Outcome:
    work = Work(services.ledger(tenant), services.vault, services.programmes, ACTOR)
    order = Order(False, False, lambda _: [], lambda _, __: None)
    return import_project(work, read_source(path, encoding=None), order)


@BOOKS
def test_a_workbook_gives_the_figures_of_the_folder(
    services: Services, tmp_path: Path, folder: Path, write: Writer
) -> None:
    tenant = fresh_tenant(services)
    outcome = import_book(services, tenant, write(pages_of(folder), tmp_path / "project.xlsx"))
    assert (outcome.problems, outcome.recorded) == ([], True)
    assert outcome.project is not None
    assert Imported(services, tenant, outcome.project, folder).figures() == expected_of(folder)


@BOOKS
def test_a_workbook_after_its_folder_is_all_the_same(
    services: Services, tmp_path: Path, folder: Path, write: Writer
) -> None:
    tenant = fresh_tenant(services)
    first = import_folder(services, tenant, folder)
    again = import_book(services, tenant, write(pages_of(folder), tmp_path / "project.xlsx"))
    assert (again.new, again.same, again.changed, again.missing) == (0, first.new, [], [])


def test_control_a_cell_of_the_workbook_that_differs_is_a_changed_row(
    services: Services, tmp_path: Path
) -> None:
    tenant = fresh_tenant(services)
    import_folder(services, tenant, SEED_PLUS)
    pages = pages_of(SEED_PLUS)
    pages.set("outputs", 2, "title", "Another title")
    changed = import_book(services, tenant, write_by_xlsxwriter(pages, tmp_path / "other.xlsx"))
    assert [(one.table, one.row) for one in changed.changed] == [("outputs", 2)]
