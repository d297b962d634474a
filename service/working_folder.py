"""Where files are made on this machine: a folder for each work, which does not outlive it.

What it holds may be personal data, so a folder that a killed process left is removed by the next
one: who works in a folder has it locked, and a lock ends with its process.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "grantledger-work-"


@contextmanager
def working_folder() -> Generator[Path]:
    """A folder that only this user may enter, gone afterwards with all that is in it."""
    folder, lock = _made()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def remove_left_folders() -> None:
    """Those of processes that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            lock = os.open(folder, os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # another user's, or gone
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # somebody works in it, or nobody can say
            pass
        finally:
            os.close(lock)


def _made() -> tuple[Path, int]:
    """A new folder, locked. One that was removed before it was locked is made again."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            lock = os.open(folder, os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)
