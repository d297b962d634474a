"""The application over a real database, and clients of two organisations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from litestar.testing import TestClient

from service.app import create_app
from service.composition import Services
from service.identity import OWNER, create_tenant, create_user
from service.programmes import Programmes
from service.settings import Settings
from service.store import keys
from service.store.database import Pool
from service.store.urls import Urls
from service.store.vault import Vault
from service.tokens import create_token
from tests.service.api.every_write import Writes, writes
from tests.service.api.made_trail import Made, record_all
from tests.service.api.requests import Api

USER, COLLEAGUE = "Jana Nováková", "Petr Kolega"


@pytest.fixture(scope="session")
def services(urls: Urls, pool: Pool) -> Iterator[Services]:
    settings = Settings(Path("/nowhere"), urls.app, urls.projector, None, Path("/nowhere/key"))
    vault = Vault(pool, keys.new_key())
    opened = Services(settings, urls, pool, vault, Programmes(), ["a warning"])
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), raise_server_exceptions=False) as opened:
        yield opened


@contextmanager
def organisation(services: Services, client: TestClient) -> Iterator[Api]:
    tenant = create_tenant(services.pool, services.vault)
    user = create_user(services.pool, services.vault, tenant, USER, [OWNER])
    yield Api(client, tenant, user, token_of(services, tenant, user))


def token_of(services: Services, tenant: UUID, user: UUID) -> str:
    return create_token(services.pool, tenant, user, "tests", None)


@pytest.fixture
def api(services: Services, client: TestClient) -> Iterator[Api]:
    with organisation(services, client) as opened:
        yield opened


@pytest.fixture
def asked(api: Api) -> Iterator[Writes]:
    """A request for every write; its webhook endpoints are gone before other tests send events."""
    yield writes(api)
    path = "/v1/webhook-endpoints"
    for one in api.read(path)["items"]:
        api.post(f"{path}/{one['id']}/removal", {})


@pytest.fixture
def other(services: Services, client: TestClient) -> Iterator[Api]:
    with organisation(services, client) as opened:
        yield opened


@pytest.fixture(scope="session")
def made(services: Services, client: TestClient) -> Iterator[Made]:
    """A project with every kind of record, and its trail up to where it was made."""
    with organisation(services, client) as api:
        user = create_user(services.pool, services.vault, api.tenant, COLLEAGUE, [OWNER])
        colleague = Api(client, api.tenant, user, token_of(services, api.tenant, user))
        project = record_all(api, colleague)
        api.read(f"/v1/projects/{project}/audit-trail")  # the views are up to date
        head = services.ledger(api.tenant).head()
        yield Made(services, api, colleague, UUID(project), head)
