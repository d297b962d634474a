"""Where an operation works on this machine: a folder of its own that does not outlive it.

What it holds may be personal data, so a folder that a killed process left is removed by the next
one: each holds a locked file, and a lock ends with its process.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "grantledger-operation-"
LOCK = "lock"


@contextmanager
def working_folder() -> Generator[Path]:
    """A folder that only this user may enter, gone afterwards with all that is in it."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        work = Path(name) / "work"
        with (Path(name) / LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            work.mkdir()
            yield work


def remove_left_folders() -> None:
    """Those of processes that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            with (folder / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # in use, being made, or another user's
