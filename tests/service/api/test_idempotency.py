"""The same request under the same key is done once, whenever and however often it comes."""

from dataclasses import replace
from typing import Any

import pytest

from service.api.idempotency import command_id
from service.composition import Services
from service.memberships import OWNER
from tests.logs import at_once
from tests.service.api.conftest import token_of
from tests.service.api.people import user_with
from tests.service.api.requests import (
    PARTICIPANT,
    PROJECT,
    Api,
    document,
    problem_of,
    project_with_items,
)

HEADERS = ("etag", "ledger-position", "location")


def head(services: Services, api: Api) -> int:
    return services.ledger(api.tenant).head()


def test_a_repeated_request_gets_the_first_answer(services: Services, api: Api) -> None:
    first = api.post("/v1/projects", PROJECT, "key-1")
    position = head(services, api)
    assert first.status_code == 201
    again = api.post("/v1/projects", PROJECT, "key-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert [again.headers[name] for name in HEADERS] == [first.headers[name] for name in HEADERS]
    assert head(services, api) == position


def test_without_a_key_the_same_body_is_another_request(api: Api) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    ids = {api.record(path, document(project)) for _ in range(2)}
    assert len(ids) == 2
    keyed = {api.post(path, document(project), "k").json()["id"] for _ in range(2)}
    assert len(keyed) == 1


def test_the_answer_stays_after_the_record_has_changed(api: Api) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    first = api.post(path, document(project), "k")
    api.record(f"{path}/{first.json()['id']}/payment", {"paid_on": "2026-04-10"})
    again = api.post(path, document(project), "k")
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"] == '"1"'
    now = api.get(f"{path}/{first.json()['id']}")
    assert now.headers["etag"].startswith('"2.')


def test_a_key_bare_and_quoted_is_one_key(api: Api) -> None:
    first = api.post("/v1/projects", PROJECT, "8e03978e-40d5-43e8-bc93-6894a57f9324")
    again = api.post("/v1/projects", PROJECT, '"8e03978e-40d5-43e8-bc93-6894a57f9324"')
    assert again.content == first.content


def test_the_order_of_the_fields_does_not_matter(api: Api) -> None:
    first = api.post("/v1/projects", PROJECT, "k")
    turned = dict(reversed(PROJECT.items()))
    assert api.post("/v1/projects", turned, "k").content == first.content


def test_another_request_under_the_key_is_refused(services: Services, api: Api) -> None:
    project = api.record("/v1/projects", PROJECT)
    path = f"/v1/projects/{project}/outputs"
    output = {"reference": "O01", "kind": "manual", "title": "A manual", "counts": True}
    output["written_on"] = "2026-03-31"
    assert api.post(path, output, "k").status_code == 201
    position = head(services, api)
    other_body = api.post(path, output | {"title": "Another"}, "k")
    other_path = api.post("/v1/projects", PROJECT, "k")
    for answer in (other_body, other_path):
        assert (answer.status_code, problem_of(answer)) == (422, "idempotency-mismatch")
    assert head(services, api) == position


def test_a_refused_request_keeps_no_key(api: Api) -> None:
    refused = api.post("/v1/projects", PROJECT | {"eu_rate": "0.80"}, "k")
    assert refused.status_code == 400
    assert api.post("/v1/projects", PROJECT, "k").status_code == 201


def test_keys_of_two_organisations_are_two_keys(api: Api, other: Api) -> None:
    for path, body in (("/v1/projects", PROJECT), ("/v1/users", {"name": "Planted-User"})):
        first, second = api.post(path, body, f"k{path}"), other.post(path, body, f"k{path}")
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json()["id"] != second.json()["id"]


def test_keys_of_two_users_of_an_organisation_are_two_keys(services: Services, api: Api) -> None:
    colleague = user_with(services, api.client, api.tenant, OWNER)
    project = project_with_items(api)
    at = f"/v1/projects/{project}"
    items = {"mode": "continue", "items": [document(project)]}
    sent: dict[str, Any] = {
        f"{at}/documents": document(project),
        f"{at}/documents/bulk": items,
        "/v1/users": {"name": "Planted-User"},
        "/v1/webhook-endpoints": {"url": "https://example.org/hook"},
    }
    for path, body in sent.items():
        first, again = (api.post(path, body, f"k{path}") for _ in range(2))
        theirs = colleague.post(path, body, f"k{path}")
        assert again.content == first.content, path
        assert theirs.status_code == first.status_code, path
        assert theirs.content != first.content, path
    for one in api.read("/v1/webhook-endpoints")["items"]:
        api.post(f"/v1/webhook-endpoints/{one['id']}/removal", {})


def test_two_tokens_of_a_user_have_the_same_keys(services: Services, api: Api) -> None:
    twin = replace(api, token=token_of(services, api.tenant, api.user))
    first = api.post("/v1/projects", PROJECT, "k")
    assert twin.post("/v1/projects", PROJECT, "k").content == first.content


def test_who_may_no_more_gets_no_earlier_answer(services: Services, api: Api) -> None:
    project = project_with_items(api)
    finance = user_with(services, api.client, api.tenant, "finance", project)
    path, body = f"/v1/projects/{project}/documents", document(project)
    first = finance.post(path, body, "k")
    assert finance.post(path, body, "k").content == first.content, "control"
    [held] = api.read(f"/v1/users/{finance.user}")["memberships"]
    api.record(f"/v1/memberships/{held['id']}/revocation", {})
    refused = finance.post(path, body, "k")
    assert problem_of(refused) == "not-found"
    assert first.json()["id"] not in refused.text


@pytest.mark.parametrize("key", [" ", '""', "a b", "k" * 201, 'k"k', "k\\k"])
def test_what_cannot_be_a_key_is_refused(api: Api, key: str) -> None:
    answer = api.post("/v1/projects", PROJECT, key)
    assert (answer.status_code, problem_of(answer)) == (400, "invalid-value")
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"


@pytest.mark.parametrize("attempt", range(5))
def test_requests_at_the_same_moment_are_done_once(
    services: Services, api: Api, attempt: int
) -> None:
    project = api.project()
    path, key = f"/v1/projects/{project}/participants", f"key-{attempt}"
    position = head(services, api)
    answers: list[Any] = at_once(*[lambda: api.post(path, PARTICIPANT, key)] * 4)
    done = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert done
    assert len(done) + len(waiting) == len(answers)
    assert {problem_of(answer) for answer in waiting} <= {"idempotency-in-progress"}
    done.append(api.post(path, PARTICIPANT, key))
    assert len({answer.content for answer in done}) == 1
    assert len({answer.headers["etag"] for answer in done}) == 1
    assert head(services, api) == position + 2
    assert len(api.read(path)["items"]) == 1


def test_a_request_that_is_still_running_is_not_begun_again(services: Services, api: Api) -> None:
    command = command_id(api.tenant, str(api.user), "k")
    with services.running.alone(command):
        for path, body in (("/v1/projects", PROJECT), ("/v1/users", {"name": "Planted-User"})):
            answer = api.post(path, body, "k")
            assert (answer.status_code, problem_of(answer)) == (409, "idempotency-in-progress")
            assert int(answer.headers["retry-after"]) > 0
        assert api.post("/v1/projects", PROJECT, "another").status_code == 201, "control"
    assert problem_of(api.post("/v1/projects", PROJECT, "k")) == "already-recorded"


def test_with_keys_of_their_own_the_second_person_is_refused(api: Api) -> None:
    path = f"/v1/projects/{api.project()}/participants"
    answers: list[Any] = at_once(*[lambda: api.post(path, PARTICIPANT)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem_of(refused) == "duplicate-participant"
    assert PARTICIPANT["last_name"] not in refused.text
