"""A command on an existing record names the version that was seen; a stale one changes nothing."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.api import caller
from service.api.preconditions import Precondition, StaleVersion
from service.commands.corrections import cancel
from service.commands.work import Work
from service.composition import Services
from tests.logs import at_once
from tests.service.api.every_write import INTERIM, Writes
from tests.service.api.requests import PROJECT, Api, document, problem_of, project_with_items

NEED_IT = {
    "pay_document",
    "pay_work",
    "sign_work",
    "pay_trip",
    "publish_output",
    "decide_claim",
    "pay_claim",
    "correct_fact",
    "cancel_fact",
    "change_webhook_endpoint",
    "rotate_webhook_secret",
    "remove_webhook_endpoint",
}
CHANGE = {"version": 1, "changes": {"description": "Posters"}, "reason": "Misread"}


@pytest.fixture
def paper(api: Api) -> str:
    """The path of a document."""
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    return f"{path}/{api.record(path, document(project))}"


def corrections(paper: str) -> str:
    return f"/v1/records/{paper.rpartition('/')[2]}/corrections"


def test_every_command_on_a_record_needs_it_and_no_other_write(
    services: Services, api: Api, asked: Writes
) -> None:
    head = services.ledger(api.tenant).head()
    for name, (path, body) in asked.items():
        answer = api.post(path, body, match=None, dry_run="true")
        if name in NEED_IT:
            assert (answer.status_code, problem_of(answer)) == (428, "precondition-required"), name
            stale = api.post(path, body, match='"99"', dry_run="true")
            assert (stale.status_code, problem_of(stale)) == (412, "stale-version"), name
            current = api.post(path, body, match=stale.headers["etag"], dry_run="true")
            assert current.status_code == 201, name
        else:
            assert answer.status_code in (200, 201, 202), (name, answer.text)
    assert asked.keys() > NEED_IT
    assert services.ledger(api.tenant).head() == head


def test_the_tag_of_a_read_and_of_a_write_are_taken(api: Api, paper: str) -> None:
    seen = api.get(paper).headers["etag"]
    assert seen.startswith('"1.')
    written = api.post(f"{paper}/payment", {"paid_on": "2026-04-10"}, match=seen)
    assert (written.status_code, written.headers["etag"]) == (201, '"2"')
    stale = api.post(corrections(paper), CHANGE, match=seen)
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    assert api.post(corrections(paper), CHANGE, match=f'"7", {written.headers["etag"]}').is_success


def test_a_refusal_of_an_old_version_is_stale_and_not_a_conflict(api: Api, paper: str) -> None:
    body = {"paid_on": "2026-04-10"}
    assert api.post(f"{paper}/payment", body, match='"1"').status_code == 201
    assert problem_of(api.post(f"{paper}/payment", body, match='"1"')) == "stale-version"
    assert problem_of(api.post(f"{paper}/payment", body, match='"2"')) == "already-recorded"
    assert problem_of(api.post(f"{paper}/payment", body, match="*")) == "already-recorded"


def test_a_repeated_request_gets_its_answer_with_the_tag_that_it_had(api: Api, paper: str) -> None:
    first = api.post(f"{paper}/payment", {"paid_on": "2026-04-10"}, "k", match='"1"')
    again = api.post(f"{paper}/payment", {"paid_on": "2026-04-10"}, "k", match='"1"')
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["etag"] == first.headers["etag"]


def test_what_the_caller_may_not_see_is_not_found_whatever_the_tag(
    api: Api, other: Api, paper: str
) -> None:
    for match in ("*", '"1"', '"99"'):
        answer = other.post(corrections(paper), CHANGE, match=match)
        assert (problem_of(answer), answer.headers.get("etag")) == ("not-found", None)


@pytest.mark.parametrize("match", ["1", '"1', '"1" "2"', ""])
def test_what_is_no_tag_is_refused(api: Api, paper: str, match: str) -> None:
    headers = api.headers | {"If-Match": match}
    answer = api.client.post(corrections(paper), json=CHANGE, headers=headers)
    assert answer.json()["errors"][0]["pointer"] == "If-Match"


def test_a_weak_tag_names_no_version(api: Api, paper: str) -> None:
    assert problem_of(api.post(corrections(paper), CHANGE, match='W/"1"')) == "stale-version"


def test_an_added_fact_is_checked_where_the_tag_is_sent(api: Api, asked: Writes) -> None:
    path, body = asked["record_attendance"]
    assert problem_of(api.post(path, body, match='"7"')) == "stale-version"
    assert api.post(path, body, match='"1"').status_code == 201


def moved_meanwhile(services: Services, api: Api, *, with_tag: bool) -> int:
    """The head after a difference, a document of its own, of one that is corrected meanwhile."""
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    record = api.record(path, document(project, paid_on="2026-04-10"))
    api.record(f"/v1/projects/{project}/claims", INTERIM)
    version = int(api.get(f"{path}/{record}").headers["etag"][1:].partition(".")[0])
    tries: list[int] = []

    def decide(work: Work) -> None:
        cancel(work, UUID(record), None, "Not ours", date(2026, 8, 1))
        if not tries:
            assert api.post(f"/v1/records/{record}/corrections", CHANGE).is_success
        tries.append(1)

    def judged(work: Work) -> None:
        if with_tag:
            Precondition(UUID(record), frozenset({version})).judged(work, lambda: decide(work))
        else:
            decide(work)

    commands = services.commands(api.tenant, "system:test")
    return commands.run(uuid4(), b"request", judged).position


def test_a_record_that_moves_while_it_is_decided_on_is_stale(services: Services, api: Api) -> None:
    with pytest.raises(StaleVersion):
        moved_meanwhile(services, api, with_tag=True)


def test_control_without_a_tag_only_the_stream_that_is_written_is_looked_at(
    services: Services, api: Api
) -> None:
    assert moved_meanwhile(services, api, with_tag=False) == services.ledger(api.tenant).head()


def corrected_at_once(api: Api, paper: str, bodies: list[Any], tag: str) -> list[Any]:
    return at_once(
        *[lambda body=body: api.post(corrections(paper), body, match=tag) for body in bodies]
    )


def test_of_commands_at_the_same_moment_on_one_version_one_is_done(api: Api, paper: str) -> None:
    tag = api.get(paper).headers["etag"]
    for _ in range(3):
        bodies = [CHANGE | {"changes": {"description": f"{tag} {one}"}} for one in range(4)]
        answers = corrected_at_once(api, paper, bodies, tag)
        assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412]
        tag = next(one.headers["etag"] for one in answers if one.status_code == 201)


def test_control_without_the_check_all_of_them_are_done(
    api: Api, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(_: str) -> None:
        return None

    monkeypatch.setattr(caller, "versions_of", unread)
    bodies = [CHANGE | {"changes": {"description": f"{one}"}} for one in range(4)]
    answers = corrected_at_once(api, paper, bodies, '"1"')
    assert {answer.status_code for answer in answers} == {201}


def test_a_create_needs_none(api: Api) -> None:
    assert api.post("/v1/projects", PROJECT, match=None).status_code == 201
