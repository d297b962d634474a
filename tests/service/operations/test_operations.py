"""Operations over the API: who sees them, how they are waited for, cancelled and repeated."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient

from service.api import operations as operations_module
from service.app import create_app
from service.composition import Services
from service.feed import watch as watch_module
from service.operations import running as running_module
from service.operations import store
from service.operations.files import LocalFile
from service.operations.running import Running
from service.operations.store import Claimed
from service.store.vault import Vault
from tests.service.api.people import token_with, user_with
from tests.service.api.requests import Api, problem_of
from tests.service.operations.conftest import Stage

REBUILD = {"views": ["budget_spend"]}


def test_a_rebuild_is_accepted_at_once_and_done_later(stage: Stage) -> None:
    answer = stage.api.post("/v1/rebuilds", REBUILD)
    assert answer.status_code == 202
    begun = answer.json()
    assert (begun["kind"], begun["status"], begun["order"]) == ("rebuild", "pending", REBUILD)
    assert answer.headers["location"] == f"/v1/operations/{begun['id']}"
    assert answer.headers["retry-after"] == "1"
    waiting = stage.api.get(answer.headers["location"])
    assert (waiting.json()["status"], waiting.headers["retry-after"]) == ("pending", "1")
    generation = generation_of(stage)
    assert stage.work()
    done = stage.api.get(answer.headers["location"])
    assert "retry-after" not in done.headers
    assert done.json()["status"] == "succeeded"
    [view] = done.json()["result"]["views"]
    assert view["name"] == "budget_spend"
    assert generation_of(stage) > generation


def generation_of(stage: Stage) -> int:
    stage.api.read("/v1/projects")  # so that there is one
    views = stage.api.read("/v1/status")["projections"]
    return next(one["generation"] for one in views if one["name"] == "budget_spend")


def test_a_view_that_there_is_not_is_named(stage: Stage) -> None:
    refused = stage.api.post("/v1/rebuilds", {"views": ["budget_spend", "nonsense"]})
    assert problem_of(refused) == "invalid-value"
    assert refused.json()["errors"][0]["pointer"] == "/views/1"
    assert not stage.work()


def test_none_named_is_all_of_them(stage: Stage) -> None:
    every = [one.name for one in stage.services.projections]
    found = stage.api.post("/v1/rebuilds", {}, dry_run="true")
    assert found.json()["order"]["views"] == every
    assert problem_of(stage.api.get(found.headers["location"])) == "not-found", "a dry run"


@pytest.mark.parametrize(
    ("preferred", "applied"),
    [
        (None, None),
        ("respond-async", "respond-async"),
        ("wait=10, Respond-Async; foo", "respond-async"),
        ("wait=10", None),
        ("return=minimal", None),
    ],
)
def test_a_preference_that_is_met_is_confirmed(
    stage: Stage, preferred: str | None, applied: str | None
) -> None:
    headers = stage.api.headers | ({"Prefer": preferred} if preferred else {})
    answer = stage.api.client.post("/v1/rebuilds", json=REBUILD, headers=headers)
    assert answer.status_code == 202
    assert answer.headers.get("preference-applied") == applied


def test_a_preference_longer_than_described_is_refused(stage: Stage) -> None:
    headers = stage.api.headers | {"Prefer": "x" * 201}
    answer = stage.api.client.post("/v1/rebuilds", json=REBUILD, headers=headers)
    assert problem_of(answer) == "invalid-value"
    assert answer.json()["errors"][0]["pointer"] == "Prefer"
    assert not stage.work(), "nothing was stored"


def test_a_repeated_request_begins_nothing_more(stage: Stage) -> None:
    first, again = (stage.api.post("/v1/rebuilds", REBUILD, "key").json() for _ in range(2))
    assert first == again
    assert problem_of(stage.api.post("/v1/rebuilds", {}, "key")) == "idempotency-mismatch"
    assert stage.work()
    assert not stage.work()
    assert stage.api.post("/v1/rebuilds", REBUILD, "key").json()["status"] == "succeeded"


def test_one_sees_his_own_and_who_administers_sees_all(
    stage: Stage, client: TestClient, other: Api
) -> None:
    services, tenant = stage.services, stage.api.tenant
    finance = user_with(services, client, tenant, "finance")
    ours, theirs = stage.ordered(), stage.ordered(actor=finance.user)
    assert listed(stage.api) == [theirs, ours]
    assert listed(finance) == [theirs]
    assert listed(other) == []
    assert finance.read(f"/v1/operations/{theirs}")["requested_by"] == str(finance.user)
    for api in (finance, other):
        for path in (f"/v1/operations/{ours}", f"/v1/operations/{ours}/files/any"):
            assert problem_of(api.get(path)) == "not-found"
        assert problem_of(api.post(f"/v1/operations/{ours}/cancellation", {})) == "not-found"
    assert stage.found(ours).state == "pending"
    assert stage.cancel(theirs).status_code == 200, "who administers cancels any"


def listed(api: Api, **asked: Any) -> list[UUID]:
    return [UUID(one["id"]) for one in api.read("/v1/operations", **asked)["items"]]


def test_an_owner_whose_token_does_not_administer_sees_his_own_only(stage: Stage) -> None:
    finance = user_with(stage.services, stage.api.client, stage.api.tenant, "finance")
    theirs, ours = stage.ordered(actor=finance.user), stage.ordered()
    scoped = token_with(
        stage.services, stage.api.tenant, stage.api.user, ("operations.read", "exports.read")
    )
    api = Api(stage.api.client, stage.api.tenant, stage.api.user, scoped)
    assert listed(api) == [ours]
    assert problem_of(api.get(f"/v1/operations/{theirs}")) == "not-found"


def test_they_are_listed_by_kind_status_and_project_page_by_page(stage: Stage) -> None:
    project = stage.api.project()
    of_project = stage.ordered(project=UUID(project))
    others = [stage.ordered() for _ in range(3)]
    assert stage.work()
    every = [*reversed(others), of_project]
    assert listed(stage.api) == every
    assert listed(stage.api, project_id=project) == [of_project]
    assert listed(stage.api, status="succeeded") == [of_project]
    assert listed(stage.api, status="pending") == every[:3]
    assert listed(stage.api, kind="rebuild") == []
    assert problem_of(stage.api.get("/v1/operations", status="done")) == "invalid-value"
    pages: list[UUID] = []
    asked: dict[str, Any] = {"limit": 3}
    while True:
        page = stage.api.read("/v1/operations", **asked)
        pages += [UUID(one["id"]) for one in page["items"]]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = page["next_cursor"]
    assert pages == every


def test_who_waits_is_answered_at_the_end(
    stage: Stage, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations_module, "LOOK_S", 0.01)
    operation = stage.ordered()
    began = threading.Event()

    def act(_: Running) -> Mapping[str, Any]:
        began.set()
        return {}

    stage.act = act
    worker = threading.Thread(target=stage.work)
    worker.start()
    found = stage.api.read(f"/v1/operations/{operation}", wait=30)
    worker.join()
    assert began.is_set()
    assert found["status"] == "succeeded"


def test_of_those_who_wait_only_so_many_are_let(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = stage.ordered()
    monkeypatch.setattr(watch_module, "LISTENERS_OF_TENANT_MAX", 0)
    refused = stage.api.get(f"/v1/operations/{operation}", wait=1)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert stage.api.get(f"/v1/operations/{operation}").status_code == 200, "control"


def test_who_waits_for_what_does_not_end_is_answered_in_time(stage: Stage) -> None:
    operation, began = stage.ordered(), time.monotonic()
    found = stage.api.get(f"/v1/operations/{operation}", wait=1)
    assert time.monotonic() - began >= 1
    assert (found.json()["status"], found.headers["retry-after"]) == ("pending", "1")
    assert problem_of(stage.api.get(f"/v1/operations/{operation}", wait=31)) == "invalid-value"


def test_what_waits_is_cancelled_at_once_and_again_and_never_begun(stage: Stage) -> None:
    operation = stage.ordered()
    for _ in range(2):
        answer = stage.cancel(operation)
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert not stage.work()
    assert stage.found(operation).attempts == 0


def test_what_has_ended_cannot_be_cancelled(stage: Stage) -> None:
    operation = stage.ordered()
    assert stage.work()
    refused = stage.cancel(operation)
    assert (refused.status_code, problem_of(refused)) == (409, "operation-ended")


def test_cancelling_takes_what_it_took_to_ask(stage: Stage, client: TestClient) -> None:
    """A token that only reads operations changes nothing."""
    services, tenant = stage.services, stage.api.tenant
    finance = user_with(services, client, tenant, "finance")
    operation = stage.ordered(actor=finance.user)
    reads, does = (
        Api(client, tenant, finance.user, token_with(services, tenant, finance.user, scopes))
        for scopes in (("operations.read",), ("operations.read", "exports.read"))
    )
    path = f"/v1/operations/{operation}/cancellation"
    assert problem_of(reads.post(path, {})) == "forbidden"
    assert stage.found(operation).state == "pending"
    assert does.post(path, {}).json()["status"] == "cancelled", "control"


def test_cancelling_as_a_dry_run_cancels_nothing(stage: Stage) -> None:
    operation = stage.ordered()
    path = f"/v1/operations/{operation}/cancellation"
    dry = stage.api.post(path, {}, dry_run="true")
    assert (dry.status_code, dry.json()["status"]) == (200, "cancelled")
    assert stage.found(operation).state == "pending"


def test_only_so_many_wait_and_only_so_much_is_kept(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "WAITING_MAX", 2)
    monkeypatch.setattr(store, "BYTES_MAX", 1000)
    large = tmp_path / "large"
    large.write_bytes(b"x" * 1000)
    files = [LocalFile(large, "large", "text/plain")]

    def refused() -> bool:
        return stage.api.post("/v1/rebuilds", REBUILD, dry_run="true").status_code == 503

    for _ in range(2):
        assert not refused()
        stage.ordered()
    assert refused(), "two wait"
    assert stage.work()
    assert not refused()
    assert stage.work()
    uploaded = stage.ordered(files)
    assert refused(), "a large file waits"
    assert stage.cancel(uploaded).status_code == 200
    assert not refused()

    def make(running: Running) -> Mapping[str, Any]:
        running.keep(files[0])
        return {}

    stage.act = make
    stage.ordered()
    assert stage.work()
    assert refused(), "a large file was made"


def test_what_there_is_not_is_not_found(stage: Stage) -> None:
    nothing = uuid4()
    assert problem_of(stage.api.get(f"/v1/operations/{nothing}")) == "not-found"
    assert problem_of(stage.cancel(nothing)) == "not-found"


def test_a_member_of_no_rank_may_not_rebuild(stage: Stage, client: TestClient) -> None:
    for role in ("manager", "auditor", "integration"):
        user = user_with(stage.services, client, stage.api.tenant, role)
        assert problem_of(user.post("/v1/rebuilds", REBUILD)) == "forbidden"


def test_how_far_a_rebuild_is_tells_nothing_of_the_logs_of_others(
    stage: Stage, other: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.project()
    monkeypatch.setattr(running_module, "STORED_EVERY_S", 0.0)
    seen: list[tuple[int, int | None]] = []
    advance = Claimed.advance

    def spy(claimed: Claimed, done: int, total: int | None) -> bool:
        seen.append((done, total))
        return advance(claimed, done, total)

    monkeypatch.setattr(Claimed, "advance", spy)
    stage.api.begin("/v1/rebuilds", {"views": ["budget_spend", "audit_trail"]})
    assert stage.work()
    assert sorted(set(seen)) == [(0, 2), (1, 2)]


def test_a_rebuild_that_is_cancelled_leaves_the_views_as_they_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = UUID(stage.api.begin("/v1/rebuilds", REBUILD))
    generation, advance = generation_of(stage), Claimed.advance

    def cancelled_meanwhile(claimed: Claimed, done: int, total: int | None) -> bool:
        assert stage.cancel(operation).status_code == 202
        return advance(claimed, done, total)

    monkeypatch.setattr(Claimed, "advance", cancelled_meanwhile)
    assert stage.work()
    assert stage.found(operation).state == "cancelled"
    assert generation_of(stage) == generation


def test_with_a_closed_vault_nothing_is_accepted_and_what_waits_waits(
    stage: Stage, services: Services
) -> None:
    operation = stage.ordered()
    closed = replace(services, vault=Vault(services.pool, None))
    with TestClient(create_app(closed)) as client:
        api = Api(client, stage.api.tenant, stage.api.user, stage.api.token)
        assert problem_of(api.post("/v1/rebuilds", REBUILD)) == "unavailable"
        assert api.read(f"/v1/operations/{operation}")["status"] == "pending"
    assert not Stage.of(closed, stage.api).work()
    closed.close()
    assert stage.work(), "control"
