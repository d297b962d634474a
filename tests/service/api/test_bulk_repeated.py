"""A bulk request that is sent again records nothing twice, and goes on where it was cut off."""

from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from psycopg import OperationalError

from service.commands import many
from service.store.log import Ledger
from tests.logs import at_once
from tests.service.api.bulk_items import World, head, lines_of, outcomes, send_lines
from tests.service.api.requests import PARTICIPANT, TRIP, Api, problem_of, project_with_items

MODES = ("atomic", "continue")


def trips(count: int) -> list[dict[str, Any]]:
    return [TRIP | {"reference": f"CP{number}"} for number in range(count)]


def references(api: Api, project: str) -> list[str]:
    listed = api.read(f"/v1/projects/{project}/trips", limit=100)["items"]
    return [item["reference"] for item in listed]


@pytest.mark.parametrize("mode", MODES)
def test_a_repeated_request_gets_the_first_answer(client: TestClient, api: Api, mode: str) -> None:
    world = World(api)
    items = trips(3) if mode == "atomic" else world.items("documents", 7, 20)
    path = "trips" if mode == "atomic" else "documents"
    first = world.together(path, items, mode, "k")
    position = head(client, api)
    again = world.together(path, items, mode, "k")
    assert first.status_code == 200
    assert first.json()["recorded"]
    assert outcomes(again) == outcomes(first)
    ids = [[item.get("id") for item in one.json()["items"]] for one in (first, again)]
    assert ids[0] == ids[1]
    assert again.headers["ledger-position"] == first.headers["ledger-position"]
    assert head(client, api) == position


def test_without_a_key_the_same_items_are_another_request(client: TestClient, api: Api) -> None:
    world = World(api)
    for times in (1, 2):
        assert world.together("trips", trips(2)).json()["recorded"] == 2
        assert len(references(api, world.project)) == 3 + 2 * times


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("changed", [0, 3])
def test_other_items_under_the_key_are_refused(
    client: TestClient, api: Api, mode: str, changed: int
) -> None:
    world, items = World(api), trips(4)
    assert world.together("trips", items, mode, "k").status_code == 200
    position = head(client, api)
    others = [item | ({"place": "Prague"} if n == changed else {}) for n, item in enumerate(items)]
    turned = "atomic" if mode == "continue" else "continue"
    for answer in (
        world.together("trips", others, mode, "k"),
        world.together("trips", items, turned, "k"),
        world.together("trips", items[1:], mode, "k"),
    ):
        assert (answer.status_code, problem_of(answer)) == (422, "idempotency-mismatch")
    assert head(client, api) == position


def test_more_items_under_the_key_go_on_but_not_when_atomic(client: TestClient, api: Api) -> None:
    world = World(api)
    first = world.together("trips", trips(2), "continue", "k")
    more = world.together("trips", trips(5), "continue", "k")
    assert more.json()["items"][:2] == first.json()["items"]
    assert more.json()["recorded"] == 5
    assert len(references(api, world.project)) == 3 + 5
    assert world.together("trips", trips(2), "atomic", "a").status_code == 200
    answer = world.together("trips", trips(5), "atomic", "a")
    assert (answer.status_code, problem_of(answer)) == (422, "idempotency-mismatch")
    assert len(references(api, world.project)) == 3 + 5 + 2


@pytest.mark.parametrize("lines", [False, True], ids=["json", "lines"])
def test_a_request_that_is_cut_off_goes_on_where_it_was(
    client: TestClient, api: Api, monkeypatch: pytest.MonkeyPatch, lines: bool
) -> None:
    monkeypatch.setattr(many, "CHUNK", 2)
    project = project_with_items(api)
    path, append = f"/v1/projects/{project}/trips/bulk", Ledger.append
    appended: list[int] = []

    def failing(ledger: Ledger, *given: Any, **named: Any) -> Any:
        appended.append(1)
        if len(appended) == 3:
            raise OperationalError("the connection is lost")
        return append(ledger, *given, **named)

    def send() -> Any:
        if not lines:
            return api.post(path, {"mode": "continue", "items": trips(7)}, "k")
        body = b"\n".join(map(msgspec.json.encode, trips(7)))
        return send_lines(api, f"{path}?mode=continue", body, key="k")

    before = head(client, api)
    monkeypatch.setattr(Ledger, "append", failing)
    cut_off = send()
    if lines:
        told = lines_of(cut_off)
        assert [one["index"] for one in told] == [0, 1, 2, 3, 4]
        assert [one["status"] for one in told] == [201, 201, 201, 201, 503]
        assert told[-1]["problem"]["type"].endswith(":unavailable")
    else:
        assert problem_of(cut_off) == "unavailable"
    assert head(client, api) == before + 4
    whole = send()
    assert head(client, api) == before + 7
    items = lines_of(whole) if lines else whole.json()["items"]
    assert [(item["index"], item["status"]) for item in items] == [(n, 201) for n in range(7)]
    assert [item["position"] for item in items] == list(range(before + 1, before + 8))
    assert sorted(references(api, project)) == [f"CP{n}" for n in range(7)]


@pytest.mark.parametrize("mode", MODES)
def test_requests_at_the_same_moment_are_done_once(
    client: TestClient, api: Api, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "CHUNK", 2)
    world = World(api)
    before = head(client, api)
    people = [PARTICIPANT | {"last_name": f"Planted-{n + 5}"} for n in range(5)]
    send = lambda: world.together("participants", people, mode, "k")  # noqa: E731
    answers: list[Any] = at_once(send, send, send)
    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [answer.content for answer in answers if answer.status_code == 200]
    assert len(set(done)) == 1
    assert world.together("participants", people, mode, "k").content == done[0]
    assert head(client, api) == before + 10


def test_with_keys_of_their_own_each_person_is_recorded_once(
    client: TestClient, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "CHUNK", 2)
    world = World(api)
    before = head(client, api)
    people = [PARTICIPANT | {"last_name": f"Planted-{n + 5}"} for n in range(6)]
    send = lambda: world.together("participants", people)  # noqa: E731
    answers: list[Any] = at_once(send, send)
    statuses = [[item["status"] for item in answer.json()["items"]] for answer in answers]
    assert [sorted(pair) for pair in zip(*statuses, strict=True)] == [[201, 409]] * 6
    assert head(client, api) == before + 12
