"""A real server on the loopback over a real database, visitors of it, and a real browser."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from service.api.server import CONNECTIONS_MAX, LimitingServer
from service.app import create_app
from service.cli.serving import Listening, listen
from service.composition import Services
from service.identity import OWNER, create_tenant, create_user
from service.programmes import Programmes
from service.settings import Settings
from service.store import keys
from service.store.database import Pool
from service.store.urls import Urls
from service.store.vault import Vault
from service.tokens import create_token
from tests.end_to_end.running import SEED, SEED_PLUS, Imported, import_folder, imported
from tests.service.api.requests import Api
from tests.service.doors import Door, door_of
from tests.service.pages.visits import CHROMIUM, FLAGS, Visit

USER = "Jana Nováková"


@pytest.fixture(scope="session")
def services(urls: Urls, pool: Pool) -> Iterator[Services]:
    settings = Settings(Path("/nowhere"), urls.app, urls.projector, None, Path("/nowhere/key"))
    opened = Services(settings, urls, pool, Vault(pool, keys.new_key()), Programmes())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def server(services: Services) -> Iterator[str]:
    """The address of the application as `serve` runs it."""
    listener = listen(Listening("127.0.0.1", 8700))
    running = LimitingServer(create_app(services), CONNECTIONS_MAX)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join()


@pytest.fixture
def anonymous(server: str) -> Iterator[httpx.Client]:
    """Who has not signed in."""
    with httpx.Client(base_url=server) as client:
        yield client


@pytest.fixture(scope="session")
def visit_of(services: Services, server: str) -> Iterator[Callable[..., Visit]]:
    """Makes a signed-in visitor of a tenant."""
    opened: list[httpx.Client] = []

    def visit(tenant: UUID, *roles: str) -> Visit:
        user = create_user(services.pool, services.vault, tenant, USER, roles or [OWNER])
        token = create_token(services.pool, tenant, user, "tests", None)
        opened.append(httpx.Client(base_url=server))
        made = Visit(opened[-1], tenant, user, token)
        made.sign_in()
        return made

    yield visit
    for client in opened:
        client.close()


@pytest.fixture
def visit(services: Services, visit_of: Callable[..., Visit]) -> Visit:
    """The owner of an organisation without projects."""
    return visit_of(create_tenant(services.pool, services.vault))


@pytest.fixture
def door(services: Services) -> Door:
    """A user with a password, in one of several organisations."""
    create_tenant(services.pool, services.vault)
    return door_of(services.pool, services.vault, create_tenant(services.pool, services.vault))


@pytest.fixture
def api(visit: Visit, server: str) -> Iterator[Api]:
    """The API as the same owner uses it."""
    with httpx.Client(base_url=server) as client:
        yield Api(client, visit.tenant, visit.user, visit.token)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def seed(services: Services) -> Imported:
    """The seed project in a tenant of its own; tests only read it."""
    return imported(services, SEED)


@pytest.fixture(scope="session")
def of_seed(visit_of: Callable[..., Visit], seed: Imported) -> Visit:
    """The owner of the seed project's organisation."""
    return visit_of(seed.tenant)


@pytest.fixture(scope="session")
def of_two(services: Services, visit_of: Callable[..., Visit]) -> Visit:
    """The owner of an organisation with both seed projects; tests only read it."""
    both = imported(services, SEED)
    import_folder(services, both.tenant, SEED_PLUS)
    return visit_of(both.tenant)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; of a module, because its driver keeps an event loop of the thread."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium: run `apt-get install chromium`")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()
