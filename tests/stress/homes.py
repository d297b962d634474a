"""Homes with an embedded server, and processes that work in them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from service.composition import open_services
from service.settings import Settings
from service.store.embedded import Server

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def template_home() -> Generator[Path]:
    """A home with a migrated database and its tenant, the server stopped: to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-stress-"))
    folder.chmod(0o755)
    try:
        with open_services(settings_of(folder / "template")):
            pass
        yield folder / "template"
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def copied_home(template: Path, name: str) -> Generator[Path]:
    """A home of its own, as the template was left; owners are kept."""
    home = template.with_name(name)
    subprocess.run(["cp", "-a", str(template), str(home)], check=True)
    try:
        yield home
    finally:
        shutil.rmtree(home)


def settings_of(home: Path) -> Settings:
    """The settings of a home with its embedded server, whatever the environment says."""
    return Settings.from_environment({"GRANTLEDGER_HOME": str(home)})


def environment(home: Path) -> dict[str, str]:
    """The environment of a process that works in the home."""
    kept = {name: value for name, value in os.environ.items() if "GRANTLEDGER" not in name}
    return {**kept, "GRANTLEDGER_HOME": str(home), "PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def started(home: Path, module: str, *arguments: str) -> Generator[subprocess.Popen[str]]:
    """A Python module running in the home, its standard output to be read; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def grantledger(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
    )


def postmaster(home: Path) -> int:
    """The first process of the home's server."""
    return int((home / "data/postmaster.pid").read_text().split()[0])


def kill_server(home: Path) -> None:
    """Every process of the server, the first one first, so that it starts no other."""
    first = postmaster(home)
    processes = [first, *(pid for pid in Server(home).processes() if pid != first)]
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):  # ended with the first
            os.kill(pid, signal.SIGKILL)
