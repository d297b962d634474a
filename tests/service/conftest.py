"""A vault with its own root key, and a tenant whose key it opens."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from service.identity import create_tenant
from service.store import keys
from service.store.database import Pool
from service.store.urls import Urls
from service.store.vault import Vault


@pytest.fixture
def root_key() -> bytes:
    return keys.new_key()


@pytest.fixture
def vault(pool: Pool, root_key: bytes) -> Vault:
    return Vault(pool, root_key)


@pytest.fixture
def keyed_tenant(pool: Pool, vault: Vault) -> UUID:
    """A tenant whose key the vault's root key opens."""
    return create_tenant(pool, vault)


@pytest.fixture
def admin(urls: Urls) -> Iterator[Connection]:
    """Past row-level security: what somebody with the database's files could do."""
    assert urls.admin is not None
    with psycopg.connect(urls.admin, autocommit=True) as connection:
        yield connection
