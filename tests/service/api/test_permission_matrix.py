"""Who may call what: every route with every role, in the own and in a foreign project and tenant.

The routes are those of the app; what is expected follows from the permission that each names and
from the table of roles. A control shows that an app whose guard only authenticates is caught.
"""

from collections.abc import Iterator

import pytest
from httpx import Response
from litestar import get
from litestar.testing import TestClient
from structlog.testing import capture_logs

import service.app
from service.api import guard
from service.composition import Services
from service.identity import OWNER, create_tenant, create_user
from service.permissions import OF_ROLE, RIGHTS, ROLES
from tests.service.api.conftest import token_of
from tests.service.api.people import grant_role, token_with, user_with
from tests.service.api.requests import PROJECT, Api, problem_of
from tests.service.api.routes import Endpoint, endpoints

SECOND = PROJECT | {"registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000002"}


@pytest.fixture(scope="module")
def owner(services: Services, client: TestClient) -> Api:
    """An organisation of its own with two projects."""
    tenant = create_tenant(services.pool, services.vault)
    user = create_user(services.pool, services.vault, tenant, "Planted-Owner", [OWNER])
    return Api(client, tenant, user, token_of(services, tenant, user))


@pytest.fixture(scope="module")
def projects(owner: Api) -> tuple[str, str]:
    return owner.project(), owner.record("/v1/projects", SECOND)


