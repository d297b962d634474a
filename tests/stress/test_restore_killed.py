"""A restore that is killed leaves nothing that is taken for a ledger, and may be run again."""

import json
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from service.store.embedded import Server
from service.store.embedded_files import RESTORING
from tests.end_to_end.running import SEED
from tests.stress.homes import grantledger, started

NUMBER = "CZ.03.2.63/0.0/0.0/15_023/0000850"
# When it is killed: as soon as this is in the home, and then up to so many seconds later.
MOMENTS = [
    pytest.param("key", 0.0, id="before-the-commit"),
    pytest.param(RESTORING, 0.0, id="at-the-beginning"),
    pytest.param("data.new", 0.0, id="while-the-cluster-is-made"),
    pytest.param("data", 0.3, id="while-the-server-starts"),
    *(pytest.param(RESTORING, 6.0, id=f"some-time-{number}") for number in range(3)),
]


@dataclass(frozen=True)
class Backup:
    """A backup of a seed project, and what its ledger says."""

    folder: Path
    file: Path
    figures: str

    @property
    def passphrase(self) -> tuple[str, str]:
        return "--passphrase-file", str(self.folder / "passphrase")


@pytest.fixture(scope="module")
def backup() -> Iterator[Backup]:
    folder = Path(tempfile.mkdtemp(prefix="grantledger-killed-"))
    folder.chmod(0o755)
    home, file = folder / "source", folder / "backup.tar"
    (folder / "passphrase").write_text("several words in a row")
    with Server(home):
        assert grantledger(home, "import", "project", str(SEED)).returncode == 0
        figures = grantledger(home, "report", "figures", "--project", NUMBER, "--json")
        made = Backup(folder, file, figures.stdout)
        assert grantledger(home, "backup", str(file), *made.passphrase).returncode == 0
    yield made
    shutil.rmtree(folder)


def killed_restore(home: Path, backup: Backup, sign: str, pause_s: float) -> None:
    arguments = ("restore", str(backup.file), *backup.passphrase)
    with started(home, "service", *arguments) as process:
        while process.poll() is None and not (home / sign).exists():
            time.sleep(0.002)
        time.sleep(random.uniform(0, pause_s))
        process.kill()


@pytest.mark.long
@pytest.mark.parametrize(("sign", "pause_s"), MOMENTS)
def test_a_killed_restore_is_told_and_done_again(
    backup: Backup, tmp_path: Path, sign: str, pause_s: float
) -> None:
    home = backup.folder / tmp_path.name / "home"
    killed_restore(home, backup, sign, pause_s)
    with Server(home):  # what the killed process started is stopped in the end
        if (home / RESTORING).exists():
            refused = grantledger(home, "status")
            assert refused.returncode == ExitCode.NOT_READY
            assert "a restore into" in refused.stderr
            assert "was cut off before its end: run it again" in refused.stderr
        else:
            assert sign == RESTORING, "the mark goes when all is there"

        again = grantledger(home, "restore", str(backup.file), *backup.passphrase, "--json")

        assert again.returncode == ExitCode.OK, again.stderr
        assert json.loads(again.stdout)["vault_open"] is True
        figures = grantledger(home, "report", "figures", "--project", NUMBER, "--json")
        assert figures.stdout == backup.figures
    assert not (home / RESTORING).exists()
    shutil.rmtree(home.parent)
