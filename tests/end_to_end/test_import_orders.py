"""What an import is told: which project it must be, what it may record, when to end."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from service.commands.work import Work
from service.composition import Services
from service.importing.described import described
from service.importing.order import Order
from service.importing.run import OtherProject, Outcome, import_project
from service.intake.project_folder import read_folder
from tests.end_to_end.running import ACTOR, SEED, SEED_PLUS, fresh_tenant, import_folder
from tests.end_to_end.second_project import other_project

AS_USUAL = Order(False, False, lambda _: [], lambda _, __: None)
RATES = "exchange-rates.csv"


class Enough(Exception):
    """Somebody asks for an early end."""


def ordered(services: Services, tenant: UUID, order: Order, folder: Path = SEED_PLUS) -> Outcome:
    work = Work(services.ledger(tenant), services.vault, services.programmes, ACTOR)
    return import_project(work, read_folder(folder), order)


@pytest.mark.parametrize("asked", [1, 5])
def test_an_import_that_is_ended_before_its_first_batch_has_left_nothing(
    services: Services, asked: int
) -> None:
    tenant, calls = fresh_tenant(services), list[int]()

    def check() -> None:
        calls.append(1)
        if len(calls) == asked:
            raise Enough

    with pytest.raises(Enough):
        ordered(services, tenant, replace(AS_USUAL, check=check))
    assert services.ledger(tenant).head() == 0
    assert ordered(services, tenant, AS_USUAL).recorded


def test_files_of_another_project_are_refused_before_anything_is_compared(
    services: Services,
) -> None:
    tenant = fresh_tenant(services)
    plus = import_folder(services, tenant, SEED_PLUS).project
    head = services.ledger(tenant).head()
    for project in (plus, uuid4()):  # one of the organisation, and one of nobody
        with pytest.raises(OtherProject):
            ordered(services, tenant, replace(AS_USUAL, into=project), SEED)
    assert services.ledger(tenant).head() == head
    again = ordered(services, tenant, replace(AS_USUAL, into=plus))
    assert (again.recorded, again.new) == (True, 0)


def test_rates_of_the_organisation_are_refused_to_who_may_not_record_them(
    services: Services,
) -> None:
    tenant = fresh_tenant(services)
    import_folder(services, tenant, SEED_PLUS)
    of_project = replace(AS_USUAL, rates=False)
    refused = ordered(services, tenant, of_project, SEED)
    assert not refused.recorded
    assert {one.file for one in refused.problems} == {RATES}
    assert all("organisation" in one.expected and one.row for one in refused.problems)
    skipped = ordered(services, tenant, replace(of_project, skip_bad_rows=True), SEED)
    assert skipped.recorded
    everything = ordered(services, tenant, AS_USUAL, SEED)
    assert everything.new == len(refused.problems)
    assert ordered(services, tenant, of_project, SEED).problems == []  # they are recorded now


def test_rates_that_another_project_brought_are_the_same_rows(
    services: Services, tmp_path: Path
) -> None:
    tenant = fresh_tenant(services)
    import_folder(services, tenant, SEED)
    folder = other_project(tmp_path / "other")
    of_project = replace(AS_USUAL, rates=False)
    found = ordered(services, tenant, of_project, folder)
    assert (found.problems, found.recorded) == ([], True)
    rates = len((SEED / RATES).read_text("utf-8").splitlines()) - 1
    assert found.same == rates
    assert ordered(services, tenant, of_project, folder).new == 0


def test_control_another_rate_of_the_same_day_is_a_bad_row(
    services: Services, tmp_path: Path
) -> None:
    tenant = fresh_tenant(services)
    import_folder(services, tenant, SEED)
    folder = other_project(tmp_path / "other")
    lines = (folder / RATES).read_text("utf-8").splitlines()
    day, currency, unit, _, kind = lines[1].split(",")
    lines[1] = ",".join((day, currency, unit, "1.234", kind))
    (folder / RATES).write_text("\n".join(lines) + "\n", "utf-8")
    refused = ordered(services, tenant, AS_USUAL, folder)
    assert not refused.recorded
    assert refused.same > 0  # and yet there is no such project
    assert described(refused, dry_run=False)["project_id"] is None
    (problem,) = refused.problems
    assert (problem.file, problem.row) == (RATES, 2)
    assert "is recorded" in problem.expected
