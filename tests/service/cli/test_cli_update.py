"""`import project --update`: rows of a later file are corrected and told, or refused."""

from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from tests.service.cli.running import head, ran
from tests.service.cli.test_cli_import import edited

UPDATE = ("--update", "--reason", "typing error in the file")


@pytest.mark.parametrize("given", [("--update",), ("--reason", "x"), ("--update", "--reason", " ")])
def test_update_and_reason_belong_together(
    one_seed: Path, folder: Path, given: tuple[str, ...]
) -> None:
    refused = ran(one_seed, "import", "project", str(folder), *given)
    assert refused.code == ExitCode.BAD_INPUT
    assert "--update and --reason" in refused.err


def test_a_changed_row_is_corrected_told_and_then_the_same(one_seed: Path, folder: Path) -> None:
    edited(folder, "sd1.csv", "Notebooky", "Notebooky a brašny")
    edited(folder, "participants.csv", "P00001,", "P00001,X")
    before = head(one_seed)
    tried = ran(one_seed, "import", "project", str(folder), *UPDATE, "--dry-run", "--json")
    assert (tried.code, tried.json["corrected"], head(one_seed)) == (ExitCode.OK, 2, before)
    shown = ran(one_seed, "import", "project", str(folder), *UPDATE, "--dry-run")
    assert "Notebooky a brašny" in shown.out.decode()
    assert "(personal)" in shown.out.decode()
    done = ran(one_seed, "import", "project", str(folder), *UPDATE, "--json")
    assert (done.code, done.json["recorded"], head(one_seed)) == (ExitCode.OK, True, before + 2)
    assert done.json["changed"] == tried.json["changed"]
    assert done.json["changed"] == [
        {
            "file": "participants.csv",
            "row": 2,
            "id": "P00001",
            "changes": [{"column": "first_name", "old": None, "new": None}],
        },
        {
            "file": "sd1.csv",
            "row": 2,
            "id": "FP00001",
            "changes": [{"column": "description", "old": "Notebooky", "new": "Notebooky a brašny"}],
        },
    ]
    again = ran(one_seed, "import", "project", str(folder), *UPDATE, "--json")
    assert (again.json["changed"], again.json["events"]) == ([], 0)


def test_what_a_claim_holds_is_refused_with_the_way_out(one_seed: Path, folder: Path) -> None:
    before = head(one_seed)
    edited(
        folder, "sd1.csv", "18071.90,3795.10,21867.00,,21867.00", "18071.90,0,18071.90,,18071.90"
    )
    refused = ran(one_seed, "import", "project", str(folder), *UPDATE, "--json")
    assert (refused.code, head(one_seed)) == (ExitCode.BAD_INPUT, before)
    [problem] = refused.json["problems"]
    assert (problem["file"], problem["row"]) == ("sd1.csv", 2)
    assert "claim 2 holds it" in problem["expected"]
    assert "difference" in problem["expected"]
