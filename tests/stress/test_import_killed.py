"""An import whose process is killed loses nothing it reported; the same command ends it."""

from pathlib import Path

import pytest

from service.composition import open_services
from tests.stress.homes import copied_home, postmaster, settings_of, started
from tests.stress.killed_import import (
    DRIVER,
    MOMENTS,
    Uninterrupted,
    check_continued,
    check_part,
    last_report,
    uninterrupted,
    wait_for_a_moment,
)


@pytest.mark.parametrize(("times", "number"), MOMENTS)
def test_a_killed_process_leaves_its_server_and_the_import_goes_on(
    template: Path, folders: dict[int, Uninterrupted], times: int, number: int
) -> None:
    whole = uninterrupted(template, folders, times)
    with copied_home(template, f"process-x{times}-{number}") as home:
        with started(home, DRIVER, str(whole.folder)) as process:
            reported = wait_for_a_moment(process, whole.stored.events)
            process.kill()
            rest, _ = process.communicate()
            reported = last_report(rest) or reported
        left_behind = postmaster(home)
        with open_services(settings_of(home)) as services:
            assert postmaster(home) == left_behind  # found and used, not started anew
            check_part(services, whole, reported)
        check_continued(home, whole)
