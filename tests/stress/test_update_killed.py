"""A correction from a later file that is killed loses nothing; the same command ends it."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.composition import Services, open_services
from service.reports import Point, Reports
from tests.multiplied import write_multiplied
from tests.stress.homes import copied_home, grantledger, kill_server, settings_of, started
from tests.stress.later_folder import REASON, changed_later, without_claims
from tests.stress.stored import UNDAMAGED, Stored, stored

DRIVER = "tests.stress.import_driver"
TIMES = 6  # some batches are left however late the kill comes
NUMBER = "CZ.03.2.63/0.0/0.0/15_023/0000850"


def figures_of(services: Services) -> dict[str, Any]:
    reports = Reports(services, services.tenant(None))
    return reports.figures(reports.project(NUMBER), Point()).figures.written()


def driven(home: Path, *arguments: str) -> None:
    with started(home, DRIVER, *arguments) as process:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors


def state(home: Path) -> tuple[dict[str, Any], Stored]:
    with open_services(settings_of(home)) as services:
        found = stored(services)
        return figures_of(services), found


@dataclass(frozen=True)
class Later:
    """A home with a project, a later folder of it, and what correcting it in one go gives."""

    home: Path
    folder: Path
    figures: dict[str, Any]
    stored: Stored


@pytest.fixture(scope="module")
def later(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Later]:
    tmp_path = tmp_path_factory.mktemp("later")
    multiplied = write_multiplied(tmp_path / "seed", TIMES)
    folder = without_claims(multiplied, tmp_path / "first")
    changed, count = changed_later(folder, tmp_path / "later")
    assert count > 1000
    with copied_home(template, "update") as home:
        driven(home, str(folder))
        with copied_home(home, "update-whole") as whole:
            before, _ = state(whole)
            driven(whole, str(changed), REASON)
            figures, after = state(whole)
        assert figures != before
        yield Later(home, changed, figures, after)


@pytest.mark.long
@pytest.mark.parametrize("victim", ["process", "server"])
def test_a_killed_correction_is_ended_by_the_same_command(later: Later, victim: str) -> None:
    with copied_home(later.home, f"update-{victim}") as home:
        with started(home, DRIVER, str(later.folder), REASON) as process:
            assert process.stdout is not None
            reported = process.stdout.readline().split()
            time.sleep(random.SystemRandom().uniform(0, 0.02))
            kill_server(home) if victim == "server" else process.kill()
            process.communicate(timeout=60)
        with open_services(settings_of(home)) as services:
            part = stored(services)
        assert part.damage == UNDAMAGED
        assert int(reported[1]) <= part.events < later.stored.events
        assert [one[0] for one in part.runs] == ["complete", "running"]
        arguments = ("--update", "--reason", REASON, "--json")
        ended = grantledger(home, "import", "project", str(later.folder), *arguments)
        assert ended.returncode == 0, ended.stderr
        figures, after = state(home)
        assert figures == later.figures
        assert (after.types, after.rows) == (later.stored.types, later.stored.rows)
        assert after.damage == UNDAMAGED
        assert [one[0] for one in after.runs] == ["complete", "complete"]
