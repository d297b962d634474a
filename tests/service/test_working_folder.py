"""The folder of a work is gone with it, also when its process was killed."""

import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from service.working_folder import remove_left_folders, working_folder

HELD = """
import sys
from service.working_folder import working_folder
with working_folder() as folder:
    (folder / "persons.csv").write_text("Planted")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_only_this_user_may_enter_it_and_it_goes_with_what_is_in_it() -> None:
    with working_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "persons.csv").write_text("Planted")
    assert not folder.exists()


def test_it_goes_with_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError), working_folder() as folder:
        raise ZeroDivisionError
    assert not folder.exists()


def test_what_a_killed_process_left_is_removed_and_what_is_worked_in_is_not(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HELD]
    with (
        working_folder() as ours,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        theirs = Path(process.stdout.readline().strip())
        assert theirs.parent == tmp_path
        remove_left_folders()
        assert (theirs / "persons.csv").exists(), "control: its process lives"
        process.kill()
        process.wait()
        assert theirs.exists()
        remove_left_folders()
        assert not theirs.exists()
        assert ours.exists()
