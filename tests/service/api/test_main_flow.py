"""A small project from its registration to its figures, through HTTP only."""

from typing import Any

import pytest

from tests.service.api.requests import (
    ACTIVITY,
    PARTICIPANT,
    PLANTED,
    TARGET,
    TRIP,
    WORK,
    Api,
    document,
    project_with_items,
)


@pytest.fixture
def project(api: Api) -> str:
    """A project with one fact of each kind: two documents paid and claimed, one with a finding."""
    project = project_with_items(api)
    at = f"/v1/projects/{project}"
    api.record(f"{at}/indicators", TARGET)
    rate = {"date": "2026-03-31", "currency": "EUR", "amount_unit": 1, "rate": "24.310"}
    api.record("/v1/exchange-rates", rate | {"kind": "CNB_DAILY"})
    _people(api, at)
    first = api.record(f"{at}/documents", document(project))
    api.record(f"{at}/documents/{first}/payment", {"paid_on": "2026-04-10"})
    second = {"reference": "FP00002", "paid_on": "2026-04-11"}
    api.record(f"{at}/documents", document(project, **second))
    work = api.record(f"{at}/work-records", WORK)
    api.record(f"{at}/work-records/{work}/signature", {"signed_on": "2026-03-31"})
    api.record(f"{at}/work-records/{work}/payment", {"paid_on": "2026-04-10"})
    trip = api.record(f"{at}/trips", TRIP)
    api.record(f"{at}/trips/{trip}/payment", {"paid_on": "2026-08-10"})
    _claims(api, at, first)
    return project


def _people(api: Api, at: str) -> None:
    activity = api.record(f"{at}/activities", ACTIVITY)
    person = api.record(f"{at}/participants", PARTICIPANT)
    attendance = {"participant_id": person, "date": "2026-03-31", "quantity": "42", "unit": "hour"}
    api.record(f"{at}/activities/{activity}/attendance", attendance)
    grades = {"content": 5, "usefulness": 4, "organisation": 3, "language": "cs"}
    api.record(f"{at}/activities/{activity}/questionnaires", {"reference": "Q0001", **grades})
    contact = {"client_code": "K1", "date": "2026-03-31", "channel": "phone", "minutes": 15}
    api.record(f"{at}/activities/{activity}/contacts", {**contact, "topic": "residence"})
    output = {"reference": "O01", "kind": "manual", "title": "A manual", "counts": True}
    written = api.record(f"{at}/outputs", {**output, "written_on": "2026-03-31"})
    publication = {"published_on": "2026-04-15", "published_at": "https://example.org/1"}
    api.record(f"{at}/outputs/{written}/publication", publication)


def _claims(api: Api, at: str, document: str) -> None:
    advance = {"number": 1, "kind": "advance", "period": None, "submitted_on": "2026-01-10"}
    first = api.record(f"{at}/claims", advance)
    api.record(f"{at}/claims/{first}/payment", {"paid_on": "2026-02-01", "amount": "30000.00"})
    interim = {"number": 2, "kind": "interim", "period": 1, "submitted_on": "2026-07-31"}
    second = api.record(f"{at}/claims", interim)
    reduction = {"document_id": document, "amount": "10.00", "reason": "Not eligible"}
    decision = {"decided_on": "2026-09-01", "reductions": [reduction]}
    api.record(f"{at}/claims/{second}/decision", decision)


def test_the_claim_takes_what_was_paid_in_its_period_and_has_no_finding(
    api: Api, project: str
) -> None:
    claims = api.read(f"/v1/projects/{project}/claims")["items"]
    assert [claim["number"] for claim in claims] == [1, 2]
    assert claims[0]["paid_amount"] == "30000.00"
    claim = api.read(f"/v1/projects/{project}/claims/{claims[1]['id']}")
    assert [line["reference"] for line in claim["lines"]] == ["FP00001", "MZ00001"]
    assert (claim["declared"], claim["reduced"]) == ("9250.00", "10.00")


def test_figures_and_where_they_come_from(api: Api, project: str) -> None:
    at = f"/v1/projects/{project}"
    figures = api.read(f"{at}/reports/figures", as_of="2026-12-31")
    item = figures["budget_by_item"]["1.1.4.1"]
    assert item == {
        "budget": "10000.00",
        "recorded": "1210.00",
        "approved": "1200.00",
        "remaining": "8790.00",
    }
    assert figures["findings"] == {"FP00002": ["duplicate_document"]}
    assert figures["participants"]["counted"] == 1
    assert figures["claims"][0]["declared_direct"] == "9250.00"
    address = "/budget_by_item/1.1.4.1/recorded"
    opened = api.read(f"{at}/provenance", figure=address, as_of="2026-12-31")
    assert (opened["figure"], opened["value"]) == (address, "1210.00")
    (fact,) = opened["derivation"]["facts"]
    assert fact["value"] == "1210.00"
    assert fact["event"]["type"] == "accounting-document.recorded.v1"
    assert fact["event"] in fact["events"]


