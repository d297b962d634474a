"""Exports that are ordered: the same bytes as those that are read, of the moment of the order."""

from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient
from psycopg import Connection

from service.composition import Services
from service.exchange import export as export_module
from service.importing.import_run import ImportRun
from service.operations import running as running_module
from service.store.database import in_tenant, transaction_of
from tests.end_to_end.running import SEED_PLUS, Imported, imported
from tests.service.api.people import token_with, user_with
from tests.service.api.requests import Api, problem_of
from tests.service.operations.conftest import Stage

PURPOSE = "hand in the files"
AT = {"as_of": "2024-12-31"}
READS = "SELECT persons FROM vault.read_log WHERE purpose = %(purpose)s AND actor = %(actor)s"


@pytest.fixture(scope="module")
def seed_plus(services: Services) -> Imported:
    return imported(services, SEED_PLUS)


@pytest.fixture
def stage(services: Services, client: TestClient, seed_plus: Imported) -> Stage:
    owner = user_with(services, client, seed_plus.tenant, "owner")
    return Stage.of(services, owner)


@pytest.fixture
def path(seed_plus: Imported) -> str:
    return f"/v1/projects/{seed_plus.project}/exports"


def made(stage: Stage, path: str, body: dict[str, Any], api: Api | None = None) -> dict[str, Any]:
    """The operation of an export that was ordered and made."""
    operation = (api or stage.api).begin(path, body)
    assert stage.work()
    return (api or stage.api).read(f"/v1/operations/{operation}")


@pytest.mark.parametrize("kind", ["workbook", "report", "sd2", "is-esf"])
def test_it_is_the_export_that_is_read_to_the_byte(stage: Stage, path: str, kind: str) -> None:
    more = {"purpose": PURPOSE} if kind == "is-esf" else {}
    found = made(stage, f"{path}/{kind}", {**AT, **more})
    assert (found["kind"], found["status"], found["problem"]) == ("export", "succeeded", None)
    read = stage.api.read(f"{path}/{kind}", **AT, **more)
    result = found["result"]
    assert {**result, "files": None} == {**read, "files": None}
    described = [(one["name"], one["sha256"], one["rows"]) for one in result["files"]]
    assert described == [(one["name"], one["sha256"], one["rows"]) for one in read["files"]]
    hrefs = {one["href"] for one in result["files"]}
    assert hrefs == {one["href"] for one in found["files"]}
    for one in result["files"]:
        got = stage.api.get(one["href"])
        assert sha256(got.content).hexdigest() == one["sha256"]
        assert got.headers["content-type"] == one["media_type"]
        assert int(got.headers["content-length"]) == len(got.content) == one["size"]


def test_it_is_of_the_moment_when_it_was_ordered(stage: Stage, path: str) -> None:
    before = stage.services.ledger(stage.api.tenant).head()
    operation = stage.api.begin(f"{path}/workbook", {})
    rate = {"date": "2026-03-02", "currency": "EUR", "amount_unit": 1, "rate": "25.1"}
    stage.api.record("/v1/exchange-rates", rate | {"kind": f"K{stage.api.user.hex[:8]}"})
    assert stage.services.ledger(stage.api.tenant).head() > before
    assert stage.work()
    found = stage.api.read(f"/v1/operations/{operation}")
    assert found["order"]["known_at"] == found["result"]["known_at"] == before


@pytest.mark.parametrize(
    ("kind", "body", "problem", "named"),
    [
        ("nonsense", {}, "not-found", None),
        ("is-esf", {}, "invalid-value", "/purpose"),
        ("is-esf", {"purpose": "why not", "claim": 2}, "invalid-value", "/claim"),
        ("sd2", {"format": "ms2014"}, "invalid-value", "/format"),
        ("sd2", {"known_at": "soon"}, "invalid-value", "/known_at"),
        ("workbook", {"language": "de"}, "invalid-value", "/language"),
        ("workbook", {"as-of": "2020-01-01"}, "invalid-value", "/as-of"),
    ],
)
def test_what_no_export_takes_is_refused_at_once(
    stage: Stage, path: str, kind: str, body: dict[str, Any], problem: str, named: str | None
) -> None:
    refused = stage.api.post(f"{path}/{kind}", body)
    assert problem_of(refused) == problem
    assert [error["pointer"] for error in refused.json()["errors"]] == ([named] if named else [])
    assert not stage.work(), "nothing was stored"


def test_what_only_the_making_shows_is_the_problem_of_the_operation(
    stage: Stage, path: str
) -> None:
    found = made(stage, f"{path}/sd2", {"claim": 99})
    assert (found["status"], found["result"]) == ("failed", None)
    assert found["problem"]["type"] == "urn:grantledger:problem:not-found"
    assert found["files"] == []


def test_a_file_of_persons_is_for_who_ordered_it_and_each_download_is_logged(
    stage: Stage, client: TestClient, path: str, seed_plus: Imported
) -> None:
    purpose = f"only for {stage.api.user}"
    found = made(stage, f"{path}/is-esf", {"purpose": purpose})
    href = found["files"][0]["href"]
    values = {"purpose": purpose, "actor": str(stage.api.user)}

    def reads() -> list[int]:
        rows = in_tenant(stage.services.pool, stage.api.tenant, READS, values)
        return sorted(persons for (persons,) in rows)

    before = reads()
    assert stage.api.get(href).status_code == 200
    assert len(reads()) == len(before) + 1
    assert max(reads()) == sum(before) > 0, "as many persons as were read for it"
    colleague = user_with(stage.services, client, seed_plus.tenant, "owner")
    assert problem_of(colleague.get(href)) == "forbidden"
    anonymous = made(stage, f"{path}/workbook", {})
    assert colleague.get(anonymous["files"][0]["href"]).status_code == 200, "control"
    assert len(reads()) == len(before) + 1


