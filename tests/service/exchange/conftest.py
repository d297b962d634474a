"""A database of its own with both seed projects."""

from collections.abc import Iterator

import pytest

from service.composition import Services
from tests.end_to_end.conftest import services_of_a_fresh_database
from tests.end_to_end.running import SEED, SEED_PLUS, Imported, imported


@pytest.fixture(scope="session")
def services(
    server_url: tuple[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    with services_of_a_fresh_database(server_url, tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="session")
def seed(services: Services) -> Imported:
    """The first seed project; tests only read it."""
    return imported(services, SEED)


@pytest.fixture(scope="session")
def seed_plus(services: Services) -> Imported:
    """The second one."""
    return imported(services, SEED_PLUS)
