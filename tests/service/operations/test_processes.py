"""Real servers that are killed or told to end while they work; the next one goes on.

A table that is locked holds a work where it is, so that nothing depends on how fast it goes.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from projections.runner import locked
from service.composition import Services
from service.identity import OWNER, create_user
from service.programmes import Programmes
from service.settings import Settings
from service.store import keys
from service.store.database import open_pool
from service.store.urls import Urls
from service.store.vault import Vault
from service.tokens import create_token
from service.webhooks.worker import LOCK as SENDING
from tests.database import migrated_database
from tests.end_to_end.running import SEED_PLUS, Imported, imported
from tests.service.api.servers import served

DROP = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'grantledger_app'"""
PATIENCE_S = 120.0  # of a machine that has much to do
EXPORT = {"as_of": "2024-12-31", "purpose": "hand in the files"}


@dataclass
class Place:
    """A database of its own with a project, and who may do everything there."""

    urls: Urls
    key: bytes
    project: str
    token: str

    @contextmanager
    def server(self) -> Iterator["Client"]:
        with served(self.urls, self.key) as (process, address):
            yield Client(process, address, self.token)

    def stored(self, operation: str) -> tuple[str, int]:
        """Its state and attempts, while nobody serves."""
        assert self.urls.admin is not None
        query = "SELECT state, attempts FROM ledger.operation WHERE operation_id = %s"
        with psycopg.connect(self.urls.admin) as admin:
            [found] = admin.execute(query, [operation.rpartition("/")[2]]).fetchall()
        return found

    def drop_connections(self) -> None:
        """As a database that is restarted does."""
        assert self.urls.admin is not None
        with psycopg.connect(self.urls.admin, autocommit=True) as admin:
            dropped = admin.execute(DROP).fetchall()
        assert dropped

    @contextmanager
    def held(self, table: str) -> Iterator[None]:
        """Whoever needs the table waits."""
        assert self.urls.admin is not None
        with psycopg.connect(self.urls.admin) as admin:
            admin.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
            yield


@dataclass
class Client:
    process: Any
    address: str
    token: str

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.address}{path}"
        return httpx.request(method, url, json=body, headers=headers, timeout=PATIENCE_S)

    def begin(self, path: str, body: Any) -> str:
        answer = self.ask("POST", path, body)
        assert answer.status_code == 202, answer.text
        return answer.headers["location"]

    def until(self, operation: str, *states: str) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S
        while True:
            found = self.ask("GET", operation).json()
            if found["status"] in states:
                return found
            assert time.monotonic() < until, found
            time.sleep(0.05)


@pytest.fixture(scope="module")
def place(server_url: tuple[str, dict[str, str]]) -> Iterator[Place]:
    with migrated_database(*server_url) as urls, open_pool(urls.app, 8) as pool:
        key = keys.new_key()
        settings = Settings(Path("/nowhere"), urls.app, urls.projector, None, Path("/nowhere/key"))
        services = Services(settings, urls, pool, Vault(pool, key), Programmes(), [])
        seed: Imported = imported(services, SEED_PLUS)
        owner = create_user(pool, services.vault, seed.tenant, "Planted-Owner", [OWNER])
        token = create_token(pool, seed.tenant, owner, "tests", None)
        services.close()
        yield Place(urls, key, str(seed.project), token)


def test_an_export_whose_server_is_killed_is_made_by_the_next_one(place: Place) -> None:
    path = f"/v1/projects/{place.project}/exports/is-esf"
    with place.held("vault.person_key"), place.server() as first:
        operation = first.begin(path, EXPORT)
        first.until(operation, "running")
        first.process.kill()
        first.process.wait()
    assert place.stored(operation) == ("running", 1)
    with place.server() as second:
        done = second.until(operation, "succeeded", "failed")
        assert (done["status"], done["attempts"], done["problem"]) == ("succeeded", 2, None)
        read = second.ask("GET", f"{path}?{httpx.QueryParams(EXPORT)}").json()
        hashes = [one["sha256"] for one in read["files"]]
        assert [one["sha256"] for one in done["result"]["files"]] == hashes
        assert second.ask("GET", done["files"][0]["href"]).status_code == 200


def test_a_server_that_is_told_to_end_gives_its_work_to_the_next_one(place: Place) -> None:
    path = f"/v1/projects/{place.project}/exports/is-esf"
    with place.server() as first:
        with place.held("vault.person_key"):
            operation = first.begin(path, EXPORT)
            first.until(operation, "running")
            until_it_sends(place, sends=True)
            first.process.send_signal(signal.SIGTERM)
            until_it_sends(place, sends=False)
            assert first.process.poll() is None, "it ends the step that it is at"
        assert first.process.wait(PATIENCE_S) == 0
    assert place.stored(operation) == ("pending", 0)
    with place.server() as second:
        done = second.until(operation, "succeeded", "failed")
        assert (done["status"], done["attempts"]) == ("succeeded", 1), "no attempt was lost"


def until_it_sends(place: Place, *, sends: bool) -> None:
    """The server's other works go on, or have been told to end: what sends webhooks has a lock."""
    until = time.monotonic() + PATIENCE_S
    with psycopg.connect(place.urls.app, autocommit=True) as connection:
        while time.monotonic() < until:
            with locked(connection, SENDING) as free:
                if free != sends:
                    return
            time.sleep(0.05)
    raise AssertionError("does not begin" if sends else "does not end")


@pytest.mark.long
def test_of_two_servers_one_does_it_once(place: Place) -> None:
    with place.server() as first, place.server() as second:
        operations = [first.begin("/v1/rebuilds", {"views": ["audit_trail"]}) for _ in range(4)]
        found = [second.until(one, "succeeded", "failed") for one in operations]
        assert [(one["status"], one["attempts"]) for one in found] == [("succeeded", 1)] * 4
        spans = sorted((one["started_at"], one["ended_at"]) for one in found)
        assert all(ended <= began for (_, ended), (began, _) in pairwise(spans))


@pytest.mark.long
def test_a_rebuild_is_cancelled_while_it_waits_for_another(place: Place) -> None:
    with place.server() as client:
        with place.held("views.generation"):
            operation = client.begin("/v1/rebuilds", {"views": ["audit_trail"]})
            client.until(operation, "running")
            assert client.ask("POST", f"{operation}/cancellation", {}).status_code == 202
        assert client.until(operation, "cancelled", "succeeded", "failed")["status"] == "cancelled"


@pytest.mark.long
def test_a_database_that_drops_its_connections_costs_an_attempt_and_no_more(place: Place) -> None:
    path = f"/v1/projects/{place.project}/exports/is-esf"
    with place.server() as client:
        with place.held("vault.person_key"):
            operation = client.begin(path, EXPORT)
            client.until(operation, "running")
            place.drop_connections()
        done = client.until(operation, "succeeded", "failed")
        assert (done["status"], done["attempts"]) == ("succeeded", 2)
