"""`import project`: what is printed, what is recorded, and how the command ends."""

from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from tests.service.cli.running import (
    NUMBER,
    SEED,
    SEEDS,
    expected_bytes,
    finished,
    head,
    ran,
    started,
)

ROWS = 2353


def edited(folder: Path, file: str, old: str, new: str) -> None:
    """Replaces a text that occurs once or more in a file."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("number", SEEDS)
def test_figures_are_written_as_expected_to_the_byte(both_seeds: Path, number: str) -> None:
    reported = ran(both_seeds, "report", "figures", "--project", number, "--json")

    assert reported.code == ExitCode.OK
    assert reported.out == expected_bytes(SEEDS[number])


def test_the_bytes_do_not_follow_the_locale(both_seeds: Path) -> None:
    arguments = ("report", "figures", "--project", NUMBER, "--json")
    process = started(both_seeds, *arguments, cwd=both_seeds.parent)

    assert finished(process).out == expected_bytes(SEED)


def test_an_import_counts_its_rows_and_shows_progress_beside_the_result(home: Path) -> None:
    done = ran(home, "import", "project", str(SEED), "--json")

    assert done.code == ExitCode.OK
    assert (done.json["new"], done.json["same"], done.json["refused"]) == (ROWS, 0, 0)
    assert done.json["recorded"]
    assert f"{ROWS}/{ROWS}" in done.err


def test_a_dry_run_changes_nothing(home: Path) -> None:
    tried = ran(home, "import", "project", str(SEED), "--dry-run", "--json")

    assert tried.code == ExitCode.OK
    assert (tried.json["new"], tried.json["recorded"]) == (ROWS, False)
    assert tried.json["project_id"] is None
    assert head(home) == 0
    assert ran(home, "report", "figures", "--project", NUMBER).code == ExitCode.UNKNOWN


def test_the_same_files_again_are_skipped(one_seed: Path) -> None:
    before = head(one_seed)

    again = ran(one_seed, "import", "project", str(SEED), "--json")

    assert again.code == ExitCode.OK
    assert (again.json["new"], again.json["same"]) == (0, ROWS)
    assert head(one_seed) == before


def test_a_changed_row_stops_the_import_and_is_listed(one_seed: Path, folder: Path) -> None:
    before = head(one_seed)
    edited(folder, "sd1.csv", "Notebooky", "Notebooky a brašny")

    stopped = ran(one_seed, "import", "project", str(folder), "--json")
    shown = ran(one_seed, "import", "project", str(folder))

    assert stopped.code == shown.code == ExitCode.CHANGED
    assert stopped.json["changed"] == [{"file": "sd1.csv", "id": "FP00001", "row": 2}]
    assert b"FP00001" in shown.out
    assert head(one_seed) == before


def test_a_row_that_is_gone_is_reported_and_stays(one_seed: Path, folder: Path) -> None:
    lines = (folder / "helpdesk-contacts.csv").read_text(encoding="utf-8").splitlines(True)
    (folder / "helpdesk-contacts.csv").write_text("".join(lines[:-1]), encoding="utf-8")

    done = ran(one_seed, "import", "project", str(folder), "--json")

    assert done.code == ExitCode.OK
    assert [one["file"] for one in done.json["missing"]] == ["helpdesk-contacts.csv"]
    reported = ran(one_seed, "report", "figures", "--project", NUMBER, "--json")
    assert reported.out == expected_bytes(SEED)


def test_a_bad_row_is_shown_and_nothing_is_recorded(home: Path, folder: Path) -> None:
    edited(folder, "questionnaires.csv", "Q0001,", "Q0001,A999")

    refused = ran(home, "import", "project", str(folder))

    assert refused.code == ExitCode.BAD_INPUT
    assert b"questionnaires.csv" in refused.out
    assert head(home) == 0


def test_the_good_rows_are_recorded_when_asked_for(home: Path, folder: Path) -> None:
    edited(folder, "questionnaires.csv", "Q0001,", "Q0001,A999")

    done = ran(home, "import", "project", str(folder), "--skip-bad-rows", "--json")

    assert done.code == ExitCode.OK
    assert (done.json["new"], done.json["refused"]) == (ROWS - 1, 1)
    assert [one["file"] for one in done.json["problems"]] == ["questionnaires.csv"]


def test_another_encoding_is_named_by_the_report(home: Path, folder: Path) -> None:
    path = folder / "budget.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("windows-1250"))

    refused = ran(home, "import", "project", str(folder), "--json")
    accepted = ran(
        home, "import", "project", str(folder), "--encoding", "windows-1250", "--dry-run"
    )

    assert refused.code == ExitCode.BAD_INPUT
    assert "--encoding" in str(refused.json["problems"])
    assert accepted.code == ExitCode.OK


def test_a_folder_without_the_files_is_bad_input(home: Path, tmp_path: Path) -> None:
    assert ran(home, "import", "project", str(tmp_path)).code == ExitCode.BAD_INPUT
    assert ran(home, "import", "project", str(tmp_path / "none")).code == ExitCode.BAD_INPUT
