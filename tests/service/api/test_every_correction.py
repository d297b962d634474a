"""Every kind of fact is corrected and cancelled over HTTP as on the command line.

Two organisations record the same; one corrects by HTTP, the other by `grantledger correct` and
`cancel`. What their logs hold afterwards differs in ids only, and what is refused is refused alike.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from httpx import Response
from litestar.testing import TestClient
from structlog.testing import capture_logs

from service.api.record_rights import OF_DOCUMENT, RECORDED_WITH
from service.app import create_app
from service.composition import Services, open_services
from service.identity import create_tenant
from service.settings import Settings
from service.store.database import in_tenant
from service.tokens import create_token
from tests.database import migrated_database
from tests.service.api.every_fact import (
    CHANGES,
    FROZEN,
    OTHER_DAY,
    Facts,
    Recorded,
    correctable,
    every_fact,
)
from tests.service.api.every_write import OTHER_PERSON
from tests.service.api.requests import (
    PARTICIPANT,
    PLANTED,
    PROJECT,
    WORK,
    Api,
    document,
    problem_of,
)
from tests.service.cli.running import Ran, ran

REASON = "Misread"
DAY = "2026-11-30"
EVENTS = """SELECT type, convert_from(data, 'UTF8') FROM ledger.event
    WHERE tenant_id = %(tenant)s ORDER BY position"""
HASHES = """SELECT DISTINCT (regexp_matches(convert_from(data, 'UTF8'),
    '"sha256":"([0-9a-f]{64})"', 'g'))[1] FROM ledger.event WHERE tenant_id = %(tenant)s"""
ID = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NEW_NAMES = {
    str(value)
    for changes in CHANGES.values()
    for change in changes
    for value in change.values()
    if str(value).startswith("Planted")
}
Events = list[tuple[str, str]]


class Twins(NamedTuple):
    """The services, and the organisation of each way with its facts."""

    services: Services
    home: Path
    http: Api
    of_http: Facts
    cli: Api
    of_cli: Facts

    def run(self, command: str, *arguments: str) -> Ran:
        """The command line, for the second organisation."""
        urls, settings = self.services.urls, self.services.settings
        return ran(
            self.home,
            command,
            *arguments,
            *("--project", PROJECT["registration_number"]),
            *("--reason", REASON, "--json", "--tenant", str(self.cli.tenant)),
            GRANTLEDGER_DATABASE_URL=urls.app,
            GRANTLEDGER_PROJECTOR_URL=urls.projector,
            GRANTLEDGER_KEY_FILE=str(settings.key_file),
        )


@pytest.fixture(scope="module")
def twins(
    server_url: tuple[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Twins]:
    home = tmp_path_factory.mktemp("twins")
    with (
        migrated_database(*server_url) as urls,
        open_services(Settings(home, urls.app, urls.projector, None, home / "key")) as services,
        TestClient(create_app(services), raise_server_exceptions=False) as client,
    ):
        http, cli = (_organisation(services, client) for _ in range(2))
        yield Twins(services, home, http, every_fact(http), cli, every_fact(cli))


def _organisation(services: Services, client: TestClient) -> Api:
    tenant = create_tenant(services.pool, services.vault)
    user = services.login_user(tenant)
    return Api(client, tenant, user, create_token(services.pool, tenant, user, "tests", None))


def events(services: Services, tenant: UUID) -> Events:
    """The log of an organisation, with its ids and hashes numbered as they come."""
    numbers: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"#{len(numbers)}")

    rows = in_tenant(services.pool, tenant, EVENTS, {"tenant": tenant})
    return [(name, ID.sub(numbered, data)) for name, data in rows]


def both(twins: Twins) -> tuple[Events, Events]:
    return events(twins.services, twins.http.tenant), events(twins.services, twins.cli.tenant)


def by_http(twins: Twins, command: str, fact: Recorded, body: dict[str, Any]) -> Response:
    """The request, after it was refused for each thing that it must say and does not."""
    path = f"/v1/records/{fact.record}/{command}s"
    version = {} if fact.version is None else {"version": fact.version}
    body = {**version, "reason": REASON, "on": DAY, **body}
    silent = {name: value for name, value in body.items() if name != "reason"}
    for wrong in (silent, silent | {"reason": ""}, silent | {"reason": " "}):
        refused = twins.http.post(path, wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/reason")
    assert problem_of(twins.http.post(path, body, match=None)) == "precondition-required"
    stale = twins.http.post(path, body, match='"99"')
    assert problem_of(stale) == "stale-version"
    return twins.http.post(path, body, match=stale.headers["etag"])


def by_cli(twins: Twins, command: str, fact: Recorded, changes: dict[str, Any]) -> Ran:
    version = () if fact.version is None else ("--version", str(fact.version))
    of_fact = (fact.record, *version, "--on", DAY)
    sets: list[str] = []
    for name, value in changes.items():
        sets += ["--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    return twins.run({"correction": "correct", "cancellation": "cancel"}[command], *of_fact, *sets)


def uncovered(names: Iterable[str]) -> set[str]:
    """Facts that nothing here corrects, or that no permission lets anybody correct."""
    return {
        name
        for name in names
        if name not in CHANGES.keys() | FROZEN
        or name not in RECORDED_WITH.keys() | set(OF_DOCUMENT)
    }


def order_of(facts: Facts) -> list[tuple[str, str, dict[str, Any]]]:
    """Every correction, then every cancellation, what rests on others first."""
    corrections = [(name, "correction", one) for name in facts.free for one in CHANGES[name]]
    return corrections + [(name, "cancellation", {}) for name in reversed(facts.free)]


def names_in(logged: object) -> list[str]:
    return [name for name in PLANTED if name in str(logged)]


def sealed_in(twins: Twins, api: Api) -> set[str]:
    """Every value of a person that an event of the organisation names."""
    found = in_tenant(twins.services.pool, api.tenant, HASHES, {"tenant": api.tenant})
    hashes = {bytes.fromhex(one) for (one,) in found}
    read = twins.services.vault.unseal(api.tenant, hashes, actor="system:test", purpose="test")
    return {str(value) for fields in read.values() for value in fields.values()}


def test_no_fact_is_without_a_correction() -> None:
    assert uncovered(correctable()) == set()
    assert len(correctable()) > 20
    assert uncovered({*correctable(), "activity.filmed.v1"}) == {"activity.filmed.v1"}, "control"


def test_http_and_the_command_line_record_the_same(twins: Twins) -> None:
    before = both(twins)
    assert before[0] == before[1]
    with capture_logs() as logs:
        answers = [
            by_http(
                twins, command, twins.of_http.free[name], {"changes": changes} if changes else {}
            )
            for name, command, changes in order_of(twins.of_http)
        ]
    by_one = both(twins)
    assert len(by_one[0]) > len(before[0]) + len(correctable()), "control: they are not equal"
    runs = [
        by_cli(twins, command, twins.of_cli.free[name], changes)
        for name, command, changes in order_of(twins.of_cli)
    ]
    for (name, command, _), answer, run in zip(order_of(twins.of_http), answers, runs, strict=True):
        is_kept = (name, command) == ("project.registered.v1", "cancellation")
        assert (answer.status_code, run.code) == ((409, 2) if is_kept else (201, 0)), (
            name,
            run.err,
        )
        if is_kept:
            assert answer.json()["detail"] in run.err
    after = both(twins)
    assert after[0] == after[1]
    assert names_in([after, logs, [answer.text for answer in answers], runs]) == []
    assert len(NEW_NAMES) == 5
    for api in (twins.http, twins.cli):
        assert sealed_in(twins, api) >= NEW_NAMES, "control: there were names to be found"


@pytest.mark.parametrize(
    ("command", "what", "changes"),
    [
        ("correction", "payment", OTHER_DAY),
        ("cancellation", "payment", {}),
        ("correction", "claimed", OTHER_DAY),
        ("cancellation", "claimed", {}),
        ("correction", "document", {"allocations": []}),
        ("correction", "claim", {"lines": []}),
        ("cancellation", "claim", {}),
    ],
)
def test_what_a_submitted_claim_holds_is_refused_alike(
    twins: Twins, command: str, what: str, changes: dict[str, Any]
) -> None:
    def fact(of: Facts) -> Recorded:
        version = {"document": 1, "payment": 2, "claimed": 3, "claim": 1}[what]
        return Recorded(of.claim if what == "claim" else of.held, version)

    before = both(twins)
    body = {"changes": changes} if changes else {}
    answer = by_http(twins, command, fact(twins.of_http), body)
    run = by_cli(twins, command, fact(twins.of_cli), changes)
    assert (answer.status_code, problem_of(answer), run.code) == (409, "held-by-claim", 2)
    assert answer.json()["detail"] in run.err
    assert both(twins) == before


@pytest.mark.parametrize("path", ["documents", "participants", "work-records"])
def test_a_whole_record_is_cancelled_alike(twins: Twins, path: str) -> None:
    bodies = {
        "documents": lambda project: document(project, reference="FP3", document_number="3"),
        "participants": lambda _: PARTICIPANT | OTHER_PERSON | {"reference": "P3"},
        "work-records": lambda _: WORK | {"month": "2026-05-01", "signed_on": "2026-05-31"},
    }

    def made(api: Api, of: Facts) -> Recorded:
        at = f"/v1/projects/{of.project}/{path}"
        return Recorded(api.record(at, bodies[path](of.project)), None)

    ours, theirs = made(twins.http, twins.of_http), made(twins.cli, twins.of_cli)
    before = both(twins)
    assert before[0] == before[1]
    assert by_http(twins, "cancellation", ours, {}).status_code == 201
    assert by_cli(twins, "cancellation", theirs, {}).code == 0
    after = both(twins)
    assert after[0] == after[1]
    taken_back = [name for name, _ in after[0][len(before[0]) :]]
    assert taken_back.count("fact.cancelled.v1") > (path != "documents")
