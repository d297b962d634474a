"""An `Idempotency-Key` that is sent again by others, for something else, or after a failure.

Generated over every operation that writes: a replayed key gives its own caller the first answer,
and to nobody else anything, least of all an effect.
"""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from service.composition import Services
from service.identity import OWNER, create_user
from tests.logs import at_once
from tests.service.api.conftest import COLLEAGUE, token_of
from tests.service.api.every_write import Writes
from tests.service.api.requests import PARTICIPANT, PROJECT, Api, problem_of
from tests.service.api.test_dry_run import stored

ONCE = {"make_token", "make_client"}  # their secrets are shown once, which a repetition says
LAST = ("disable_user",)  # what the others need is gone afterwards


@pytest.fixture
def colleague(services: Services, api: Api) -> Api:
    """Another owner of the same organisation."""
    user = create_user(services.pool, services.vault, api.tenant, COLLEAGUE, [OWNER])
    return replace(api, user=user, token=token_of(services, api.tenant, user))


def in_turn(asked: Writes) -> list[tuple[str, str, Any]]:
    names = [name for name in asked if name not in LAST] + [*LAST]
    return [(name, *asked[name]) for name in names]


def head(services: Services, api: Api) -> int:
    return services.ledger(api.tenant).head()


def test_a_replayed_request_has_one_effect_and_one_answer_at_every_operation(
    admin: Connection[Any], api: Api, asked: Writes
) -> None:
    for name, path, body in in_turn(asked):
        first = api.post(path, body, f"key of {name}".replace(" ", "-"))
        assert first.status_code in (200, 201, 202), (name, first.text)
        before = stored(admin)
        again = api.post(path, body, f"key of {name}".replace(" ", "-"))
        assert stored(admin) == before, name
        if name in ONCE:
            assert (again.status_code, problem_of(again)) == (409, "already-recorded")
        else:
            assert (again.status_code, again.content) == (first.status_code, first.content), name


@pytest.mark.parametrize(
    "first", ["register_project", "record_many_trips", "add_user", "rebuild_views"]
)
def test_a_key_of_another_operation_does_nothing_at_any_operation(
    admin: Connection[Any], api: Api, asked: Writes, first: str
) -> None:
    path, used = asked[first]
    assert api.post(path, used, "k").status_code in (200, 201, 202)
    before = stored(admin)
    for name, where, body in in_turn(asked):
        if name != first:
            answer = api.post(where, body, "k")
            assert (answer.status_code, problem_of(answer)) == (422, "idempotency-mismatch"), name
    assert stored(admin) == before
    assert api.post(*asked["record_rate"], "another").status_code == 201, "control"


def test_a_key_seen_by_a_colleague_or_another_organisation_is_theirs_to_use_anew(
    api: Api, colleague: Api, other: Api
) -> None:
    """It gives them neither the first answer nor a refusal that says that there is one."""
    at = f"/v1/projects/{api.project()}/participants"
    first = api.post(at, PARTICIPANT, "k")
    theirs = colleague.post(at, PARTICIPANT | {"last_name": "Planted-Other"}, "k")
    assert theirs.status_code == 201
    assert theirs.json()["id"] != first.json()["id"]
    foreign = other.post(at, PARTICIPANT, "k")
    assert (foreign.status_code, problem_of(foreign)) == (404, "not-found")
    unknown = other.post(f"/v1/projects/{uuid4()}/participants", PARTICIPANT, "k")
    assert foreign.json()["detail"] == unknown.json()["detail"]


def test_a_key_without_its_token_gives_no_answer(api: Api) -> None:
    assert api.post("/v1/projects", PROJECT, "k").status_code == 201
    for token in ("", "gl_made_up", api.token[:-1]):
        answer = replace(api, token=token).post("/v1/projects", PROJECT, "k")
        assert (answer.status_code, problem_of(answer)) == (401, "unauthenticated")


def test_a_key_says_nothing_with_a_method_that_only_reads(services: Services, api: Api) -> None:
    headers = api.headers | {"Idempotency-Key": "k"}
    assert api.post("/v1/projects", PROJECT, "k").status_code == 201
    before = head(services, api)
    read = api.client.get("/v1/projects", headers=headers)
    assert (read.status_code, len(read.json()["items"])) == (200, 1)
    for method, status in (("PUT", 405), ("PATCH", 405), ("DELETE", 405), ("HEAD", 200)):
        answer = api.client.request(method, "/v1/projects", headers=headers)
        assert answer.status_code == status
    assert head(services, api) == before


def failures(api: Api, at: str, record: str) -> dict[str, Any]:
    """Requests that failed, each for another reason, all under one key."""
    change = {"version": 1, "changes": {"reference": "P9"}, "reason": "A try"}
    corrections = f"/v1/records/{record}/corrections"
    malformed = api.headers | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    return {
        "malformed": api.client.post(at, content=b"{", headers=malformed),
        "invalid": api.post(at, PARTICIPANT | {"birth_date": "x"}, "k"),
        "too large": api.post(at, PARTICIPANT | {"municipality": "m" * 3_000_000}, "k"),
        "of no project": api.post(f"/v1/projects/{uuid4()}/participants", PARTICIPANT, "k"),
        "of nobody": replace(api, token="").post(at, PARTICIPANT, "k"),
        "a person twice": api.post(at, PARTICIPANT | {"last_name": "Planted-Other"}, "k"),
        "without a version": api.post(corrections, change, "k", match=None),
        "of an old version": api.post(corrections, change, "k", match='"7"'),
    }


def test_a_key_is_free_after_every_failure(services: Services, api: Api) -> None:
    path = f"/v1/projects/{api.project()}/participants"
    record = api.record(path, PARTICIPANT | {"last_name": "Planted-Other"})
    found = {name: answer.status_code for name, answer in failures(api, path, record).items()}
    assert sorted(found.values()) == [400, 400, 401, 404, 409, 412, 413, 428], found
    before = head(services, api)
    done = api.post(path, PARTICIPANT, "k")
    assert done.status_code == 201
    assert head(services, api) > before
    assert failures(api, path, record)["a person twice"].status_code == 422, "it is taken now"
    assert api.post(path, PARTICIPANT, "k").content == done.content


def test_a_dry_run_keeps_no_key(api: Api) -> None:
    tried = api.post("/v1/projects", PROJECT, "k", dry_run="true")
    assert (tried.status_code, tried.headers["dry-run"]) == (201, "true")
    assert api.post("/v1/projects", PROJECT | {"note": "another"}, "k").status_code == 201


@pytest.mark.parametrize("attempt", range(3))
def test_other_requests_at_the_same_moment_under_one_key_are_done_once(
    services: Services, api: Api, attempt: int
) -> None:
    path, before = f"/v1/projects/{api.project()}/participants", head(services, api)
    bodies = [PARTICIPANT | {"reference": f"P{n}", "first_name": f"Planted-{n}"} for n in range(4)]
    answers: list[Any] = at_once(
        *[lambda body=body: api.post(path, body, f"k{attempt}") for body in bodies]
    )
    assert [answer.status_code for answer in answers].count(201) == 1
    kinds = {problem_of(answer) for answer in answers if answer.status_code != 201}
    assert kinds <= {"idempotency-in-progress", "idempotency-mismatch"}
    assert len(api.read(path)["items"]) == 1
    assert head(services, api) == before + 2
