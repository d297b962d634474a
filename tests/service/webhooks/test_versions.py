"""Two who administer webhook endpoints do not overwrite one another."""

from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from service.api import caller
from service.composition import Services
from service.webhooks.worker import Worker
from tests.logs import at_once
from tests.service.api.requests import Api, problem_of
from tests.service.webhooks.conftest import working
from tests.service.webhooks.receiving import Answer, receiver, until
from tests.service.webhooks.test_delivery import ENDPOINTS, endpoint, record

URL = "https://example.org/hook"
SETTINGS: dict[str, Any] = {
    "url": URL,
    "description": "accounting",
    "project_id": None,
    "types": None,
    "enabled": True,
}
CHANGES = {"change": SETTINGS, "secret-rotation": {}, "removal": {}}


@pytest.fixture
def at(api: Api) -> str:
    return endpoint(api, URL)[0]


@pytest.mark.parametrize("command", CHANGES)
def test_a_change_says_which_version_was_seen(api: Api, at: str, command: str) -> None:
    path, body = f"{at}/{command}", CHANGES[command]
    seen = api.get(at).headers["etag"]
    assert seen.startswith('"1.')
    missing = api.post(path, body, match=None)
    assert (missing.status_code, problem_of(missing)) == (428, "precondition-required")
    changed = api.post(f"{at}/change", SETTINGS | {"description": "theirs"}, match=seen)
    assert (changed.status_code, changed.headers["etag"]) == (201, '"2"')
    stale = api.post(path, body, match=seen)
    assert (stale.status_code, problem_of(stale)) == (412, "stale-version")
    assert stale.headers["etag"] == '"2"'
    assert api.read(at)["description"] == "theirs"
    assert api.post(path, body, match=stale.headers["etag"]).status_code == 201


def test_a_read_is_not_sent_again_until_something_changed(api: Api, at: str) -> None:
    headers = api.headers | {"If-None-Match": api.get(at).headers["etag"]}
    assert api.client.get(at, headers=headers).status_code == 304
    api.record(f"{at}/secret-rotation", {})
    again = api.client.get(at, headers=headers)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert [one["version"] for one in api.read(ENDPOINTS)["items"]] == [2]


def test_a_repeated_change_is_answered_and_says_no_version(api: Api, at: str) -> None:
    first = api.post(f"{at}/change", SETTINGS, "once", match='"1"')
    again = api.post(f"{at}/change", SETTINGS, "once", match='"1"')
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (first.headers["etag"], again.headers.get("etag")) == ('"2"', None)
    assert api.read(at)["version"] == 2


def test_what_is_not_there_is_not_found_whatever_the_tag(api: Api, other: Api, at: str) -> None:
    for match in ("*", '"1"', '"99"'):
        for command, body in CHANGES.items():
            answer = other.post(f"{at}/{command}", body, match=match)
            assert (problem_of(answer), answer.headers.get("etag")) == ("not-found", None)


def test_an_endpoint_that_was_disabled_meanwhile_has_another_version(
    services: Services, api: Api, worker: Worker
) -> None:
    with receiver(lambda *_: Answer(410)) as there, working(worker):
        at, _ = endpoint(api, there.url)
        record(services, api, 1)
        until(lambda: not api.read(at)["enabled"])
    stale = api.post(f"{at}/change", SETTINGS | {"url": there.url}, match='"1"')
    assert problem_of(stale) == "stale-version"
    assert not api.read(at)["enabled"]


def changed_at_once(api: Api, at: str) -> list[int]:
    bodies = [SETTINGS | {"description": f"{one}"} for one in range(4)]
    calls = [lambda body=body: api.post(f"{at}/change", body, match='"1"') for body in bodies]
    return sorted(answer.status_code for answer in at_once(*calls))


def test_of_changes_at_the_same_moment_one_is_done(api: Api, at: str) -> None:
    assert changed_at_once(api, at) == [201, 412, 412, 412]


def test_control_without_the_check_the_last_one_wins(
    api: Api, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(_: str) -> None:
        return None

    monkeypatch.setattr(caller, "versions_of", unread)
    assert changed_at_once(api, at) == [201] * 4


def test_the_secret_of_a_dry_run_is_good_for_nothing(
    services: Services, api: Api, worker: Worker
) -> None:
    body = {"url": URL, "after": 0}
    dry = api.post(ENDPOINTS, body, "make", dry_run="true").json()
    assert api.read(ENDPOINTS)["items"] == []
    made = api.post(ENDPOINTS, body, "make").json()
    assert made["id"] == dry["id"]
    assert made["secret"] != dry["secret"]
    api.record(f"{ENDPOINTS}/{made['id']}/removal", {})

    with receiver() as there, working(worker):
        at, secret = endpoint(api, there.url)
        unused = api.post(f"{at}/secret-rotation", {}, dry_run="true").json()["secret"]
        assert unused != secret
        record(services, api, 1)
        there.wait_for(1)
    assert there.got[0].verified(secret)
    with pytest.raises(WebhookVerificationError):
        there.got[0].verified(unused)
    assert len(there.got[0].headers["webhook-signature"].split(" ")) == 1
