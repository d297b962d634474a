"""Every kind of problem has a page, and what comes before a route is a problem too."""

from datetime import UTC, datetime

import pytest

from service.api import deprecation
from service.api.problem import type_of
from service.api.problem_kinds import KINDS, OF_STATUS
from service.app import openapi_text
from tests.service.api.requests import PROJECT, Api, problem_of


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_page_for_people_and_for_programs_and_is_described(
    api: Api, kind: str
) -> None:
    page = api.client.get(f"/problems/{kind}", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert KINDS[kind].title in page.text
    content = api.client.get(f"/problems/{kind}", headers={"Accept": "application/json"}).json()
    assert content == {"type": type_of(kind), **KINDS[kind]._asdict()}
    assert content["remedy"]
    assert f"/problems/{kind}" in api.client.get("/problems").text
    assert f'"{type_of(kind)}"' in openapi_text()


def test_a_kind_that_does_not_exist_has_none(api: Api) -> None:
    assert problem_of(api.client.get("/problems/nothing")) == "not-found"
    refused = api.client.get("/problems/conflict", headers={"Accept": "image/png"})
    assert problem_of(refused) == "not-acceptable"


def test_every_status_that_is_refused_is_of_a_kind() -> None:
    assert {KINDS[kind].status for kind in OF_STATUS.values()} == OF_STATUS.keys()


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.1"])
def test_who_takes_json_gets_it(api: Api, accept: str) -> None:
    answer = api.client.get("/v1/projects", headers=api.headers | {"Accept": accept})
    assert answer.status_code == 200


def test_an_address_or_headers_without_end_are_refused(api: Api) -> None:
    long = api.get("/v1/projects", cursor="x" * 8_000)
    assert (long.status_code, problem_of(long)) == (414, "uri-too-long")
    many = {f"X-Header-{number}": "x" for number in range(100)}
    answer = api.client.get("/v1/projects", headers=api.headers | many)
    assert (answer.status_code, problem_of(answer)) == (431, "headers-too-large")
    fewer = dict(list(many.items())[:80])
    assert api.client.get("/v1/projects", headers=api.headers | fewer).status_code == 200


def test_a_deprecated_operation_says_until_when(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "deprecation" not in api.get("/v1/projects").headers
    entry = deprecation.Deprecation(
        datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC), "/docs/changes"
    )
    monkeypatch.setattr(deprecation, "DEPRECATED", {"list_projects": entry})
    found = api.get("/v1/projects")
    assert found.headers["deprecation"] == "@1798675200"
    assert found.headers["sunset"] == "Fri, 31 Dec 2027 00:00:00 GMT"
    assert found.links["deprecation"]["url"] == "/docs/changes"
    assert "deprecation" not in api.post("/v1/projects", PROJECT, dry_run="true").headers


def test_the_trace_of_the_caller_names_the_request(api: Api) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    traced = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert api.client.get("/healthz", headers=traced).headers["x-request-id"] == trace
    named = traced | {"X-Request-Id": "mine"}
    assert api.client.get("/healthz", headers=named).headers["x-request-id"] == "mine"
    for wrong in ("00-x-y-01", f"00-{'0' * 32}-b7ad6b7169203331-01", ""):
        other = api.client.get("/healthz", headers={"traceparent": wrong})
        assert len(other.headers["x-request-id"]) == 32
        assert other.headers["x-request-id"] not in (trace, "0" * 32)
