"""Nothing is open but health and the description of the API; walked over the app's own routes."""

import re
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from service.app import create_app
from service.composition import Services
from service.identity import create_user
from service.pages.routes import page_routes
from service.tokens import create_token, list_tokens, revoke_token
from tests.service.api.requests import Api, problem_of
from tests.service.disabling import disable_user

OPEN = {
    *("/healthz", "/readyz", "/openapi.json", "/docs", "/docs/{name:str}"),
    *("/problems", "/problems/{kind:str}", "/oauth/token", "/.well-known/jwks.json"),
}
PAGES = {route.path for router in page_routes() for route in router.routes}


def routes(app: Litestar) -> list[tuple[str, str]]:
    """Every method and path that the app answers, with ids filled in."""
    return [
        (method, re.sub(r"\{\w+:uuid\}", str(uuid4()), route.path))
        for route in app.routes
        if route.path not in OPEN | PAGES
        for method in sorted(route.methods)  # type: ignore[attr-defined]
    ]


def test_every_route_asks_for_a_token(services: Services, client: TestClient) -> None:
    found = routes(client.app)
    assert len(found) > 60
    for method, path in found:
        for headers in ({}, {"Authorization": "Bearer gl_x"}, {"Authorization": "Basic eDp5"}):
            answer = client.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, path)
            assert problem_of(answer) == "unauthenticated"
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_with_a_token_no_route_does(api: Api) -> None:
    for method, path in routes(api.client.app):
        assert api.client.request(method, path, headers=api.headers).status_code != 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs", "/docs/docs.js"])
def test_health_and_description_are_open(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_revoked_token_and_one_of_a_disabled_user_are_refused(
    services: Services, api: Api
) -> None:
    assert api.get("/v1/projects").status_code == 200
    (token,) = list_tokens(services.pool, api.tenant)
    revoke_token(services.pool, api.tenant, token.token_id)
    assert api.get("/v1/projects").status_code == 401
    second = create_token(services.pool, api.tenant, api.user, "second", None)
    again = Api(api.client, api.tenant, api.user, second)
    assert again.get("/v1/projects").status_code == 200
    disable_user(services.pool, api.tenant, api.user)
    assert again.get("/v1/projects").status_code == 401


def test_a_user_without_a_role_may_do_nothing(services: Services, api: Api) -> None:
    user = create_user(services.pool, services.vault, api.tenant, "No Role", [])
    token = create_token(services.pool, api.tenant, user, "tests", None)
    assert problem_of(Api(api.client, api.tenant, user, token).get("/v1/projects")) == "forbidden"


def test_an_open_route_would_be_found(services: Services) -> None:
    app = create_app(services)
    assert ("GET", "/healthz") not in routes(app)
    paths = {route.path for route in app.routes}
    assert paths >= OPEN
    assert all(path.startswith("/v1/") for path in paths - OPEN - PAGES)


def test_the_records_of_another_organisation_do_not_exist(api: Api, other: Api) -> None:
    project = api.project()
    assert api.get(f"/v1/projects/{project}").status_code == 200  # the control
    assert other.read("/v1/projects")["items"] == []
    for method, path in routes(api.client.app):
        if method != "GET" or "/projects/" not in path:
            continue
        of_project = re.sub(r"(?<=/projects/)[0-9a-f-]{36}", project, path)
        needed = {"provenance": {"figure": "/x"}, "personal-data": {"purpose": "a test"}}
        answer = other.get(of_project, **needed.get(of_project.rpartition("/")[2], {}))
        assert problem_of(answer) == "not-found", of_project


def test_nothing_is_recorded_for_another_organisation(api: Api, other: Api) -> None:
    project = api.project()
    answer = other.post(f"/v1/records/{project}/cancellations", {"reason": "mine now"})
    assert problem_of(answer) == "not-found"
    target = {"code": "1", "name": "n", "unit": "u", "kind": "k", "target": "1", "source": "manual"}
    answer = other.post(f"/v1/projects/{project}/indicators", target)
    assert problem_of(answer) == "not-found"
    assert UUID(api.record(f"/v1/projects/{project}/indicators", target))  # the control