def test_the_reports_of_budget_and_indicators_equal_the_figures(api: Api, project: str) -> None:
    at = f"/v1/projects/{project}/reports"
    figures = api.read(f"{at}/figures", as_of="2026-12-31")
    for point in ({}, {"as_of": "2026-12-31"}):
        budget = api.read(f"{at}/budget", **point)
        found = {
            line["code"]: {name: line[name] for name in ("budget", "recorded", "approved")}
            for line in budget["items"]
        }
        assert found == {
            code: {name: figure[name] for name in ("budget", "recorded", "approved")}
            for code, figure in figures["budget_by_item"].items()
        }
        assert budget["total"]["blocked"] == "1210.00"
        indicators = api.read(f"{at}/indicators", **point)
        (persons,) = indicators["indicators"]
        assert (persons["achieved"], persons["target"]) == (1, "1")
        assert persons["by_period"][0] == {"period": 1, "value": 1}
        assert {
            one["code"]: {name: one[name] for name in ("total", "women", "men")}
            for one in indicators["common_indicators"]
        } == figures["common_indicators"]
    assert api.read(f"{at}/budget", as_of="2026-03-30")["total"]["recorded"] == "0.00"
    assert api.read(f"{at}/claims", as_of="2026-12-31")["claims"] == figures["claims"]


def test_no_read_but_that_of_personal_data_shows_a_person(api: Api, project: str) -> None:
    at = f"/v1/projects/{project}"
    answers = {path: api.get(path).text for path in _reads(api, at)}
    shown = {path for path, text in answers.items() if any(name in text for name in PLANTED)}
    assert shown == set()
    (person,) = api.read(f"{at}/participants")["items"]
    assert (person["hours"], person["status"]) == ("42.00", "counted")
    personal = api.get(f"{at}/participants/{person['id']}/personal-data", purpose="a phone call")
    assert personal.json()["last_name"] == PARTICIPANT["last_name"]  # the control
    assert personal.json()["disadvantage"] == ["ZNMIG"]
    assert personal.headers["cache-control"] == "no-store"


def _reads(api: Api, at: str) -> list[str]:
    """Every read of the project and of each of its records."""
    lists = ("activities", "participants", "outputs", "documents", "work-records", "trips")
    paths = [at, "/v1/projects", f"{at}/budget", f"{at}/indicators", f"{at}/findings"]
    paths += [f"{at}/audit-trail?limit=500", "/v1/status"]
    paths += [f"{at}/reports/{name}" for name in ("figures", "budget", "indicators", "claims")]
    for name in (*lists, "claims"):
        paths.append(f"{at}/{name}")
        items: list[dict[str, Any]] = api.read(f"{at}/{name}")["items"]
        assert items, name
        paths += [f"{at}/{name}/{item['id']}" for item in items]
        if name == "activities":
            paths += [f"{at}/activities/{item['id']}/attendance" for item in items]
    for path in paths:
        answer = api.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert int(answer.headers["ledger-position"]) > 0
    return paths


def test_a_list_comes_in_pages_that_miss_and_repeat_nothing(api: Api, project: str) -> None:
    path = f"/v1/projects/{project}/audit-trail"
    whole = api.read(path, limit=500)
    assert whole["next_cursor"] is None
    paged: list[Any] = []
    cursor: str | None = None
    while True:
        page = api.read(path, limit=7, **({"cursor": cursor} if cursor else {}))
        paged += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == whole["items"]
    assert [entry["position"] for entry in paged] == sorted(entry["position"] for entry in paged)


def test_findings_name_the_rule_in_two_languages(api: Api, project: str) -> None:
    (finding,) = api.read(f"/v1/projects/{project}/findings")["items"]
    assert (finding["reference"], finding["code"]) == ("FP00002", "duplicate_document")
    assert finding["blocking"]
    assert finding["title_en"]
    assert finding["title_cs"]
    assert api.read(f"/v1/projects/{project}/findings", code="other")["items"] == []