@pytest.fixture
def unguarded(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The app with a guard that asks who it is, and not what he may do."""

    def allow(*_: object) -> None:
        return None

    monkeypatch.setattr(guard, "check_permitted", allow)
    with TestClient(service.app.create_app(services), raise_server_exceptions=False) as opened:
        yield opened


def ask(api: Api, endpoint: Endpoint, project: str) -> Response:
    body = {} if endpoint.method == "POST" else None
    headers = api.headers | {"If-Match": "*"}
    return api.client.request(
        endpoint.method, endpoint.address(project), json=body, headers=headers
    )


def wrong(api: Api, role: str, project: str) -> list[tuple[str, str, int]]:
    """Routes that let the role do what the table denies, or the other way round."""
    found: list[tuple[str, str, int]] = []
    for endpoint in endpoints(api.client.app):
        assert endpoint.needs is not None, endpoint
        answer = ask(api, endpoint, project)
        refused = answer.status_code == 403
        if refused:
            assert problem_of(answer) == "forbidden"
        if refused != (endpoint.needs.permission not in OF_ROLE[role]):
            found.append((endpoint.method, endpoint.path, answer.status_code))
    return found


def test_every_route_names_a_permission_of_the_table(client: TestClient) -> None:
    found = endpoints(client.app)
    assert len(found) > 60
    assert all(one.needs is not None and one.needs.permission in RIGHTS for one in found)
    of_project = [one for one in found if "{project_id:uuid}" in one.path]
    assert len(of_project) > 40
    assert {one.needs.over for one in of_project if one.needs} == {"project"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_call_what_the_table_says_and_nothing_else(
    services: Services, client: TestClient, owner: Api, projects: tuple[str, str], role: str
) -> None:
    user = user_with(services, client, owner.tenant, role)
    assert wrong(user, role, projects[0]) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_in_one_project_sees_no_other_and_nothing_of_the_organisation(
    services: Services, client: TestClient, owner: Api, projects: tuple[str, str], role: str
) -> None:
    ours, theirs = projects
    user = user_with(services, client, owner.tenant, role, ours)
    for endpoint in endpoints(client.app):
        assert endpoint.needs is not None
        answer = ask(user, endpoint, theirs)
        match endpoint.needs.over:
            case "project":
                assert problem_of(answer) == "not-found", endpoint
            case "organisation":
                assert problem_of(answer) == "forbidden", endpoint
            case "visible":
                allowed = endpoint.needs.permission in OF_ROLE[role]
                assert (answer.status_code != 403) == allowed, endpoint
    listed = user.read("/v1/projects")["items"]
    assert [one["id"] for one in listed] == [ours]


def test_an_owner_elsewhere_meets_nothing_of_the_organisation(
    services: Services, client: TestClient, other: Api, owner: Api, projects: tuple[str, str]
) -> None:
    for endpoint in endpoints(client.app):
        answer = ask(other, endpoint, projects[0])
        if ":uuid}" in endpoint.path:  # 400: the empty body was refused before
            assert answer.status_code in (400, 404), endpoint
    assert other.read("/v1/projects")["items"] == []
    assert owner.user not in {one["id"] for one in other.read("/v1/users")["items"]}


def test_control_a_guard_that_only_authenticates_is_caught(
    services: Services, unguarded: TestClient, owner: Api, projects: tuple[str, str]
) -> None:
    auditor = user_with(services, unguarded, owner.tenant, "auditor")
    found = wrong(auditor, "auditor", projects[0])
    writes = [one for one in endpoints(unguarded.app) if one.method == "POST"]
    assert len(found) >= len(writes) > 25


def test_control_a_route_without_a_permission_is_refused_to_the_owner(
    services: Services, owner: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    @get("/forgotten", sync_to_thread=True, include_in_schema=False)
    def forgotten() -> str:
        return "open"

    monkeypatch.setattr(service.app, "ROUTES", [*service.app.ROUTES, forgotten])
    with TestClient(service.app.create_app(services)) as client:
        api = Api(client, owner.tenant, owner.user, owner.token)
        assert problem_of(api.get("/v1/forgotten")) == "forbidden"
        assert [one.path for one in endpoints(client.app) if one.needs is None] == ["/v1/forgotten"]


def test_what_is_denied_is_logged_without_a_token(
    services: Services, client: TestClient, owner: Api
) -> None:
    finance = user_with(services, client, owner.tenant, "finance")
    with capture_logs() as logged:
        finance.get("/v1/users")
        client.get("/v1/users", headers={"Authorization": f"Bearer {finance.token}x"})
    told = [one for one in logged if one["event"] != "request"]
    user, needed = str(finance.user), "organisation.administer"
    assert told == [
        {"event": "denied", "log_level": "warning", "user": user, "permission": needed},
        {"event": "token refused", "log_level": "warning"},
    ]


def test_a_token_with_scopes_may_do_only_these(
    services: Services, client: TestClient, owner: Api, projects: tuple[str, str]
) -> None:
    scoped = token_with(services, owner.tenant, owner.user, ("documents.read", "me.read"))
    api = Api(client, owner.tenant, owner.user, scoped)
    assert api.get(f"/v1/projects/{projects[0]}/documents").status_code == 200
    assert problem_of(api.get(f"/v1/projects/{projects[0]}/claims")) == "forbidden"
    assert problem_of(api.get("/v1/users")) == "forbidden"
    assert api.read("/v1/me")["scopes"] == ["documents.read", "me.read"]


def test_a_role_that_is_taken_back_or_has_ended_counts_from_the_next_request_on(
    services: Services, client: TestClient, owner: Api, projects: tuple[str, str]
) -> None:
    user = create_user(services.pool, services.vault, owner.tenant, "Planted-User", [])
    api = Api(client, owner.tenant, user, token_with(services, owner.tenant, user))
    assert problem_of(api.get(f"/v1/projects/{projects[0]}")) == "not-found"
    membership = grant_role(services, owner.tenant, user, "finance", projects[0])
    assert api.get(f"/v1/projects/{projects[0]}").status_code == 200
    assert problem_of(api.get(f"/v1/projects/{projects[1]}")) == "not-found"
    assert owner.post(f"/v1/memberships/{membership}/revocation", {}).status_code == 201
    assert problem_of(api.get(f"/v1/projects/{projects[0]}")) == "not-found"


def test_the_time_limited_auditor_reads_until_the_end_and_not_after(
    services: Services, client: TestClient, owner: Api, projects: tuple[str, str], admin: object
) -> None:
    auditor = user_with(services, client, owner.tenant, "auditor")
    trail = f"/v1/projects/{projects[0]}/audit-trail"
    assert auditor.get(trail).status_code == 200
    past = "UPDATE identity.membership SET expires_at = now() - interval '1 s' WHERE user_id = %s"
    admin.execute(past, [auditor.user])  # type: ignore[attr-defined]
    assert problem_of(auditor.get(trail)) == "not-found"
    assert problem_of(auditor.get("/v1/projects")) == "forbidden"
