"""A database of its own, so that views of other tests' logs are never built here."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from service.composition import Services
from service.identity import create_tenant
from tests.stress.homes import template_home
from tests.stress.killed_import import Uninterrupted
from tests.stress.running import services_of


@pytest.fixture(scope="module")
def services(
    server_url: tuple[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    with services_of(server_url, tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="package")
def template() -> Iterator[Path]:
    """A migrated home with its server stopped; copied for each kill."""
    with template_home() as home:
        yield home


@pytest.fixture
def fresh_tenant(services: Services) -> UUID:
    """A tenant with its keys and an empty log."""
    return create_tenant(services.pool, services.vault)


@pytest.fixture(scope="package")
def folders() -> dict[int, Uninterrupted]:
    """Folders and what their import gives when nothing is killed, by size; made once."""
    return {}
