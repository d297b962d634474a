"""The app, whose operator lets webhooks go to receivers on loopback, and a worker in a hurry."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from litestar.testing import TestClient

from service.app import create_app
from service.composition import Services
from service.programmes import Programmes
from service.settings import Settings
from service.store import keys
from service.store.database import Pool
from service.store.urls import Urls
from service.store.vault import Vault
from service.webhooks.schedule import Schedule
from service.webhooks.sending import Sender
from service.webhooks.worker import Worker
from tests.service.api.conftest import organisation
from tests.service.api.requests import Api

AT_ONCE = Schedule(pauses_s=(0.0, 0.05, 0.1, 0.8), in_order=3, jitter=0.2, retry_after_s_max=2.0)
TIMEOUT_S = 0.5


class AnyPort(frozenset[str]):
    """All of loopback, by a name that nobody else has: receivers take the port they get."""

    def __contains__(self, host: object) -> bool:
        return str(host).startswith("127.0.0.1:")


@pytest.fixture(scope="session")
def services(urls: Urls, pool: Pool) -> Iterator[Services]:
    given = (Path("/nowhere"), urls.app, urls.projector, None, Path("/nowhere/key"))
    settings = Settings(*given, webhook_hosts=AnyPort())
    vault = Vault(pool, keys.new_key())
    opened = Services(settings, urls, pool, vault, Programmes(), [])
    yield opened
    opened.runner.close()


@pytest.fixture(scope="session")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def api(services: Services, client: TestClient) -> Iterator[Api]:
    with organisation(services, client) as opened:
        yield opened


@pytest.fixture
def other(services: Services, client: TestClient) -> Iterator[Api]:
    with organisation(services, client) as opened:
        yield opened


@pytest.fixture
def worker(services: Services) -> Worker:
    sender = Sender(AnyPort(), timeout_s=TIMEOUT_S)
    return replace(services.webhooks, sender=sender, schedule=AT_ONCE)


@contextmanager
def working(worker: Worker) -> Generator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run_forever, args=[stop])
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
