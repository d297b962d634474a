"""The seed projects as Czech spreadsheets write them give the same figures."""

from pathlib import Path

import pytest

from service.commands.work import Work
from service.composition import Services
from service.importing.order import Order
from service.importing.run import import_project
from service.intake.project_folder import read_folder
from tests.end_to_end.running import ACTOR, SEED, SEED_PLUS, Imported, expected_of, fresh_tenant
from tests.service.intake.variants import AS_THE_SEED, Variant, write_variant

NARROW_NO_BREAK_SPACE = "\u202f"
CZECH = Variant()
VARIANTS = {
    "as the seed": AS_THE_SEED,
    "czech": CZECH,
    "czech in windows-1250": Variant(encoding="cp1250", bom=False, thousands=" "),
    "comma, all quoted": Variant(
        separator=",", bom=False, thousands=NARROW_NO_BREAK_SPACE, quote_all=True, line_end="\n"
    ),
}


def imported_as(services: Services, source: Path, folder: Path, variant: Variant) -> Imported:
    write_variant(source, folder, variant)
    encoding = "windows-1250" if variant.encoding == "cp1250" else None
    tenant = fresh_tenant(services)
    work = Work(services.ledger(tenant), services.vault, services.programmes, ACTOR)
    intake = read_folder(folder, encoding=encoding)
    order = Order(False, False, lambda _: [], lambda _, __: None)
    outcome = import_project(work, intake, order)
    assert outcome.problems == []
    assert outcome.project is not None
    return Imported(services, tenant, outcome.project, source)


@pytest.mark.parametrize("source", [SEED, SEED_PLUS], ids=["seed", "seed-plus"])
@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_another_notation_gives_the_same_figures(
    services: Services, tmp_path: Path, source: Path, variant: Variant
) -> None:
    project = imported_as(services, source, tmp_path / "project", variant)
    assert project.figures() == expected_of(source)


def test_windows_1250_without_the_option_names_the_byte_and_the_option(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path / "project", VARIANTS["czech in windows-1250"])
    problems = read_folder(folder).problems
    assert problems
    assert any("--encoding" in problem.expected for problem in problems)
