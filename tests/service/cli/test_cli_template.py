"""`template` and a workbook on the command line."""

from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from tests.service.cli.running import ran
from tests.service.intake.books import pages_of, write_by_xlsxwriter
from tests.service.intake.variants import SEED_PLUS


@pytest.mark.parametrize("name", ["new.xlsx", "new"])
def test_a_template_is_written_once(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    written = ran(tmp_path / "home", "template", str(target))
    assert (written.code, written.out.decode().strip()) == (ExitCode.OK, str(target))
    assert "EXAMPLE" in written.err
    assert not (tmp_path / "home").exists()
    before = target.stat().st_mtime_ns
    assert ran(tmp_path / "home", "template", str(target)).code == ExitCode.BAD_INPUT
    assert target.stat().st_mtime_ns == before


def test_an_untouched_template_is_refused(home: Path, tmp_path: Path) -> None:
    ran(home, "template", str(tmp_path / "new.xlsx"))
    refused = ran(home, "import", "project", str(tmp_path / "new.xlsx"), "--json")
    assert refused.code == ExitCode.BAD_INPUT
    assert not refused.json["recorded"]
    cells = {problem["cell"] for problem in refused.json["problems"]}
    assert {"project!B2", "sd1!A2"} <= cells


def test_a_workbook_is_imported_and_its_problems_name_cells(home: Path, tmp_path: Path) -> None:
    pages = pages_of(SEED_PLUS)
    pages.set("sd2", 3, "gross_wage", 30640.005)
    path = write_by_xlsxwriter(pages, tmp_path / "project.xlsx")
    refused = ran(home, "import", "project", str(path))
    assert refused.code == ExitCode.BAD_INPUT
    assert b"sd2!I3" in refused.out
    done = ran(home, "import", "project", str(path), "--skip-bad-rows", "--json")
    assert (done.code, done.json["refused"]) == (ExitCode.OK, 1)
