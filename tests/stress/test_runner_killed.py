"""A killed process gives up the locks of its projections; another one goes on where it ended."""

import signal
from pathlib import Path

import pytest

from projections.runner import StillBehind
from service.commands.work import Work
from service.composition import Services, open_services
from service.importing.order import Order
from service.importing.run import import_project
from service.intake.project_folder import read_folder
from service.reports import Point, Reports
from tests.multiplied import SEED, expected_figures
from tests.stress.homes import copied_home, settings_of, started

DRIVER = "tests.stress.runner_driver"


def import_seed(services: Services) -> str:
    ledger, intake = services.ledger(services.tenant(None)), read_folder(SEED)
    work = Work(ledger, services.vault, services.programmes, "system:stress")
    outcome = import_project(work, intake, Order(False, False, lambda _: [], lambda _, __: None))
    assert outcome.registration_number is not None
    return outcome.registration_number


def test_another_runner_takes_over_from_a_killed_one(template: Path) -> None:
    with copied_home(template, "runner") as home, started(home, DRIVER) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "at work\n"
        holder.send_signal(signal.SIGSTOP)  # holds its locks and does nothing
        with open_services(settings_of(home)) as services:
            number, tenant = import_seed(services), services.tenant(None)
            with pytest.raises(StillBehind):
                services.runner.catch_up(tenant, timeout_s=1)
            holder.kill()
            holder.wait()
            services.runner.catch_up(tenant, timeout_s=30)
            reports = Reports(services, tenant)
            report = reports.figures(reports.project(number), Point())
            assert report.figures.written() == expected_figures(1)
