"""A home with the first seed project, and its backup with the vault."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from service.sessions import begin_session
from service.store.database import open_pool
from service.store.embedded import Server
from service.tokens import authenticate
from tests.service.backup.waiting_work import order_two
from tests.service.cli.running import SEED, Ran, ran

PASSPHRASE = "čtyři slova dohromady dost"


class Source(NamedTuple):
    """The ledger that was backed up, the file, and a token and a session of then.

    `waiting`: an operation that was accepted and not done.
    """

    home: Path
    file: Path
    token: str
    session: str
    waiting: UUID

    def backup(self, *arguments: str) -> Ran:
        return ran(self.home, "backup", *arguments, GRANTLEDGER_BACKUP_PASSPHRASE=PASSPHRASE)


@pytest.fixture(scope="session")
def source() -> Iterator[Source]:
    folder = Path(tempfile.mkdtemp(prefix="grantledger-backup-"))
    folder.chmod(0o755)
    try:
        home = folder / "home"
        with Server(home) as server:
            assert ran(home, "import", "project", str(SEED)).code == 0
            token = ran(home, "token", "create", "--name", "tests").out.decode().strip()
            session, waiting = signed_in(server, token), order_two(home, folder)
            found = Source(home, folder / "backup.tar", token, session, waiting)
            assert found.backup(str(found.file)).code == 0
            yield found
    finally:
        shutil.rmtree(folder)


def signed_in(server: Server, token: str) -> str:
    """A session that the token began."""
    with open_pool(server.url("grantledger_app"), 1) as pool:
        identity = authenticate(pool, token)
        assert identity is not None
        return begin_session(pool, identity, token)


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
