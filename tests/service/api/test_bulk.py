"""Many records in one request are those that single requests would have recorded."""

from functools import partial
from threading import BoundedSemaphore

import msgspec
import pytest
from litestar.testing import TestClient

from service.api.bulk_kinds import KINDS
from service.commands import many
from service.composition import Services
from service.store.database import Pool, in_tenant
from tests.service.api.bulk_items import World, head, lines_of, outcomes, send_lines, told
from tests.service.api.people import grant_role, user_with
from tests.service.api.requests import (
    PARTICIPANT,
    TRIP,
    WORK,
    Api,
    document,
    problem_of,
    project_with_items,
)
from tests.statements import Counted, statement_counter

SEALED = "SELECT sha256 FROM vault.sealed WHERE tenant_id = %s"
PATHS = [kind.path for kind in KINDS]


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return statement_counter(monkeypatch)


@pytest.mark.parametrize("chunk", [5, 250])
def test_items_of_every_collection_are_judged_as_if_sent_one_by_one(
    pool: Pool, api: Api, other: Api, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "CHUNK", chunk)
    ones, lots = World(api), World(other)
    found: set[int] = set()
    for path in PATHS:
        expected = ones.one_by_one(path, ones.items(path, chunk, 12))
        assert outcomes(lots.together(path, lots.items(path, chunk, 12))) == expected
        found |= {status for status, *_ in expected}
    assert found >= {201, 400, 404, 409, 412}
    assert told(pool, api) == told(pool, other)
    for name in ("figures", "budget", "indicators"):
        report = f"reports/{name}"
        assert api.read(f"{ones.at}/{report}") == other.read(f"{lots.at}/{report}")


def test_control_another_item_would_be_told(pool: Pool, api: Api, other: Api) -> None:
    ones, lots = World(api), World(other)
    assert told(pool, api) == told(pool, other)
    ones.one_by_one("trips", [TRIP])
    assert lots.together("trips", [TRIP | {"place": "Prague"}]).status_code == 200
    assert told(pool, api) != told(pool, other)


@pytest.mark.parametrize("path", PATHS)
def test_one_refused_item_refuses_all_when_atomic(client: TestClient, api: Api, path: str) -> None:
    world = World(api)
    items = [*world.items(path, 1, 12), {"unknown": 1}]
    before = head(client, api)
    answer = world.together(path, items, "atomic")
    assert head(client, api) == before
    alone = outcomes(world.together(path, items, "continue"))
    assert head(client, api) > before
    refused = [index for index, one in enumerate(alone) if one[0] != 201]
    status, kind, detail, _ = alone[refused[0]]
    assert (answer.status_code, answer.json()["type"]) == (status, kind)
    assert answer.json()["detail"] == f"nothing was recorded; item {refused[0]}: {detail}"
    pointers = [
        f"/items/{index}{pointer}" for index in refused for pointer in alone[index][3] or [""]
    ]
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers


def test_atomic_items_are_recorded_together_and_refused_ones_leave_nobody_known(
    pool: Pool, client: TestClient, api: Api
) -> None:
    project = api.project()
    path = f"/v1/projects/{project}/participants/bulk"
    people = [PARTICIPANT | {"last_name": f"Planted-{n}"} for n in range(3)]
    sealed = len(in_tenant(pool, api.tenant, SEALED, [api.tenant]))
    answer = api.post(path, {"mode": "atomic", "items": [*people, people[0]]})
    assert problem_of(answer) == "duplicate-participant"
    assert answer.json()["errors"] == [
        {"pointer": "/items/3", "detail": "the person is recorded as P00001"}
    ]
    assert len(in_tenant(pool, api.tenant, SEALED, [api.tenant])) == sealed
    answer = api.post(path, {"mode": "atomic", "items": people})
    assert (answer.json()["recorded"], answer.json()["refused"]) == (3, 0)
    assert answer.headers["ledger-position"] == str(head(client, api))


