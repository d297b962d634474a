"""Bodies are strict: what the description does not say is refused, and the field is named."""

import json
from typing import Any

import pytest

from tests.service.api.requests import (
    ACTIVITY,
    ITEM,
    PARTICIPANT,
    PROJECT,
    TARGET,
    TRIP,
    WORK,
    Api,
    document,
    problem_of,
    project_with_items,
)

BAD_MONEY = [
    "NaN",
    "Infinity",
    "1e5",
    "1E5",
    "1.234",
    "1",
    "1.5",
    "1,00",
    "+1.00",
    " 1.00",
    "",
    "-0.00",
]
BAD_MONEY += ["01.00", "99999999999999.00", 5, 5.25, None, True, ["1.00"]]


def errors(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("value", BAD_MONEY, ids=repr)
def test_money_is_text_with_two_decimals(api: Api, value: Any) -> None:
    answer = api.post("/v1/projects", PROJECT | {"total_eligible": value})
    assert (answer.status_code, problem_of(answer)) == (400, "invalid-value")
    assert errors(answer) == ["/total_eligible"]


def test_every_decimal_of_every_body_is_checked(api: Api) -> None:
    project = project_with_items(api)
    at = f"/v1/projects/{project}"
    activity = api.record(f"{at}/activities", ACTIVITY)
    person = api.record(f"{at}/participants", PARTICIPANT)
    attendance = {"participant_id": person, "date": "2026-03-31", "quantity": "1", "unit": "hour"}
    rate = {"date": "2026-03-31", "currency": "EUR", "amount_unit": 1, "rate": "24", "kind": "CNB"}
    bodies: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
        (f"{at}/budget/items", ITEM | {"code": "2"}, ("unit_price", "count", "total")),
        (f"{at}/indicators", TARGET, ("target",)),
        (f"{at}/activities", ACTIVITY, ("hours",)),
        (f"{at}/activities/{activity}/attendance", attendance, ("quantity",)),
        (f"{at}/documents", document(project), ("net", "vat", "gross", "amount")),
        (f"{at}/work-records", WORK, ("gross_wage", "fte", "project_hours", "amount")),
        (f"{at}/trips", TRIP, ("fare", "accommodation", "meal_allowance", "amount")),
        ("/v1/exchange-rates", rate, ("rate",)),
    ]
    for path, body, fields in bodies:
        for field in fields:
            for value in ("NaN", "1e5", 5, 5.5, "1.0000000001"):
                answer = api.post(path, body | {field: value})
                assert problem_of(answer) == "invalid-value", (path, field, value)
                assert errors(answer) == [f"/{field}"]
        assert api.post(path, body).status_code == 201, path  # the control
    nested = document(project, reference="FP2")
    nested["allocations"][0]["amount"] = "1e5"
    assert errors(api.post(f"{at}/documents", nested)) == ["/allocations/0/amount"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"unknown": 1}, "/unknown"),
        ({"start": "31.1.2026"}, "/start"),
        ({"start": 20260101}, "/start"),
        ({"start": "0001-01-01"}, "/start"),
        ({"end": "9999-12-31"}, "/end"),
        ({"beneficiary": {"name": "n", "ico": "1", "kind": "k", "more": 1}}, "/beneficiary/more"),
        ({"beneficiary": {"name": "n", "ico": "x", "kind": "k"}}, "/beneficiary/ico"),
        ({"periods": []}, "/periods"),
        ({"periods": [{**PROJECT["periods"][0], "number": "1"}]}, "/periods/0/number"),
        ({"periods": [{**PROJECT["periods"][0], "number": 1.0}]}, "/periods/0/number"),
        ({"periods": PROJECT["periods"][:1]}, "/periods"),
        ({"note": "nul \x00"}, "/note"),
        ({"note": ["text"]}, "/note"),
        ({"programme": "NONE"}, "/programme"),
        ({"eu_rate": "0.80"}, "/own_rate"),
    ],
)
def test_the_field_at_fault_is_named(api: Api, changes: dict[str, Any], pointer: str) -> None:
    answer = api.post("/v1/projects", PROJECT | changes)
    assert (answer.status_code, problem_of(answer)) == (400, "invalid-value")
    assert errors(answer) == [pointer]


def test_a_missing_field_is_named(api: Api) -> None:
    body = {name: value for name, value in PROJECT.items() if name != "currency"}
    assert errors(api.post("/v1/projects", body)) == ["/currency"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null x", b"\xff", b'{"a": "\\ud800"}', b"[" * 100_000, b"NaN"],
    ids=["empty", "half", "rest", "bytes", "surrogate", "deep", "NaN"],
)
def test_what_is_not_json_is_malformed(api: Api, content: bytes) -> None:
    headers = api.headers | {"Content-Type": "application/json"}
    answer = api.client.post("/v1/projects", content=content, headers=headers)
    assert (answer.status_code, problem_of(answer)) == (400, "malformed-request")


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
def test_only_json_is_taken(api: Api, media_type: str) -> None:
    headers = api.headers | {"Content-Type": media_type}
    answer = api.client.post("/v1/projects", content=json.dumps(PROJECT), headers=headers)
    assert (answer.status_code, problem_of(answer)) == (415, "unsupported-media-type")
    assert answer.headers["accept-post"] == "application/json"


def test_a_body_that_is_too_large_is_not_read(api: Api) -> None:
    answer = api.post("/v1/projects", PROJECT | {"note": "n" * 3_000_000})
    assert (answer.status_code, problem_of(answer)) == (413, "content-too-large")


def test_a_value_that_names_nothing_is_not_a_missing_resource(api: Api) -> None:
    project = project_with_items(api)
    body = document(project)
    body["allocations"][0]["item"] = "9.9"
    answer = api.post(f"/v1/projects/{project}/documents", body)
    assert (answer.status_code, problem_of(answer)) == (400, "unknown-reference")
    assert errors(answer) == ["/allocations/0/item"]
    trip = api.post(f"/v1/projects/{project}/trips", TRIP | {"amount": "5000.01"})
    assert errors(trip) == ["/amount"]  # the domain names the column of the list


def test_numbers_whose_product_has_no_place_are_refused(api: Api) -> None:
    project = api.project()
    huge = {"unit_price": "9999999999999.99", "count": "9999999999999.999999999"}
    answer = api.post(f"/v1/projects/{project}/budget/items", ITEM | huge)
    assert (answer.status_code, problem_of(answer)) == (400, "invalid-value")
