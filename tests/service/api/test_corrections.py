"""Any recorded fact is corrected and cancelled; the audit trail says who, what and why."""

from typing import Any

import pytest

from tests.service.api.conftest import USER
from tests.service.api.requests import (
    PARTICIPANT,
    PROJECT,
    Api,
    document,
    problem_of,
    project_with_items,
)


@pytest.fixture
def project(api: Api) -> str:
    return project_with_items(api)


def trail(api: Api, project: str, record: str) -> list[dict[str, Any]]:
    return api.read(f"/v1/projects/{project}/audit-trail", record=record)["items"]


def test_a_correction_changes_the_record_and_keeps_what_was(api: Api, project: str) -> None:
    path = f"/v1/projects/{project}/documents"
    record = api.record(path, document(project))
    change = {"version": 1, "changes": {"description": "Posters"}, "reason": "Misread"}
    answer = api.post(f"/v1/records/{record}/corrections", change)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"2"')
    assert api.read(f"{path}/{record}")["description"] == "Posters"
    again = change | {"changes": {"description": "Leaflets"}, "reason": "Misread again"}
    api.record(f"/v1/records/{record}/corrections", again)
    first, second, third = trail(api, project, record)
    assert (first["before"], first["after"]["description"]) == (None, "Printed materials")
    assert second["before"] == {"description": "Printed materials"}
    assert second["after"] == third["before"] == {"description": "Posters"}
    assert third["after"] == {"description": "Leaflets"}
    assert (second["reason"], second["fact_version"], second["who"]) == ("Misread", 1, USER)
    assert first["actor"] == str(api.user)
    assert first["recorded_at"].endswith("Z")


def test_a_cancellation_takes_the_record_out_of_reads_and_sums(api: Api, project: str) -> None:
    path = f"/v1/projects/{project}/documents"
    record = api.record(path, document(project))
    report = f"/v1/projects/{project}/reports/budget"
    assert api.read(report)["total"]["recorded"] == "1210.00"
    api.record(f"/v1/records/{record}/cancellations", {"reason": "Not ours"})
    assert problem_of(api.get(f"{path}/{record}")) == "not-found"
    assert api.read(report)["total"]["recorded"] == "0.00"
    last = trail(api, project, record)[-1]
    assert last["before"]["description"] == "Printed materials"
    assert (last["after"], last["reason"]) == (None, "Not ours")
    answer = api.post(f"/v1/records/{record}/cancellations", {"version": 1, "reason": "Again"})
    assert (answer.status_code, problem_of(answer)) == (409, "already-cancelled")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": 1210}, "/changes/amount"),
        ({"amount": 1210.5}, "/changes/amount"),
        ({"amount": "NaN"}, "/changes/amount"),
        ({"amount": "1e5"}, "/changes/amount"),
        ({"allocations": [{"amount": 5}]}, "/changes/allocations/0/amount"),
        ({"nothing": "x"}, "/changes/nothing"),
        ({"project": "x"}, "/changes/project"),
        ({"description": "Printed materials"}, "/changes"),
        ({"description": 5.5}, "/changes/description"),
        ({"description": "nul\x00"}, "/changes/description"),
    ],
)
def test_a_correction_is_as_strict_as_a_record(
    api: Api, project: str, changes: dict[str, Any], pointer: str
) -> None:
    record = api.record(f"/v1/projects/{project}/documents", document(project))
    body = {"version": 1, "changes": changes, "reason": "A try"}
    answer = api.post(f"/v1/records/{record}/corrections", body)
    assert (answer.status_code, problem_of(answer)) == (400, "invalid-value")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_corrected_registration_number_is_taken_and_the_wrong_one_is_free(
    api: Api, project: str
) -> None:
    right, other = (f"CZ.03.2.63/0.0/0.0/15_023/000007{one}" for one in (1, 2))
    api.project(registration_number=other)
    path, body = f"/v1/records/{project}/corrections", {"version": 1, "reason": "Misread"}
    refused = api.post(path, body | {"changes": {"registration_number": other}})
    assert (refused.status_code, problem_of(refused)) == (409, "already-recorded")
    api.record(path, body | {"changes": {"registration_number": right}})
    for number, status in ((right, 409), (other, 409), (PROJECT["registration_number"], 201)):
        again = api.post("/v1/projects", PROJECT | {"registration_number": number})
        assert again.status_code == status, number
    assert len(api.read("/v1/projects")["items"]) == 3


