"""Homes with an embedded database of their own; the server runs as long as a test may need it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.store.embedded import Server
from tests.service.cli.running import SEED, SEED_PLUS, ran


@contextmanager
def served_home() -> Iterator[Path]:
    """A fresh home whose server is kept running, so that each command finds it."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-cli-"))
    folder.chmod(0o755)
    try:
        with Server(folder / "home"):
            yield folder / "home"
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def both_seeds() -> Iterator[Path]:
    """A home with both seed projects; tests only read it."""
    with served_home() as home:
        for folder in (SEED, SEED_PLUS):
            assert ran(home, "import", "project", str(folder)).code == 0
        yield home


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home."""
    with served_home() as made:
        yield made


@pytest.fixture(scope="module")
def one_seed() -> Iterator[Path]:
    """A home with the first seed project, shared by the tests of a module that change it."""
    with served_home() as made:
        assert ran(made, "import", "project", str(SEED)).code == 0
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first seed project's files, to be changed."""
    return shutil.copytree(SEED, tmp_path / "seed-project")
