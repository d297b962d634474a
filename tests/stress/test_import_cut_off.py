"""An import that ends after every single batch, whatever stands at its edge, still ends well."""

from uuid import UUID

import pytest

from service.commands.work import Work
from service.composition import Services
from service.importing import run
from service.importing.order import Order
from service.importing.run import Outcome, import_project
from service.intake.project_folder import read_folder
from service.reports import Point, Reports
from tests.multiplied import SEED, expected_figures

EVENTS_OF_A_BATCH = 290  # an edge in every table, also between participants sealed together


class CutOff(Exception):
    """The end of a process, right after a batch was committed."""


def cut_off(done: int, total: int) -> None:
    raise CutOff


def attempt(services: Services, tenant: UUID) -> Outcome:
    work = Work(services.ledger(tenant), services.vault, services.programmes, "system:test")
    order = Order(False, False, lambda _: [], cut_off)
    return import_project(work, read_folder(SEED), order)


def test_an_import_cut_off_after_every_batch_ends_with_the_same_figures(
    services: Services, fresh_tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "EVENTS_MAX", EVENTS_OF_A_BATCH)
    heads = [0]
    ledger = services.ledger(fresh_tenant)
    while True:
        try:
            outcome = attempt(services, fresh_tenant)
        except CutOff:
            assert ledger.head() > heads[-1]
            heads.append(ledger.head())
            continue
        break
    assert len(heads) > 10
    assert (outcome.new, outcome.problems) == (0, [])
    reports = Reports(services, fresh_tenant)
    project = reports.project("CZ.03.2.63/0.0/0.0/15_023/0000850")
    assert reports.figures(project, Point()).figures.written() == expected_figures(1)
