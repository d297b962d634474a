"""A database of its own for the projections: a rebuild goes through all tenants there are."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection

from service.store.database import Pool, open_pool
from service.store.urls import Urls
from tests.database import migrated_database

CONNECTIONS_MAX = 8


@pytest.fixture(scope="session")
def urls(server_url: tuple[str, dict[str, str]]) -> Iterator[Urls]:
    with migrated_database(*server_url) as found:
        yield found


@pytest.fixture(scope="session")
def pool(urls: Urls) -> Iterator[Pool]:
    with open_pool(urls.app, CONNECTIONS_MAX) as opened:
        yield opened


@pytest.fixture
def projector(urls: Urls) -> Iterator[Connection]:
    """A connection of the projector, who owns the views."""
    with psycopg.connect(urls.projector, autocommit=True) as connection:
        yield connection