def test_personal_data_need_the_right_when_it_is_ordered_and_when_it_is_fetched(
    stage: Stage, client: TestClient, path: str, seed_plus: Imported
) -> None:
    services, tenant = stage.services, seed_plus.tenant
    finance = user_with(services, client, tenant, "finance")
    assert problem_of(finance.post(f"{path}/is-esf", {"purpose": PURPOSE})) == "forbidden"
    manager = user_with(services, client, tenant, "manager")
    found = made(stage, f"{path}/is-esf", {"purpose": PURPOSE}, manager)
    href = found["files"][0]["href"]
    assert manager.get(href).status_code == 200
    held = stage.api.read(f"/v1/users/{manager.user}")["memberships"][0]["id"]
    assert stage.api.post(f"/v1/memberships/{held}/revocation", {}).status_code == 201
    role = {"role": "finance"}
    assert stage.api.post(f"/v1/users/{manager.user}/memberships", role).status_code == 201
    assert problem_of(manager.get(href)) == "forbidden"
    assert manager.get(f"/v1/operations/{found['id']}").status_code == 200, "it is still his"


def test_a_token_without_the_scope_of_persons_orders_none(
    stage: Stage, client: TestClient, path: str
) -> None:
    for scopes, status in ((("exports.read",), 403), (None, 202)):
        token = token_with(stage.services, stage.api.tenant, stage.api.user, scopes)
        api = Api(client, stage.api.tenant, stage.api.user, token)
        answer = api.post(f"{path}/is-esf", {"purpose": PURPOSE}, dry_run="true")
        assert answer.status_code == status, answer.text


def test_an_order_is_answered_again_also_while_the_project_is_importing(stage: Stage) -> None:
    project, tenant = stage.api.project(), stage.api.tenant
    path = f"/v1/projects/{project}/exports/workbook"
    first = stage.api.post(path, {}, "before")
    assert first.status_code == 202, first.text
    run = ImportRun(tenant, uuid4(), UUID(project))
    with transaction_of(stage.services.pool, tenant) as connection:
        for statement in run.begin("system:test", {}, 1):
            connection.execute(statement.sql.encode(), statement.values)
    again = stage.api.post(path, {}, "before")
    assert (again.status_code, again.json()) == (202, first.json())
    assert problem_of(stage.api.post(path, {}, "meanwhile")) == "project-importing", "control"
    assert stage.work()
    assert stage.found(UUID(first.json()["id"])).state == "failed"
    assert not stage.work()


def test_who_repeats_the_order_later_is_told_its_files(stage: Stage, path: str) -> None:
    first = stage.api.post(f"{path}/sd2", AT, "again").json()
    assert (first["status"], first["files"]) == ("pending", [])
    assert stage.work()
    again = stage.api.post(f"{path}/sd2", AT, "again").json()
    assert again == stage.api.read(f"/v1/operations/{first['id']}")
    assert again["files"]


def test_files_are_kept_for_a_day_and_the_operation_for_a_month(
    stage: Stage, path: str, admin: Connection[Any]
) -> None:
    found = made(stage, f"{path}/sd2", AT)
    operation, href = UUID(found["id"]), found["files"][0]["href"]
    assert stage.api.get(href).status_code == 200
    passes(admin, operation, "23 hours 59 minutes")
    assert not stage.work()
    assert stage.api.get(href).status_code == 200
    passes(admin, operation, "2 minutes")
    assert problem_of(stage.api.get(href)) == "file-expired", "nobody has tidied up yet"
    assert not stage.work()
    assert problem_of(stage.api.get(href)) == "file-expired"
    listed = stage.api.read(f"/v1/operations/{operation}")
    assert listed["files_until"] < listed["requested_at"]
    assert problem_of(stage.api.get(f"/v1/operations/{operation}/files/other")) == "not-found"
    passes(admin, operation, "28 days 23 hours 50 minutes")
    assert not stage.work()
    assert stage.api.get(f"/v1/operations/{operation}").status_code == 200
    passes(admin, operation, "1 hour")
    assert not stage.work()
    assert problem_of(stage.api.get(f"/v1/operations/{operation}")) == "not-found"
    left = "SELECT count(*) FROM ledger.operation_file WHERE operation_id = %s"
    assert admin.execute(left, [operation]).fetchone() == (0,)


def passes(admin: Connection[Any], operation: UUID, time: str) -> None:
    """As if so much time had passed since the operation ended."""
    admin.execute(
        """UPDATE ledger.operation SET ended_at = ended_at - %(time)s::interval,
            tidy_at = tidy_at - %(time)s::interval WHERE operation_id = %(operation)s""",
        {"time": time, "operation": operation},
    )


def test_it_says_how_far_it_is_and_is_cancelled_between_rows(
    stage: Stage, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_module, "STORED_EVERY_S", 0.0)
    monkeypatch.setattr(export_module, "FETCHED_AT_ONCE", 10)
    operation = stage.api.begin(f"{path}/is-esf", {"purpose": PURPOSE})
    seen: list[int] = []
    advance = running_module.Claimed.advance

    def spy(claimed: Any, done: int, total: int | None) -> bool:
        seen.append(done)
        if done == 20:
            assert stage.cancel(UUID(operation)).status_code == 202
        return advance(claimed, done, total)

    monkeypatch.setattr(running_module.Claimed, "advance", spy)
    assert stage.work()
    assert seen == [0, 10, 20]
    found = stage.api.read(f"/v1/operations/{operation}")
    assert (found["status"], found["files"]) == ("cancelled", [])


def test_an_export_of_another_organisation_cannot_be_ordered(other: Api, path: str) -> None:
    assert problem_of(other.post(f"{path}/workbook", {})) == "not-found"
