"""The events as CloudEvents: complete, in order, only of whom the caller may see, without names."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from litestar.testing import TestClient

from service.composition import Services
from service.feed.reading import SCANNED_MAX
from service.store.database import in_tenant
from tests.logs import by, noted, stored_rows
from tests.service.api.conftest import Made
from tests.service.api.listening import follow
from tests.service.api.people import grant_role, token_with, user_with
from tests.service.api.requests import ITEM, PLANTED, PROJECT, Api, document, problem_of

SECOND = PROJECT | {"registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000002"}
BATCH = "application/cloudevents-batch+json"
PREFIX = "cz.grantledger."


def all_of(api: Api, after: int = 0, **query: object) -> list[dict]:
    api.client.headers.update(api.headers)
    return list(follow(api.client, after, **query))


def positions(events: list[dict]) -> list[int]:
    return [int(event["sequence"]) for event in events]


def test_every_event_of_the_log_is_told_as_it_is_stored(made: Made) -> None:
    events = all_of(made.api, limit=7)

    stored = stored_rows(made.services.pool, made.api.tenant)
    assert positions(events) == list(range(1, len(stored) + 1))
    for event, row in zip(events, stored, strict=True):
        _, stream, version, name, data, event_id, at, _, command, _, causation, _ = row
        assert (event["id"], event["subject"]) == (str(event_id), str(stream))
        assert (event["type"], event["subjectversion"]) == (PREFIX + name, version)
        assert datetime.fromisoformat(event["recordedtime"]) == at
        assert event["correlationid"] == str(command)
        assert event.get("causationid") == (str(causation) if causation else None)
        assert event["data"] == json.loads(data)
        assert len(event["sequence"]) == 19
    assert {event["source"] for event in events} == {f"urn:grantledger:tenant:{made.api.tenant}"}


def test_time_is_the_beginning_of_the_day_in_prague(made: Made) -> None:
    winter, summer = "2026-01-01", "2026-04-10"
    times = {event["data"]["effective_on"]: event["time"] for event in all_of(made.api)}

    assert times[winter] == "2025-12-31T23:00:00Z"
    assert times[summer] == "2026-04-09T22:00:00Z"


def test_no_event_holds_a_planted_name_or_who_recorded_it(made: Made) -> None:
    text = made.api.get("/v1/events", limit=500).text

    assert not [word for word in (*PLANTED, str(made.api.user), "Nováková") if word in text]
    assert "2026-0417" in text, "control: what is not of persons is there"


def test_the_answer_is_a_batch_with_its_position_and_the_next_page(api: Api) -> None:
    api.project()
    answer = api.get("/v1/events", after=0, limit=1, types="project.registered.v1")

    assert answer.headers["content-type"] == BATCH
    assert answer.headers["ledger-position"] == "1"
    assert answer.headers["link"] == (
        '</v1/events?after=1&limit=1&types=project.registered.v1>; rel="next"'
    )
    assert len(answer.json()) == 1
    refused = api.client.get("/v1/events", headers=api.headers | {"Accept": "text/csv"})
    assert refused.status_code == 406
    assert problem_of(refused) == "not-acceptable"


def test_only_the_types_asked_for_and_only_known_ones(made: Made) -> None:
    names = ["claim.paid.v1", "fact.corrected.v1"]
    events = all_of(made.api, types=",".join(names), limit=3)

    everything = all_of(made.api)
    wanted = [one for one in everything if one["type"].removeprefix(PREFIX) in names]
    assert events == wanted
    assert 5 < len(events) < len(everything)
    assert problem_of(made.api.get("/v1/events", types="claim.payed.v1")) == "invalid-value"
    assert problem_of(made.api.get("/v1/events", types="claim")) == "invalid-value"


@pytest.fixture(scope="module")
def shared(services: Services, client: TestClient) -> Iterator[tuple[Api, str, str]]:
    """Two projects, a document of each, one that both bear, and a rate of the organisation."""
    from tests.service.api.conftest import organisation

    with organisation(services, client) as api:
        ours, theirs = api.project(), api.record("/v1/projects", SECOND)
        for project in (ours, theirs):
            api.record(f"/v1/projects/{project}/budget/items", ITEM)
            named = {"reference": f"FP-{project[:4]}", "document_number": project[:6]}
            api.record(f"/v1/projects/{project}/documents", document(project, **named))
        halves = [
            {"project_id": project, "item": ITEM["code"], "amount": "605.00"}
            for project in (ours, theirs)
        ]
        both = document(ours, reference="FP-both", document_number="both", allocations=halves)
        record = api.record(f"/v1/projects/{ours}/documents", both)
        api.record(f"/v1/projects/{ours}/documents/{record}/payment", {"paid_on": "2026-04-10"})
        yield api, ours, theirs


def test_a_project_has_its_events_and_those_that_it_shares(shared: tuple[Api, str, str]) -> None:
    api, ours, theirs = shared
    everything = all_of(api)
    of_ours, of_theirs = all_of(api, project=ours), all_of(api, project=theirs)

    both = [one for one in of_ours if one in of_theirs]
    assert len(both) >= 2
    assert both[0]["data"]["reference"] == "FP-both"
    assert all(theirs not in json.dumps(one) or one in both for one in of_ours)
    assert len(of_ours) + len(of_theirs) - len(both) <= len(everything)
    assert {one["projectid"] for one in of_ours} == {ours}


def test_a_caller_of_one_project_sees_what_concerns_it_and_no_other(
    services: Services, client: TestClient, shared: tuple[Api, str, str]
) -> None:
    api, ours, theirs = shared
    finance = user_with(services, client, api.tenant, "finance", ours)
    seen = all_of(finance)

    text = json.dumps(seen)
    assert ours in text
    assert theirs not in text
    assert "FP-both" not in text, "of both: for who may read both"
    everything = all_of(api)
    assert seen == [one for one in everything if one in seen]
    assert theirs in json.dumps(everything), "control: the owner sees it"
    assert problem_of(finance.get("/v1/events", project=theirs)) == "not-found"
    grant_role(services, api.tenant, finance.user, "auditor", theirs)
    assert "FP-both" in json.dumps(all_of(finance))


def test_an_event_without_a_project_is_for_who_may_read_all(
    services: Services, client: TestClient, api: Api
) -> None:
    ours = api.project()
    ledger = services.ledger(api.tenant)
    ledger.append([(by(), [noted(UUID(int=7), 1)])])
    finance = user_with(services, client, api.tenant, "finance", ours)

    assert "projectid" not in all_of(api)[-1]
    assert "fact.cancelled.v1" not in json.dumps(all_of(finance))


def test_roles_and_scopes_that_lack_the_permission_are_refused(
    services: Services, client: TestClient, api: Api
) -> None:
    coordinator = user_with(services, client, api.tenant, "coordinator")
    scoped = Api(
        client, api.tenant, api.user, token_with(services, api.tenant, api.user, ("me.read",))
    )

    assert problem_of(coordinator.get("/v1/events")) == "forbidden"
    assert problem_of(scoped.get("/v1/events")) == "forbidden"
    assert api.get("/v1/events").status_code == 200, "control"


def test_no_event_of_another_organisation_is_told(api: Api, other: Api) -> None:
    project = api.project()

    assert all_of(other) == []
    assert problem_of(other.get("/v1/events", project=project)) == "not-found"
    assert len(all_of(api)) > 0, "control"


def test_a_page_passes_by_what_is_not_wanted_and_says_how_far(services: Services, api: Api) -> None:
    ledger = services.ledger(api.tenant)
    stream = UUID(int=1)
    batch = [noted(stream, number) for number in range(1, SCANNED_MAX + 501)]
    ledger.append([(by(), batch)])
    api.project()

    empty = api.get("/v1/events", types="project.registered.v1")
    assert empty.json() == []
    assert empty.headers["ledger-position"] == str(SCANNED_MAX)
    rest = all_of(api, SCANNED_MAX, types="project.registered.v1")
    assert positions(rest) == [SCANNED_MAX + 501]


def test_a_reader_ahead_of_the_log_is_told_so(api: Api) -> None:
    api.project()
    head = int(api.get("/v1/events").headers["ledger-position"])

    assert api.get("/v1/events", after=head).json() == []
    refused = api.get("/v1/events", after=head + 1)
    assert problem_of(refused) == "invalid-value"
    assert refused.json()["errors"] == [
        {"pointer": "after", "detail": f"the log ends at {head}: begin again from an earlier one"}
    ]


@pytest.mark.parametrize(
    "query",
    [{"after": -1}, {"after": "x"}, {"wait": 31}, {"limit": 0}, {"project": "x"}, {"afer": 1}],
)
def test_a_parameter_that_is_not_of_the_feed_is_refused(api: Api, query: dict) -> None:
    assert problem_of(api.get("/v1/events", **query)) == "invalid-value"


def test_recorded_times_are_utc_and_never_go_back(made: Made) -> None:
    times = [datetime.fromisoformat(one["recordedtime"]) for one in all_of(made.api)]

    assert times == sorted(times)
    assert {one.tzinfo for one in times} == {UTC}


def test_the_project_of_an_event_is_that_of_the_audit_trail(made: Made) -> None:
    trail = in_tenant(
        made.services.pool,
        made.api.tenant,
        "SELECT position, project_id::text FROM views.audit_event ORDER BY position",
        [],
    )

    assert [(int(one["sequence"]), one.get("projectid")) for one in all_of(made.api)] == trail


def test_the_token_is_asked_for(client: TestClient) -> None:
    client.headers.pop("Authorization", None)
    assert client.get("/v1/events").status_code == 401
