"""Somebody records while an import runs: it stops at the conflict and the next run goes on."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from service.commands.participants import NewParticipant, enter_participant
from service.commands.projects import NewRate, project_with_number, record_rate
from service.commands.work import Work
from service.composition import Services
from service.importing import run
from service.importing.order import Order
from service.importing.run import ChangedMeanwhile, ImportBusy, Outcome, import_project
from service.intake.project_folder import read_folder
from service.reports import Point, Reports
from tests.multiplied import SEED, expected_figures

NUMBER = "CZ.03.2.63/0.0/0.0/15_023/0000850"
EVENTS_OF_A_BATCH = 290
Between = Callable[[], object]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "EVENTS_MAX", EVENTS_OF_A_BATCH)


def work_of(services: Services, tenant: UUID) -> Work:
    return Work(services.ledger(tenant), services.vault, services.programmes, "system:test")


def import_with(services: Services, tenant: UUID, after_first: Between = lambda: None) -> Outcome:
    """Imports the seed; something happens after the first batch."""
    left = [after_first]

    def report(done: int, total: int) -> None:
        if left:
            left.pop()()

    order = Order(False, False, lambda _: [], report)
    return import_project(work_of(services, tenant), read_folder(SEED), order)


def record_a_rate(services: Services, tenant: UUID) -> None:
    values = NewRate(
        date=date(2030, 1, 2),
        currency="EUR",
        amount_unit=1,
        rate=Decimal("25.000"),
        kind="CNB_DAILY",
    )
    commands = services.commands(tenant, "system:test")
    commands.run(uuid4(), bytes(32), lambda work: record_rate(work, values))


def enter_the_first_participant(services: Services, tenant: UUID) -> None:
    """Elena Nguyen of participants.csv, by hand."""
    project = project_with_number(work_of(services, tenant), NUMBER)
    assert project is not None
    values = NewParticipant(
        reference="BY-HAND-1",
        first_name="Elena",
        last_name="Nguyen",
        birth_date=date(1997, 9, 13),
        sex="POHZENY",
        municipality="Praha",
        entry_date=date(2016, 6, 16),
        labour_status="TPMATZ",
        education="VZISCED5-8",
        disadvantage="",
        exit_date=None,
        exit_situation="",
    )
    commands = services.commands(tenant, "system:test")
    stream = uuid4()
    commands.run(uuid4(), bytes(32), lambda work: enter_participant(work, project, stream, values))


def test_a_fact_recorded_meanwhile_stops_the_import_and_the_next_run_ends_it(
    services: Services, fresh_tenant: UUID
) -> None:
    with pytest.raises(ChangedMeanwhile):
        import_with(services, fresh_tenant, lambda: record_a_rate(services, fresh_tenant))
    outcome = import_with(services, fresh_tenant)
    assert (outcome.recorded, outcome.problems) == (True, [])
    reports = Reports(services, fresh_tenant)
    figures = reports.figures(reports.project(NUMBER), Point()).figures
    assert figures.written() == expected_figures(1)


def test_a_person_entered_meanwhile_stops_the_import_and_is_then_refused_as_known(
    services: Services, fresh_tenant: UUID
) -> None:
    with pytest.raises(ChangedMeanwhile):
        import_with(
            services, fresh_tenant, lambda: enter_the_first_participant(services, fresh_tenant)
        )
    outcome = import_with(services, fresh_tenant)
    assert not outcome.recorded
    first = next(one for one in outcome.problems if one.file == "participants.csv")
    assert (first.row, first.expected) == (2, "the person is recorded as BY-HAND-1")


def test_a_second_import_of_the_project_at_the_same_time_is_refused(
    services: Services, fresh_tenant: UUID
) -> None:
    refused: list[type[Exception]] = []

    def second() -> None:
        with pytest.raises(ImportBusy) as busy:
            import_with(services, fresh_tenant)
        refused.append(busy.type)

    outcome = import_with(services, fresh_tenant, second)
    assert refused == [ImportBusy]
    assert outcome.recorded
    assert import_with(services, fresh_tenant).new == 0
