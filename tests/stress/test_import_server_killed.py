"""An import whose server is killed loses nothing it reported; the same command ends it."""

from pathlib import Path

import pytest

from service.composition import open_services
from tests.stress.homes import copied_home, kill_server, settings_of, started
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
def test_a_killed_server_keeps_what_was_reported_and_the_import_goes_on(
    template: Path, folders: dict[int, Uninterrupted], times: int, number: int
) -> None:
    whole = uninterrupted(template, folders, times)
    with copied_home(template, f"server-x{times}-{number}") as home:
        with started(home, DRIVER, str(whole.folder)) as process:
            reported = wait_for_a_moment(process, whole.stored.events)
            kill_server(home)
            rest, _ = process.communicate(timeout=60)
            assert process.returncode != 0
        reported = last_report(rest) or reported  # printed while the server was being killed
        with open_services(settings_of(home)) as services:
            check_part(services, whole, reported)
        check_continued(home, whole)
