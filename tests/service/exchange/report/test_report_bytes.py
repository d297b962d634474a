"""The same day, position and rules give the same bytes, in any time zone and locale."""

import os
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.running import Imported
from tests.service.exchange.report.made import Made

PLACES = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "America/Los_Angeles", "LC_ALL": "cs_CZ.UTF-8", "PYTHONHASHSEED": "7"},
)


def test_reports_made_elsewhere_are_the_same(
    seed: Imported, seed_plus: Imported, all_made: dict[str, Made], tmp_path: Path
) -> None:
    urls = seed.services.urls
    ids = [str(one) for p in (seed, seed_plus) for one in (p.tenant, p.project)]
    running: list[subprocess.Popen[bytes]] = []
    for place in PLACES:
        folder = tmp_path / place["PYTHONHASHSEED"]
        folder.mkdir()
        module = [sys.executable, "-m", "tests.service.exchange.report.made"]
        command = [*module, str(folder), urls.app, urls.projector, *ids]
        running.append(subprocess.Popen(command, env={**os.environ, **place}))
    assert [one.wait(timeout=120) for one in running] == [0, 0]

    here = {made.path.name: made.path.read_bytes() for made in all_made.values()}
    assert len(here) == 4
    assert len(set(here.values())) == 4, "control: reports differ"
    for place in PLACES:
        folder = tmp_path / place["PYTHONHASHSEED"]
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == here
