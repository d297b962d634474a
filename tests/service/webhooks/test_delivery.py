"""Events are sent to endpoints: signed, in order, at least once, again when they are not taken."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import WebhookVerificationError

from service.composition import Services
from service.store.database import in_tenant
from service.webhooks import deliveries
from service.webhooks.worker import Worker
from tests.logs import by, noted
from tests.service.api.requests import PROJECT, Api, problem_of
from tests.service.webhooks.conftest import working
from tests.service.webhooks.receiving import Answer, Got, receiver, until

SECOND = PROJECT | {"registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000002"}
ENDPOINTS = "/v1/webhook-endpoints"


def endpoint(api: Api, url: str, **more: object) -> tuple[str, str]:
    answer = api.post(ENDPOINTS, {"url": url, "after": 0, **more})
    assert answer.status_code == 201, answer.text
    return f"{ENDPOINTS}/{answer.json()['id']}", answer.json()["secret"]


def record(services: Services, api: Api, count: int) -> list[str]:
    """The ids of as many events, the first one's first."""
    stream = uuid4()
    events = [noted(stream, version) for version in range(1, count + 1)]
    services.ledger(api.tenant).append([(by(), events)])
    rows = in_tenant(
        services.pool, api.tenant, "SELECT event_id FROM ledger.event ORDER BY position", []
    )
    return [str(event) for (event,) in rows]


def taken(api: Api, at: str, position: int) -> bool:
    return api.read(at)["position"] == position and not api.read(f"{at}/deliveries")["items"]


def test_each_event_is_sent_once_in_order_and_verified_by_the_public_library(
    services: Services, api: Api, worker: Worker
) -> None:
    with receiver() as there, working(worker):
        at, secret = endpoint(api, there.url)
        ids = record(services, api, 120)
        until(lambda: taken(api, at, 120))

    assert there.ids == ids
    fed = api.read("/v1/events", limit=500)
    assert [one.verified(secret) for one in there.got] == fed
    headers = there.got[0].headers
    assert headers["content-type"] == "application/cloudevents+json"
    assert there.got[0].path == "/hook?from=grantledger"
    assert headers["host"] == there.host
    with pytest.raises(WebhookVerificationError):
        there.got[0].verified("whsec_" + "A" * 43 + "=")
    changed = replace(there.got[0], body=there.got[0].body.replace(b"note", b"nota"))
    with pytest.raises(WebhookVerificationError):
        changed.verified(secret)


def test_an_error_of_the_system_does_not_end_the_sending(
    services: Services, api: Api, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()
    submit = ThreadPoolExecutor.submit

    def submitted(pool: ThreadPoolExecutor, *given: Any) -> Any:
        if failed.is_set() or pool._thread_name_prefix != "webhooks":
            return submit(pool, *given)
        failed.set()
        raise RuntimeError("can't start new thread")

    with receiver() as there:
        at, _ = endpoint(api, there.url)
        ids = record(services, api, 1)
        with monkeypatch.context() as patched, working(worker):
            patched.setattr(ThreadPoolExecutor, "submit", submitted)
            until(lambda: taken(api, at, 1))
    assert failed.is_set()
    assert there.ids == ids


def test_an_event_that_is_not_taken_is_sent_again_with_its_id_before_the_next(
    services: Services, api: Api, worker: Worker
) -> None:
    def thrice(got: Got, number: int) -> Answer:
        return Answer(500 if number < 3 else 204)

    with receiver(thrice) as there, working(worker):
        at, secret = endpoint(api, there.url)
        first, second = record(services, api, 2)
        until(lambda: taken(api, at, 2))

    assert there.ids == [first] * 3 + [second] * 3
    assert all(one.verified(secret) for one in there.got)
    attempts = api.read(f"{at}/attempts")["items"]
    assert [(one["attempt"], one["status"]) for one in reversed(attempts)] == [
        *((1, 500), (2, 500), (3, 204)),
        *((1, 500), (2, 500), (3, 204)),
    ]


@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        (Answer(302, {"Location": "http://127.0.0.1:1/elsewhere"}), "status", 302),
        (Answer(400), "status", 400),
        (Answer(pause_s=1.5), "timeout", None),
        (Answer(cut_off=True), "not_http", None),
    ],
    ids=["redirected", "refused", "too slow", "cut off"],
)
def test_only_an_answer_of_2xx_in_time_counts(
    services: Services, api: Api, worker: Worker, answer: Answer, outcome: str, status: int | None
) -> None:
    with (
        receiver(lambda _, number: answer if number == 1 else Answer(200)) as there,
        working(worker),
    ):
        at, _ = endpoint(api, there.url)
        record(services, api, 1)
        until(lambda: taken(api, at, 1))

    last, first = api.read(f"{at}/attempts")["items"]
    assert (first["outcome"], first["status"]) == (outcome, status)
    assert (last["outcome"], last["status"]) == ("delivered", 200)
    assert len(there.got) == 2


