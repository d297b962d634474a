"""10,000 documents in one request: in bounded memory, and whole after the server was killed."""

import json
import time
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from service.identity import OWNER, create_tenant, create_user
from service.store import keys
from service.store.database import Pool, in_tenant
from service.store.log import Ledger
from service.store.urls import Urls
from service.store.vault import Vault
from service.tokens import create_token
from tests.logs import first_wrong, stored_rows
from tests.service.api.requests import ITEM, PROJECT, document
from tests.service.api.servers import served

pytestmark = pytest.mark.long
ITEMS, SUPPLIERS = 10_000, 300
MEMORY_BYTES_MAX = {"continue": 60_000_000, "atomic": 250_000_000}  # more than before the request
SECONDS_MAX = 120
DOCUMENTS = """SELECT count(*), count(DISTINCT stream_id) FROM ledger.event
    WHERE tenant_id = %s AND type = 'accounting-document.recorded.v1'"""


class Given(NamedTuple):
    """An organisation with an empty project, and who may record there."""

    urls: Urls
    key: bytes
    tenant: UUID
    headers: dict[str, str]


@pytest.fixture
def given(urls: Urls, pool: Pool) -> Given:
    key = keys.new_key()
    vault = Vault(pool, key)
    tenant = create_tenant(pool, vault)
    user = create_user(pool, vault, tenant, "Planted-Owner", [OWNER])
    token = create_token(pool, tenant, user, "tests", None)
    return Given(urls, key, tenant, {"Authorization": f"Bearer {token}"})


def project_at(address: str, given: Given) -> str:
    def post(path: str, body: Any) -> Any:
        return httpx.post(f"{address}{path}", json=body, headers=given.headers, timeout=30).json()

    project: str = post("/v1/projects", PROJECT)["id"]
    post(f"/v1/projects/{project}/budget/items", ITEM)
    return project


def lines(project: str, count: int) -> bytes:
    """Documents of 300 suppliers, paid; each a different number."""
    made = [
        document(
            project,
            reference=f"FP{number:05}",
            supplier_name=f"Planted-Supplier {number % SUPPLIERS}",
            supplier_ico=f"{number % SUPPLIERS + 1:08}",
            document_number=f"2026-{number}",
            paid_on="2026-04-10",
        )
        for number in range(count)
    ]
    return b"\n".join(json.dumps(one).encode() for one in made)


def peak_bytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def answers(address: str, given: Given, project: str, body: bytes, mode: str) -> Iterator[Any]:
    """The lines of the answer as they come."""
    path = f"{address}/v1/projects/{project}/documents/bulk?mode={mode}"
    more = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "k"}
    headers = given.headers | more
    with httpx.stream("POST", path, content=body, headers=headers, timeout=SECONDS_MAX) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            yield json.loads(line)


def check_whole(pool: Pool, given: Given, told: list[Any], count: int) -> None:
    """Every item is recorded once, and the log is in order."""
    assert [one["index"] for one in told] == list(range(count))
    assert {one["status"] for one in told} == {201}
    assert len({one["id"] for one in told}) == count
    assert in_tenant(pool, given.tenant, DOCUMENTS, [given.tenant]) == [(count, count)]
    rows = stored_rows(pool, given.tenant)
    assert first_wrong(given.tenant, rows) is None
    assert len(rows) == 3 + 3 * count  # the project, its number, an item; recorded, number, paid


@pytest.mark.parametrize("mode", ["continue", "atomic"])
def test_10_000_documents_are_recorded_in_bounded_memory(
    pool: Pool, given: Given, mode: str
) -> None:
    with served(given.urls, given.key) as (process, address):
        project = project_at(address, given)
        body, before = lines(project, ITEMS), peak_bytes(process.pid)
        began = time.perf_counter()
        told = list(answers(address, given, project, body, mode))
        seconds, more = time.perf_counter() - began, peak_bytes(process.pid) - before
        again = list(answers(address, given, project, body, mode))
    print(f"{mode}: {len(body)} bytes, {seconds:.1f} s, {more / 1e6:.0f} MB more")
    check_whole(pool, given, told, ITEMS)
    assert again == told
    assert more < MEMORY_BYTES_MAX[mode]
    assert seconds < SECONDS_MAX


def test_a_request_whose_client_has_gone_is_recorded_to_its_end(pool: Pool, given: Given) -> None:
    count = 2_000
    with served(given.urls, given.key) as (_, address):
        project = project_at(address, given)
        told = answers(address, given, project, lines(project, count), "continue")
        assert next(told)["status"] == 201
        assert isinstance(told, Generator)
        told.close()
        until = time.monotonic() + SECONDS_MAX
        while Ledger(pool, given.tenant).head() < 3 + 3 * count and time.monotonic() < until:
            time.sleep(0.1)
        assert Ledger(pool, given.tenant).head() == 3 + 3 * count


@pytest.mark.parametrize("lines_seen", [1, 400, 1500])
def test_a_killed_server_has_recorded_what_it_answered_and_goes_on(
    pool: Pool, given: Given, lines_seen: int
) -> None:
    count, seen = 2_000, list[Any]()
    with served(given.urls, given.key) as (process, address):
        project = project_at(address, given)
        body = lines(project, count)
        told = answers(address, given, project, body, "continue")
        seen += islice(told, lines_seen)
        process.kill()
        process.wait(10)
        with pytest.raises(httpx.TransportError):
            seen.extend(told)
    [(recorded, _)] = in_tenant(pool, given.tenant, DOCUMENTS, [given.tenant])
    assert lines_seen <= len(seen) <= recorded < count
    head = Ledger(pool, given.tenant).head()
    with served(given.urls, given.key) as (_, address):
        told = list(answers(address, given, project, body, "continue"))
    assert told[: len(seen)] == seen
    assert all(one["position"] <= head for one in told[:recorded])
    check_whole(pool, given, told, count)
