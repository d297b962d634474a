"""A database of its own with everything the program runs on, and the two seed projects in it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from litestar.testing import TestClient

from service.app import create_app
from service.composition import Services
from service.programmes import Programmes
from service.settings import Settings
from service.store import keys
from service.store.database import open_pool
from service.store.vault import Vault
from tests.database import migrated_database
from tests.end_to_end.running import SEED, SEED_PLUS, Imported, imported

CONNECTIONS_MAX = 8


@contextmanager
def services_of_a_fresh_database(
    server_url: tuple[str, dict[str, str]], home: Path
) -> Generator[Services]:
    """Everything as `open_services` builds it, over a fresh database of the tests' server."""
    settings = Settings.from_environment({"GRANTLEDGER_HOME": str(home)})
    with (
        migrated_database(*server_url) as urls,
        open_pool(urls.app, CONNECTIONS_MAX) as pool,
    ):
        vault = Vault(pool, keys.new_key())
        opened = Services(settings, urls, pool, vault, Programmes())
        try:
            yield opened
        finally:
            opened.close()


@pytest.fixture(scope="session")
def services(
    server_url: tuple[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """The database that most end-to-end tests share, each with tenants of its own."""
    with services_of_a_fresh_database(server_url, tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="session")
def client(services: Services) -> Iterator[TestClient]:
    """The HTTP application over them."""
    with TestClient(create_app(services)) as opened:
        yield opened


@pytest.fixture(scope="session")
def seed(services: Services) -> Imported:
    """The seed project, imported into a tenant of its own; tests only read it."""
    return imported(services, SEED)


@pytest.fixture(scope="session")
def seed_plus(services: Services) -> Imported:
    """The second seed project, imported into a tenant of its own; tests only read it."""
    return imported(services, SEED_PLUS)