def test_an_event_that_is_never_taken_is_set_aside_then_dead_and_the_others_go_on(
    services: Services, api: Api, worker: Worker
) -> None:
    poison = list[str]()

    def never(got: Got, number: int) -> Answer:
        return Answer(500 if got.id in poison else 204)

    with receiver(never) as there:
        at, _ = endpoint(api, there.url)
        ids = record(services, api, 5)
        poison.append(ids[1])
        with working(worker):
            until(lambda: len(api.read(f"{at}/deliveries", dead=True)["items"]) == 1)
            assert api.read(at)["enabled"], "others were taken"
            [dead] = api.read(f"{at}/deliveries")["items"]
            assert (dead["position"], dead["attempts"], dead["state"]) == (2, 4, "dead")
            assert sorted(set(there.ids)) == sorted(ids)
            assert there.ids[:4] == [ids[0], ids[1], ids[1], ids[1]], "the order is kept at first"

            poison.clear()
            assert api.post(f"{at}/replay", {"position": 2}).status_code == 201
            until(lambda: taken(api, at, 5))
    assert there.ids[-1] == ids[1]


def test_an_endpoint_that_takes_nothing_is_disabled_and_goes_on_when_enabled(
    services: Services, api: Api, worker: Worker
) -> None:
    down = threading.Event()
    down.set()
    with receiver(lambda *_: Answer(503 if down.is_set() else 200)) as there, working(worker):
        at, _ = endpoint(api, there.url)
        ids = record(services, api, 1)
        until(lambda: not api.read(at)["enabled"])
        assert "nothing was taken" in api.read(at)["disabled_reason"]
        ids = record(services, api, 2)
        sent = len(there.got)
        down.clear()
        threading.Event().wait(0.6)
        assert len(there.got) == sent, "nothing is sent to a disabled one"
        body = {"url": there.url, "description": "", "project_id": None, "types": None}
        assert api.post(f"{at}/change", {**body, "enabled": True}).status_code == 201
        assert api.post(f"{at}/replay", {"position": 1}).status_code == 201
        until(lambda: taken(api, at, 3))
    assert set(there.ids[sent:]) == set(ids)


def test_410_disables_at_once(services: Services, api: Api, worker: Worker) -> None:
    with receiver(lambda *_: Answer(410)) as there, working(worker):
        at, _ = endpoint(api, there.url)
        record(services, api, 3)
        until(lambda: not api.read(at)["enabled"])

    assert len(there.got) == 1
    assert "410" in api.read(at)["disabled_reason"]
    assert [one["state"] for one in api.read(f"{at}/deliveries")["items"]] == ["dead"]


@pytest.mark.parametrize("status", [429, pytest.param(503, marks=pytest.mark.long)])
def test_retry_after_is_waited_for(
    services: Services, api: Api, worker: Worker, status: int
) -> None:
    busy = Answer(status, {"Retry-After": "1"})
    with (
        receiver(lambda _, number: busy if number == 1 else Answer()) as there,
        working(worker),
    ):
        at, _ = endpoint(api, there.url)
        record(services, api, 1)
        there.wait_for(1)
        threading.Event().wait(0.6)
        assert len(there.got) == 1, "the schedule alone would have sent it again"
        assert api.read(at)["held_until"] is not None
        until(lambda: taken(api, at, 1))
    first, second = (int(one.headers["webhook-timestamp"]) for one in there.got)
    assert second >= first


