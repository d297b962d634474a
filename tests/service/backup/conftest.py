"""A home with the first seed project, and its backup with the vault."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from service.store.embedded import Server
from tests.service.cli.running import SEED, Ran, ran

PASSPHRASE = "čtyři slova dohromady dost"


class Source(NamedTuple):
    """The ledger that was backed up, and the file."""

    home: Path
    file: Path

    def backup(self, *arguments: str) -> Ran:
        return ran(self.home, "backup", *arguments, GRANTLEDGER_BACKUP_PASSPHRASE=PASSPHRASE)


@pytest.fixture(scope="session")
def source() -> Iterator[Source]:
    folder = Path(tempfile.mkdtemp(prefix="grantledger-backup-"))
    folder.chmod(0o755)
    try:
        found = Source(folder / "home", folder / "backup.tar")
        with Server(found.home):
            assert ran(found.home, "import", "project", str(SEED)).code == 0
            assert ran(found.home, "token", "create", "--name", "tests").code == 0
            assert found.backup(str(found.file)).code == 0
            yield found
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_home() -> Iterator[Callable[[], Path]]:
    """Names of homes that do not exist yet, in a folder that the server's account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-restore-"))
    folder.chmod(0o755)
    numbers = iter(range(1000))
    yield lambda: folder / str(next(numbers)) / "home"
    shutil.rmtree(folder)


def restore(home: Path, file: Path, *more: str, passphrase: str = PASSPHRASE) -> Ran:
    """`grantledger restore FILE`; no passphrase is given where it is empty."""
    return ran(home, "restore", str(file), *more, GRANTLEDGER_BACKUP_PASSPHRASE=passphrase)
