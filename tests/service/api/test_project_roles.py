"""Roles in one project: records whose address names no project, and documents of several."""

import pytest
from litestar.testing import TestClient

from domain.event import stored_names
from service.api.record_rights import OF_DOCUMENT, RECORDED_WITH
from service.composition import Services
from tests.service.api.people import user_with
from tests.service.api.requests import (
    ACTIVITY,
    DOCUMENT,
    ITEM,
    PARTICIPANT,
    PROJECT,
    Api,
    document,
    problem_of,
    project_with_items,
)

SECOND = {"registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000002"}
CANCEL = {"reason": "A mistake"}


@pytest.fixture
def projects(api: Api) -> tuple[str, str]:
    return project_with_items(api), project_with_items(api, **SECOND)


def finance_in(services: Services, client: TestClient, api: Api, project: str) -> Api:
    return user_with(services, client, api.tenant, "finance", project)


def test_every_fact_that_a_person_records_has_a_permission_to_correct_it() -> None:
    reserved = ("document-number.", "person-month.", "project-number.", "fact.")
    facts = [
        name
        for name in stored_names()
        if not name.startswith((*reserved, "test")) and name not in OF_DOCUMENT
    ]
    assert len(facts) >= 20
    assert set(facts) <= RECORDED_WITH.keys()


def test_a_record_of_another_project_cannot_be_corrected_or_cancelled(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, theirs = projects
    mine = api.record(f"/v1/projects/{ours}/documents", document(ours))
    foreign = api.record(
        f"/v1/projects/{theirs}/documents", document(theirs, document_number="2026-0418")
    )
    finance = finance_in(services, client, api, ours)
    change = {"version": 1, "changes": {"description": "Mine"}, "reason": "Mine"}

    for path, body in (("corrections", change), ("cancellations", CANCEL)):
        refused = finance.post(f"/v1/records/{foreign}/{path}", body)
        assert problem_of(refused) == "not-found"
    assert finance.post(f"/v1/records/{mine}/corrections", change).status_code == 201, "control"
    assert api.post(f"/v1/records/{foreign}/corrections", change).status_code == 201, "control"


def test_a_cancelled_record_of_another_project_stays_unknown(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, theirs = projects
    foreign = api.record(f"/v1/projects/{theirs}/documents", document(theirs))
    api.record(f"/v1/records/{foreign}/cancellations", CANCEL)
    path = f"/v1/records/{foreign}/cancellations"

    finance = finance_in(services, client, api, ours)
    assert problem_of(finance.post(path, CANCEL)) == "not-found"
    assert problem_of(api.post(path, CANCEL)) != "not-found", "control"


def test_who_may_correct_may_not_correct_what_his_role_does_not_record(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, _ = projects
    activity = api.record(f"/v1/projects/{ours}/activities", ACTIVITY)
    path = f"/v1/records/{activity}/cancellations"

    finance = finance_in(services, client, api, ours)
    coordinator = user_with(services, client, api.tenant, "coordinator", ours)
    assert problem_of(finance.post(path, CANCEL)) == "forbidden"
    assert coordinator.post(path, CANCEL).status_code == 201, "control"


def test_rates_of_the_organisation_are_not_for_a_role_in_one_project(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    body = {
        "currency": "EUR",
        "date": "2026-03-31",
        "rate": "25.10",
        "amount_unit": 1,
        "kind": "CNB_DAILY",
    }
    finance = finance_in(services, client, api, projects[0])
    assert problem_of(finance.post("/v1/exchange-rates", body)) == "forbidden"
    assert api.post("/v1/exchange-rates", body).status_code == 201, "control"


def test_a_document_bears_only_on_projects_that_the_caller_may_record_in(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, theirs = projects
    halves = [
        {"project_id": project, "item": ITEM["code"], "amount": "605.00"}
        for project in (ours, theirs)
    ]
    body = {**DOCUMENT, "allocations": halves}
    finance = finance_in(services, client, api, ours)

    refused = finance.post(f"/v1/projects/{ours}/documents", body)
    assert problem_of(refused) == "unknown-reference"
    assert refused.json()["errors"][0]["pointer"] == "/allocations/1/project_id"
    shared = api.record(f"/v1/projects/{ours}/documents", body)
    seen = finance.read(f"/v1/projects/{ours}/documents/{shared}")["allocations"]
    assert [one["project_id"] for one in seen] == [ours]
    whole = api.read(f"/v1/projects/{ours}/documents/{shared}")["allocations"]
    assert [one["project_id"] for one in whole] == [ours, theirs], "control"
    refused = finance.post(f"/v1/records/{shared}/cancellations", CANCEL)
    assert problem_of(refused) == "forbidden", "the other project's part is not his to take back"


def test_a_correction_brings_in_no_other_project(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, theirs = projects
    mine = api.record(f"/v1/projects/{ours}/documents", document(ours))
    moved = [{"project": theirs, "item": ITEM["code"], "amount": "1210.00"}]
    change = {"version": 1, "changes": {"allocations": moved}, "reason": "Theirs now"}

    finance = finance_in(services, client, api, ours)
    path = f"/v1/records/{mine}/corrections"
    assert problem_of(finance.post(path, change)) == "forbidden"
    assert api.post(path, change).status_code == 201, "control"


def test_a_document_corrects_only_one_that_the_caller_sees(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, theirs = projects
    foreign = api.record(f"/v1/projects/{theirs}/documents", document(theirs))
    note = document(ours, document_number="2026-0419", corrects=foreign)

    finance = finance_in(services, client, api, ours)
    path = f"/v1/projects/{ours}/documents"
    assert problem_of(finance.post(path, note)) == "unknown-reference"
    assert api.post(path, note).status_code == 201, "control"


def test_disadvantages_are_withheld_without_the_special_right(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, _ = projects
    person = api.record(f"/v1/projects/{ours}/participants", PARTICIPANT)
    path = f"/v1/projects/{ours}/participants/{person}/personal-data"

    coordinator = user_with(services, client, api.tenant, "coordinator", ours)
    seen = coordinator.read(path, purpose="a test")
    assert (seen["disadvantage"], seen["withheld"]) == (None, ["disadvantage"])
    assert seen["last_name"] == PARTICIPANT["last_name"]
    manager = user_with(services, client, api.tenant, "manager", ours)
    whole = manager.read(path, purpose="a test")
    assert (whole["disadvantage"], whole["withheld"]) == (["ZNMIG"], [])


def test_an_export_with_persons_needs_its_own_right(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    ours, _ = projects
    path = f"/v1/projects/{ours}/exports/sd2"
    finance = finance_in(services, client, api, ours)
    manager = user_with(services, client, api.tenant, "manager", ours)

    assert problem_of(finance.get(path, format="ms2021", purpose="a test")) == "forbidden"
    assert manager.get(path, format="ms2021", purpose="a test").status_code == 200, "control"
    assert finance.get(path, format="ms2021").status_code == 200, "without names"


def test_the_projects_of_a_list_are_filtered_before_they_are_cut_into_pages(
    services: Services, client: TestClient, api: Api, projects: tuple[str, str]
) -> None:
    third = api.record(
        "/v1/projects", PROJECT | {"registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000003"}
    )
    finance = finance_in(services, client, api, third)
    page = finance.read("/v1/projects", limit=1)
    assert ([one["id"] for one in page["items"]], page["next_cursor"]) == ([third], None)
