"""What holds for the headers of every answer, and which headers of a request are believed."""

import re
from dataclasses import replace
from http import HTTPStatus

import httpx
import pytest
from httpx import Response

from service.composition import Services
from tests.service.api.listening import served
from tests.service.api.made_trail import Made
from tests.service.api.requests import PROJECT, Api

OTHER_SITE = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
OPEN = {
    *("/healthz", "/readyz", "/openapi.json", "/docs", "/docs/{name:str}", "/sign-in"),
    *("/problems", "/problems/{kind:str}", "/.well-known/jwks.json", "/icon.svg", "/pages.css"),
}
KEPT = ("/docs", "/.well-known/")  # the same for everybody
TEXTS = ("text/", "application/xml")


@pytest.fixture(scope="module")
def answers(made: Made) -> dict[str, Response]:
    """One of every kind of content, and of errors."""
    at = f"/v1/projects/{made.project}"
    paths = {
        **dict.fromkeys(("/healthz", "/readyz", "/openapi.json", "/docs", "/v1/nothing"), "*/*"),
        **{f"/docs/{name}": "*/*" for name in ("docs.js", "swagger-ui.css")},
        "/problems": "text/html",
        "/.well-known/jwks.json": "*/*",
        f"{at}": "application/json",
        f"{at}/audit-trail.csv": "text/csv",
        f"{at}/documents": "text/csv",
        f"{at}/exports/sd2?format=ms2021": "*/*",
        "/v1/events": "application/json",
    }
    found = {path: _get(made.api, path, accept) for path, accept in paths.items()}
    href = found[f"{at}/exports/sd2?format=ms2021"].json()["files"][0]["href"]
    found["file"] = _get(made.api, href, "*/*")
    denied = made.api.client.get("/v1/me", headers=OTHER_SITE)
    return {**found, "denied": denied, "made": made.api.post("/v1/users", {"name": "Planted"})}


def _get(api: Api, path: str, accept: str) -> Response:
    return api.client.get(path, headers=api.headers | OTHER_SITE | {"Accept": accept})


def test_what_is_text_names_its_charset(answers: dict[str, Response]) -> None:
    kinds = {path: one.headers["content-type"] for path, one in answers.items()}
    texts = {path: kind for path, kind in kinds.items() if kind.startswith(TEXTS)}
    assert {path for path, kind in texts.items() if not kind.endswith("; charset=utf-8")} == set()
    assert len(texts) > 4
    assert {"application/problem+json", "application/json"} <= {*kinds.values()}


def test_nothing_of_an_organisation_is_kept_by_caches(answers: dict[str, Response]) -> None:
    kept = {path for path, one in answers.items() if one.headers["cache-control"] != "no-store"}
    assert {path for path in kept if not path.startswith(KEPT)} == set()
    assert kept, "control: there are some"


def test_no_content_is_guessed_and_no_other_site_is_let_in(
    api: Api, answers: dict[str, Response]
) -> None:
    preflight = api.client.options("/v1/projects", headers=OTHER_SITE)
    for answer in (*answers.values(), preflight):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_what_is_open_to_everybody_says_nothing_of_an_organisation(
    made: Made, answers: dict[str, Response]
) -> None:
    """The pages of an organisation ask who it is; what does not is this list."""
    paths = {route.path for route in made.api.client.app.routes} - {"/sign-out", "/oauth/token"}
    outside = [path for path in paths if not path.startswith(("/v1/", "/static"))]
    filled = {path: _filled(path, str(made.project)) for path in outside}
    asked = {path: made.api.client.get(one, follow_redirects=False) for path, one in filled.items()}
    opened = {path for path, answer in asked.items() if answer.status_code == HTTPStatus.OK}
    assert opened == OPEN
    known = (str(made.project), str(made.api.tenant), str(made.api.user), PROJECT["title_cs"])
    said = "".join(asked[path].text for path in OPEN)
    assert [one for one in known if one in said] == []
    assert str(made.project) in answers[f"/v1/projects/{made.project}"].text, "control"


def _filled(path: str, project: str) -> str:
    path = path.replace("{project_id:uuid}", project).replace("{kind:str}", "conflict")
    return re.sub(r"\{\w+:uuid\}", project, re.sub(r"\{\w+:str\}", "docs.js", path))


def asked_from(services: Services, own: str, said: list[str]) -> list[int]:
    """The statuses of requests from an address of this machine that say that they are of others."""
    settings = replace(services.settings, requests_per_minute=2)
    transport = httpx.HTTPTransport(local_address=own)
    with (
        served(replace(services, settings=settings)) as server,
        httpx.Client(base_url=server.url, transport=transport, timeout=60) as client,
    ):
        headers = [
            {"X-Forwarded-For": one, "X-Real-IP": one, "Forwarded": f"for={one}"} for one in said
        ]
        return [client.get("/v1/me", headers=one).status_code for one in headers]


def test_an_address_that_a_client_says_is_not_believed(services: Services) -> None:
    said = [f"192.0.2.{number}" for number in range(1, 5)]
    assert asked_from(services, "127.0.0.2", said) == [401, 401, 429, 429]


def test_control_of_a_proxy_on_this_machine_it_is(services: Services) -> None:
    said = [f"192.0.2.{number}" for number in range(1, 5)]
    assert asked_from(services, "127.0.0.1", said) == [401] * 4