def test_both_secrets_sign_after_a_rotation(services: Services, api: Api, worker: Worker) -> None:
    with receiver() as there, working(worker):
        at, old = endpoint(api, there.url)
        rotated = api.post(f"{at}/secret-rotation", {}, key="rotate-once")
        new = rotated.json()["secret"]
        again = api.post(f"{at}/secret-rotation", {}, key="rotate-once")
        record(services, api, 1)
        there.wait_for(1)

    assert old != new == again.json()["secret"]
    assert there.got[0].verified(old) == there.got[0].verified(new)
    assert len(there.got[0].headers["webhook-signature"].split(" ")) == 2


def test_rewound_it_sends_everything_again_under_the_same_ids(
    services: Services, api: Api, worker: Worker
) -> None:
    with receiver() as there, working(worker):
        at, _ = endpoint(api, there.url)
        ids = record(services, api, 4)
        until(lambda: taken(api, at, 4))
        assert api.post(f"{at}/rewind", {"after": 1}).status_code == 201
        there.wait_for(7)
        until(lambda: taken(api, at, 4))

    assert there.ids == [*ids, *ids[1:]]
    assert problem_of(api.post(f"{at}/rewind", {"after": 5})) == "invalid-value"


def test_an_endpoint_gets_only_its_project_and_types(
    services: Services, api: Api, other: Api, worker: Worker
) -> None:
    with receiver() as there, receiver() as everything, working(worker):
        ours, theirs = api.project(), api.record("/v1/projects", SECOND)
        at, secret = endpoint(api, there.url, project_id=ours, types=["project.registered.v1"])
        all_at, _ = endpoint(api, everything.url)
        other.project()
        head = len(record(services, api, 1))
        until(lambda: taken(api, at, head) and taken(api, all_at, head))

    [event] = [one.verified(secret) for one in there.got]
    assert (event["projectid"], event["type"]) == (ours, "cz.grantledger.project.registered.v1")
    told = [json.loads(one.body).get("projectid") for one in everything.got]
    assert len(told) == head, "of no other organisation"
    assert set(told) == {ours, theirs, None}, "control"


def test_the_log_of_attempts_is_bounded(
    services: Services, api: Api, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "ATTEMPTS_KEPT", 5)
    with receiver() as there, working(worker):
        at, _ = endpoint(api, there.url)
        ids = record(services, api, 12)
        until(lambda: taken(api, at, 12))
    kept = api.read(f"{at}/attempts")["items"]

    assert [one["number"] for one in kept] == [12, 11, 10, 9, 8]
    assert [one["event_id"] for one in kept] == list(reversed(ids))[:5]


def test_two_workers_send_each_event_once(services: Services, api: Api, worker: Worker) -> None:
    with receiver() as there:
        at, _ = endpoint(api, there.url)
        ids = record(services, api, 100)
        with working(worker), working(worker), working(replace(worker)):
            until(lambda: taken(api, at, 100))
    assert there.ids == ids


def test_a_removed_endpoint_gets_nothing_more(services: Services, api: Api, worker: Worker) -> None:
    with receiver(lambda *_: Answer(500)) as there, working(worker):
        at, _ = endpoint(api, there.url)
        record(services, api, 1)
        there.wait_for(1)
        assert api.post(f"{at}/removal", {}).status_code == 201
        threading.Event().wait(0.2)
        sent = len(there.got)
        threading.Event().wait(0.5)
        assert len(there.got) == sent
    assert problem_of(api.get(at)) == "not-found"
    assert problem_of(api.get(f"{at}/deliveries")) == "not-found"
    count = "SELECT count(*) FROM ledger.webhook_attempt"
    assert in_tenant(services.pool, api.tenant, count, []) == [(0,)]


def test_an_event_that_is_not_the_endpoints_is_not_replayed(services: Services, api: Api) -> None:
    at, _ = endpoint(api, "https://example.org/", types=["claim.paid.v1"])
    record(services, api, 1)

    assert problem_of(api.post(f"{at}/replay", {"position": 1})) == "invalid-value"
    assert problem_of(api.post(f"{at}/replay", {"position": 9})) == "invalid-value"
    assert problem_of(api.post(f"{ENDPOINTS}/{UUID(int=1)}/replay", {"position": 1})) == "not-found"