def test_a_reason_is_needed(api: Api, project: str) -> None:
    for body in ({"reason": ""}, {"reason": " "}, {}):
        answer = api.post(f"/v1/records/{project}/cancellations", body)
        assert answer.json()["errors"][0]["pointer"] == "/reason"


def test_a_sealed_name_is_corrected_and_shown_to_nobody(api: Api, project: str) -> None:
    path = f"/v1/projects/{project}/participants"
    person = api.record(path, PARTICIPANT)
    changes = {"last_name": "Planted-Again"}
    body = {"version": 1, "changes": changes, "reason": "Married"}
    api.record(f"/v1/records/{person}/corrections", body)
    for purpose in ("a\0test", "a\ttest", "a test\n", "   "):
        refused = api.get(f"{path}/{person}/personal-data", purpose=purpose)
        assert refused.json()["errors"][0]["pointer"] == "purpose"
    personal = api.read(f"{path}/{person}/personal-data", purpose="a test")
    assert personal["last_name"] == "Planted-Again"
    shown = api.get(f"/v1/projects/{project}/audit-trail", record=person).text
    assert "Planted" not in shown
    assert "sha256" in shown  # what stands for the person there


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        ({"issued_on": "1.2.2026"}, "/issued_on", 'expected a day such as "2026-03-31"'),
        ({"fx": {"kurz": 1}}, "/fx/kurz", "there is no such field"),
        ({"allocations": "all"}, "/allocations", "expected a list"),
    ],
)
def test_a_refused_change_says_what_to_send(
    api: Api, project: str, changes: dict[str, Any], pointer: str, said: str
) -> None:
    record = api.record(f"/v1/projects/{project}/documents", document(project))
    body = {"version": 1, "changes": changes, "reason": "Misread"}
    refused = api.post(f"/v1/records/{record}/corrections", body)
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"pointer": f"/changes{pointer}", "detail": said}]


def test_nobody_else_is_put_in_the_place_of_a_sealed_person(api: Api, project: str) -> None:
    at = f"/v1/projects/{project}"
    record = api.record(f"{at}/documents", document(project))
    person = api.record(f"{at}/participants", PARTICIPANT)
    trail = api.read(f"{at}/audit-trail", record=person)["items"]
    foreign = trail[0]["after"]["identity"]
    body = {"version": 1, "changes": {"supplier": foreign}, "reason": "Another one"}
    refused = api.post(f"/v1/records/{record}/corrections", body)
    assert refused.status_code == 400
    [error] = refused.json()["errors"]
    assert error["pointer"] == "/changes/supplier"
    assert "supplier_name" in error["detail"]


def test_what_a_claim_holds_becomes_a_difference(api: Api, project: str) -> None:
    at = f"/v1/projects/{project}"
    paid = document(project, paid_on="2026-04-10")
    record = api.record(f"{at}/documents", paid)
    claim = {"number": 2, "kind": "interim", "period": 1, "submitted_on": "2026-07-31"}
    api.record(f"{at}/claims", claim)
    changes = {"net": "900.00", "gross": "1110.00", "amount": "1110.00"}
    changes |= {"allocations": [{"project": project, "item": "1.1.4.1", "amount": "1110.00"}]}
    body = {"version": 1, "changes": changes, "reason": "Discount", "on": "2026-08-15"}
    difference = api.record(f"/v1/records/{record}/corrections", body)
    assert difference != record
    found = api.read(f"{at}/documents/{difference}")
    assert (found["amount"], found["corrects"], found["claims"]) == ("-100.00", record, [])
    assert api.read(f"{at}/documents/{record}")["claims"] == [2]
    told = api.read(f"{at}/audit-trail", record=difference)["items"]
    assert [(one["type"], one["reason"]) for one in told] == [
        ("accounting-document.recorded.v1", "Discount"),
        ("expenditure.paid.v1", None),
    ]
    held = api.post(f"/v1/records/{record}/cancellations", {"version": 2, "reason": "Not paid"})
    assert (held.status_code, problem_of(held)) == (409, "held-by-claim")


def test_a_second_claim_of_the_number_is_refused(api: Api, project: str) -> None:
    claim = {"number": 1, "kind": "advance", "period": None, "submitted_on": "2026-01-10"}
    api.record(f"/v1/projects/{project}/claims", claim)
    answer = api.post(f"/v1/projects/{project}/claims", claim)
    assert (answer.status_code, problem_of(answer)) == (409, "already-recorded")