def test_a_person_or_supplier_of_a_refused_item_is_stored_with_the_next_one(
    pool: Pool, services: Services, api: Api
) -> None:
    project = project_with_items(api)
    at, wrong = f"/v1/projects/{project}", {"sex": "NOBODY"}
    before = len(in_tenant(pool, api.tenant, SEALED, [api.tenant]))
    items = [PARTICIPANT | wrong, PARTICIPANT, PARTICIPANT | {"reference": "P2"}]
    answer = api.post(f"{at}/participants/bulk", {"mode": "continue", "items": items})
    assert [item["status"] for item in answer.json()["items"]] == [400, 201, 409]
    no_item = {"item": "9.9.9"}
    answer = api.post(
        f"{at}/work-records/bulk", {"mode": "continue", "items": [WORK | no_item, WORK, WORK]}
    )
    assert [item["status"] for item in answer.json()["items"]] == [400, 201, 201]
    known = {bytes(sha256) for (sha256,) in in_tenant(pool, api.tenant, SEALED, [api.tenant])}
    assert len(known) == before + 3  # identity, characteristics, employee
    read = services.vault.unseal(api.tenant, known, actor="system:test", purpose="test")
    assert len(read) == len(known)
    assert len({item["person_id"] for item in api.read(f"{at}/work-records")["items"]}) == 1


