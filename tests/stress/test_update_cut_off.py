"""A correction from a later file that ends after every single batch still ends well."""

from pathlib import Path
from uuid import UUID

import pytest

from service.commands.work import Work
from service.composition import Services
from service.identity import create_tenant
from service.importing import run
from service.importing.order import Order
from service.importing.run import Outcome, import_project
from service.intake.project_folder import read_folder
from service.reports import Point, Reports
from tests.service.intake.variants import SEED_PLUS
from tests.stress.later_folder import REASON, changed_later, without_claims

NUMBER = "CZ.03.02.02/00/22_018/0001234"
EVENTS_OF_A_BATCH = 10


class CutOff(Exception):
    """The end of a process, right after a batch was committed."""


def cut_off(done: int, total: int) -> None:
    raise CutOff


def attempt(services: Services, tenant: UUID, folder: Path, *, cut: bool = True) -> Outcome:
    work = Work(services.ledger(tenant), services.vault, services.programmes, "system:test")
    progress = cut_off if cut else lambda _, __: None
    order = Order(False, False, lambda _: [], progress, REASON)
    return import_project(work, read_folder(folder), order)


def figures(services: Services, tenant: UUID) -> object:
    reports = Reports(services, tenant)
    return reports.figures(reports.project(NUMBER), Point()).figures.written()


def test_a_correction_cut_off_after_every_batch_ends_as_one_that_was_not(
    services: Services,
    fresh_tenant: UUID,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = without_claims(SEED_PLUS, tmp_path / "first")
    later, count = changed_later(folder, tmp_path / "later")
    attempt(services, fresh_tenant, folder, cut=False)
    before, ledger = figures(services, fresh_tenant), services.ledger(fresh_tenant)
    monkeypatch.setattr(run, "EVENTS_MAX", EVENTS_OF_A_BATCH)
    heads = [ledger.head()]
    while True:
        try:
            outcome = attempt(services, fresh_tenant, later)
        except CutOff:
            assert ledger.head() > heads[-1]
            heads.append(ledger.head())
            continue
        break
    assert len(heads) > 5
    assert (outcome.new, outcome.corrected, outcome.problems) == (0, 0, [])
    assert outcome.same > count > 50
    events = heads[-1] - heads[0]
    assert figures(services, fresh_tenant) != before
    assert events >= count
    check_as_one(services, folder, later, (figures(services, fresh_tenant), events))


def check_as_one(services: Services, folder: Path, later: Path, cut: tuple[object, int]) -> None:
    """The same figures and as many events as in one go."""
    tenant = create_tenant(services.pool, services.vault)
    attempt(services, tenant, folder, cut=False)
    head = services.ledger(tenant).head()
    attempt(services, tenant, later, cut=False)
    assert (figures(services, tenant), services.ledger(tenant).head() - head) == cut
