"""Killing an import at a random moment: what it reported is there, the same command ends it."""

import json
import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.composition import Services, open_services
from service.importing.import_run import is_importing
from service.reports import Point, ProjectImporting, Reports
from tests.multiplied import expected_figures, write_multiplied
from tests.stress.homes import (
    copied_home,
    grantledger,
    settings_of,
    started,
)
from tests.stress.stored import UNDAMAGED, Stored, stored

DRIVER = "tests.stress.import_driver"
TIMES = 20
EVENTS_OF_A_BATCH = 1000
MOMENTS = [
    *(pytest.param(TIMES, number, id=f"x{TIMES}-{number}") for number in range(3)),
    *(
        pytest.param(TIMES, number, id=f"x{TIMES}-{number}", marks=pytest.mark.long)
        for number in range(3, 23)
    ),
]


@dataclass(frozen=True)
class Uninterrupted:
    """A folder, and what its import gives when nothing is killed."""

    folder: Path
    number: str
    figures: dict[str, Any]
    stored: Stored


def uninterrupted(template: Path, folders: dict[int, Uninterrupted], times: int) -> Uninterrupted:
    """Imported once for all moments of the same size."""
    if times not in folders:
        folder = write_multiplied(template.with_name(f"seed-x{times}"), times)
        number = json.loads((folder / "project.json").read_text())["registration_number"]
        with copied_home(template, f"whole-x{times}") as home:
            with started(home, DRIVER, str(folder)) as process:
                _, errors = process.communicate(timeout=300)
                assert process.returncode == 0, errors
            with open_services(settings_of(home)) as services:
                figures = figures_of(services, number)
                folders[times] = Uninterrupted(folder, number, figures, stored(services))
        assert folders[times].figures == expected_figures(times)
        assert folders[times].stored.damage == UNDAMAGED
    return folders[times]


def wait_for_a_moment(process: subprocess.Popen[str], events: int) -> tuple[int, int]:
    """Reads reports up to a random batch and waits a part of the next; the last report."""
    chosen = random.SystemRandom()
    batches = events // EVENTS_OF_A_BATCH
    wanted = chosen.randint(1, batches * 2 // 3)  # some are left, however late the kill comes
    assert process.stdout is not None
    began = line = None
    for _ in range(wanted):
        line = process.stdout.readline()
        began = began or time.monotonic()
    assert line, process.stderr.read() if process.stderr else ""
    assert began is not None
    batch_s = (time.monotonic() - began) / max(wanted - 1, 1)
    time.sleep(chosen.uniform(0, min(max(batch_s, 0.05), 0.2)))
    print(f"killed after batch {wanted} of about {batches}")
    report = last_report(line)
    assert report is not None
    return report


def last_report(lines: str) -> tuple[int, int] | None:
    """Rows and position of the last whole line."""
    whole = [line.split() for line in lines.splitlines(keepends=True) if line.endswith("\n")]
    return (int(whole[-1][0]), int(whole[-1][1])) if whole else None


def check_part(services: Services, whole: Uninterrupted, reported: tuple[int, int]) -> None:
    """Some and not all rows are there, all that were reported; the project shows as importing."""
    rows, position = reported
    part = stored(services)
    assert part.damage == UNDAMAGED
    assert position <= part.events < whole.stored.events
    assert 0 < rows <= part.row_count < whole.stored.row_count
    assert part.runs == [("running", part.row_count, whole.stored.row_count)]
    reports = Reports(services, services.tenant(None))
    project = reports.project(whole.number)
    assert is_importing(services.pool, reports.tenant, project)
    with pytest.raises(ProjectImporting):
        reports.figures(project, Point())


def check_continued(home: Path, whole: Uninterrupted) -> None:
    """The same command ends the import; nothing differs from one that was not killed."""
    ended = grantledger(home, "import", "project", str(whole.folder), "--json")
    assert ended.returncode == 0, ended.stderr
    with open_services(settings_of(home)) as services:
        assert stored(services) == whole.stored
        assert figures_of(services, whole.number) == whole.figures


def figures_of(services: Services, number: str) -> dict[str, Any]:
    reports = Reports(services, services.tenant(None))
    return reports.figures(reports.project(number), Point()).figures.written()