@pytest.mark.parametrize("mode", ["atomic", "continue"])
def test_a_dry_run_answers_the_same_and_stores_nothing(
    pool: Pool, client: TestClient, api: Api, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(many, "CHUNK", 4)
    world = World(api)
    items = world.items("documents", 5, 15)
    if mode == "atomic":
        alone = outcomes(world.together("documents", items, dry_run="true"))
        items = [item for item, one in zip(items, alone, strict=True) if one[0] == 201]
        assert len(items) > 4
    before = head(client, api), len(in_tenant(pool, api.tenant, SEALED, [api.tenant]))
    dry = world.together("documents", items, mode, "k", dry_run="true")
    assert dry.headers["dry-run"] == "true"
    assert "ledger-position" not in dry.headers
    assert (head(client, api), len(in_tenant(pool, api.tenant, SEALED, [api.tenant]))) == before
    assert outcomes(world.together("documents", items, mode, "k")) == outcomes(dry)
    assert head(client, api) > before[0]


def test_lists_answer_in_lines_where_they_come_in_lines(api: Api) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/trips/bulk"
    lines = b"\n".join([b'{"a": 1}', b"", b"not json", *[msgspec.json.encode(TRIP)] * 2])
    answer = send_lines(api, path + "?mode=continue", lines)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    told = lines_of(answer)
    assert [(one["index"], one["status"]) for one in told] == [
        (0, 400),
        (1, 400),
        (2, 201),
        (3, 201),
    ]
    assert told[1]["problem"]["type"].endswith(":malformed-request")
    as_json = send_lines(api, path + "?mode=continue", lines, accept="application/json")
    assert as_json.json()["recorded"] == 2
    refused = send_lines(api, path + "?mode=atomic", lines)
    assert problem_of(refused) == "invalid-value"


@pytest.mark.parametrize(
    ("query", "media_type", "body", "status", "kind"),
    [
        ("", "application/x-ndjson", b"{}", 400, "invalid-value"),
        ("?mode=all", "application/x-ndjson", b"{}", 400, "invalid-value"),
        ("?mode=atomic", "application/x-ndjson", b"\n\n", 400, "malformed-request"),
        (
            "?mode=atomic",
            "application/json",
            b'{"mode":"atomic","items":[{}]}',
            400,
            "invalid-value",
        ),
        ("", "application/json", b'{"mode":"atomic","items":[]}', 400, "malformed-request"),
        ("", "application/json", b'{"mode":"some","items":[{}]}', 400, "invalid-value"),
        ("", "application/json", b'{"mode":"atomic","items":[{}],"a":1}', 400, "invalid-value"),
        ("", "application/json", b'{"mode":"atomic","items":[{}', 400, "malformed-request"),
        ("", "application/json", b"", 400, "malformed-request"),
        ("", "application/json", b'{"items":' + b"[" * 100_000, 400, "malformed-request"),
        ("", "text/csv", b"a,b", 415, "unsupported-media-type"),
        (
            "",
            "application/json",
            b'{"mode":"atomic","items":[{},{},{},{}]}',
            413,
            "content-too-large",
        ),
        ("?mode=atomic", "application/x-ndjson", b"{}\n" * 4, 413, "content-too-large"),
        ("?mode=atomic", "application/x-ndjson", b" " * 200_001, 413, "content-too-large"),
    ],
)
def test_a_body_of_another_shape_or_size_is_refused_whole(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    media_type: str,
    body: bytes,
    status: int,
    kind: str,
) -> None:
    monkeypatch.setattr("service.api.bulk_body.ITEMS_MAX", 3)
    monkeypatch.setattr("service.api.bulk_body.BYTES_MAX", 200_000)
    path = f"/v1/projects/{api.project()}/trips/bulk{query}"
    answer = send_lines(api, path, body, media_type)
    assert (answer.status_code, problem_of(answer)) == (status, kind)
    if status == 413:
        assert "at most 3 items" in answer.text or "at most 200,000 bytes" in answer.text
    if status == 415:
        assert answer.headers["accept-post"] == "application/json, application/x-ndjson"


def test_a_body_may_be_longer_than_that_of_other_requests(api: Api) -> None:
    path = f"/v1/projects/{project_with_items(api)}/trips/bulk?mode=continue"
    answer = send_lines(api, path, b" " * 2_500_000 + b"\n" + msgspec.json.encode(TRIP))
    assert [one["status"] for one in lines_of(answer)] == [201]


def test_neither_of_the_two_forms_is_not_acceptable(api: Api) -> None:
    path = f"/v1/projects/{api.project()}/trips/bulk"
    answer = send_lines(api, path, b"{}", "application/json", accept="text/csv")
    assert answer.status_code == 406


def test_items_of_projects_that_the_caller_may_not_record_in_are_refused(
    services: Services, client: TestClient, api: Api, other: Api
) -> None:
    ours, theirs = project_with_items(api), api.project(registration_number="CZ.1/2")
    seen, foreign = api.project(registration_number="CZ.1/3"), other.project()
    user = user_with(services, client, api.tenant, "finance", ours)
    grant_role(services, api.tenant, user.user, "coordinator", seen)
    items = [document(project) for project in (ours, theirs, seen, foreign)]
    answer = user.post(f"/v1/projects/{ours}/documents/bulk", {"mode": "continue", "items": items})
    assert [item["status"] for item in answer.json()["items"]] == [201, 400, 403, 400]
    for project in (theirs, foreign):
        path = f"/v1/projects/{project}/documents/bulk"
        assert user.post(path, {"mode": "atomic", "items": items}).status_code == 404
    path = f"/v1/projects/{seen}/documents/bulk"
    assert problem_of(user.post(path, {"mode": "atomic", "items": items})) == "forbidden"


@pytest.mark.parametrize("path", PATHS)
def test_more_items_take_no_more_statements(api: Api, count: Counted, path: str) -> None:
    few, lots = by_number_of_items(api, count, path)
    assert 0 < lots <= few


def by_number_of_items(api: Api, count: Counted, path: str) -> tuple[int, int]:
    """The statements of a request with 60 items and of one with these and 180 more."""
    few, lots = World(api, 1), World(api, 2)
    items = lots.items(path, 3, 240)
    return (
        count(partial(few.together, path, few.items(path, 3, 60))),
        count(partial(lots.together, path, items)),
    )


def test_control_what_is_not_looked_up_together_is_asked_item_by_item(
    api: Api, count: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.commands.many._Deciding._look_up", lambda *_: None)
    few, lots = by_number_of_items(api, count, "documents")
    assert lots > few + 50


def test_as_many_bulk_requests_as_fit_are_taken_at_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = BoundedSemaphore(1)
    monkeypatch.setattr("service.api.bulk._slots", slots)
    path = f"/v1/projects/{project_with_items(api)}/trips/bulk"
    body = {"mode": "continue", "items": [TRIP]}
    with slots:
        answer = api.post(path, body)
        assert (problem_of(answer), answer.headers["retry-after"]) == ("unavailable", "2")
    assert api.post(path, body).status_code == 200
    assert api.post(path, {"mode": "continue", "items": []}).status_code == 400
    assert api.post(path, body).status_code == 200  # a refused request gives its place back


def test_an_activity_is_no_participant(api: Api) -> None:
    world = World(api)
    activity = world.activities[0]
    body = {"participant_id": activity, "date": "2026-03-31", "quantity": "1", "unit": "hour"}
    answer = api.post(f"{world.at}/activities/{activity}/attendance", body)
    assert problem_of(answer) in ("unknown-reference", "not-found")
