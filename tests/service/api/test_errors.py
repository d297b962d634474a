"""Every error is a problem, says nothing of the inside, and is found in the log by its id."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import structlog
from litestar import Litestar
from litestar.testing import TestClient
from psycopg_pool import ConnectionPool
from structlog.testing import capture_logs

from projections import reading
from service.api import caller, projects
from service.app import create_app
from service.composition import Services
from service.importing.import_run import ImportRun
from service.settings import Settings
from service.store.database import act_for
from service.store.urls import Urls
from tests.service.api.requests import PARTICIPANT, PLANTED, PROJECT, Api, problem_of


def test_a_route_that_does_not_exist(api: Api) -> None:
    for path in ("/v1", "/v2/projects", "/v1/nothing", "/v1/projects/not-an-id", "/docs/../x"):
        assert problem_of(api.get(path)) == "not-found"


def test_a_method_that_does_not_exist(api: Api) -> None:
    answer = api.client.delete("/v1/projects", headers=api.headers)
    assert (answer.status_code, problem_of(answer)) == (405, "method-not-allowed")
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_options_name_all_methods_of_a_path(api: Api) -> None:
    for path, methods in (
        ("/v1/projects", {"GET", "HEAD", "POST", "OPTIONS"}),
        (f"/v1/projects/{uuid4()}/budget/items", {"POST", "OPTIONS"}),
    ):
        answer = api.client.options(path, headers=api.headers)
        assert answer.status_code == 204
        assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/projects?limit=x", "limit"),
        ("/v1/projects?limit=0", "limit"),
        ("/v1/projects?limit=501", "limit"),
        ("/v1/projects?limit=1&limit=2", "limit"),
        ("/v1/projects?offset=1", "offset"),
        ("/v1/projects?%00%1Ba%C3%ADz=1", "\ufffd\ufffdaíz"),
        (f"/v1/projects?{'x' * 3000}=1", "x" * 100),
        ("/v1/projects?cursor=null", "cursor"),
        ("/v1/projects/{}/reports/figures?as-of=2026-01-01", "as-of"),
        ("/v1/projects/{}/reports/figures?as_of=null", "as_of"),
        ("/v1/projects?cursor=%F0%9F%92%A9", "cursor"),
        ("/v1/projects?cursor=AAAA", "cursor"),
        ("/v1/projects?cursor=WyJ4Il0", "cursor"),
        ("/v1/projects/{}/reports/figures?as_of=1.1.2026", "as_of"),
        ("/v1/projects/{}/reports/figures?known_at=yesterday", "known_at"),
        ("/v1/projects/{}/reports/figures?known_at=2026-01-01T10:00", "known_at"),
        ("/v1/projects/{}/reports/budget?known_at=99999999999999999999", "known_at"),
        ("/v1/projects/{}/audit-trail?record=x", "record"),
        ("/v1/projects/{}/audit-trail?event_type=x", "event_type"),
    ],
)
def test_a_parameter_at_fault_is_named(api: Api, path: str, name: str) -> None:
    answer = api.get(path.format(api.project()))
    assert (answer.status_code, problem_of(answer)) == (400, "invalid-value")
    assert [error["pointer"] for error in answer.json()["errors"]] == [name]


def test_a_figure_that_does_not_exist(api: Api) -> None:
    project = api.project()
    answer = api.get(f"/v1/projects/{project}/provenance", figure="/nothing")
    assert (answer.status_code, problem_of(answer)) == (404, "not-found")
    without = api.get(f"/v1/projects/{project}/provenance")
    assert problem_of(without) == "invalid-value"
    assert [error["pointer"] for error in without.json()["errors"]] == ["figure"]


def test_what_was_known_at_a_time(api: Api) -> None:
    project = api.project()
    path = f"/v1/projects/{project}/reports/figures"
    assert api.get(path, known_at="2000-01-01T00:00:00Z").status_code == 404
    assert api.get(path, known_at="2999-01-01T00:00:00Z").status_code == 200
    assert api.get(path, known_at="1").status_code == 200
    assert api.get(path, as_of="2025-12-31").status_code == 404


def test_a_project_that_is_importing_is_shown_and_not_reported(
    services: Services, api: Api
) -> None:
    project, other = api.project(), api.project(registration_number="CZ.1/2")
    run = ImportRun(api.tenant, uuid4(), UUID(project))
    with services.pool.connection() as connection, connection.transaction():
        act_for(connection, api.tenant)
        for statement in run.begin("system:test", {}, 1):
            connection.execute(statement.sql.encode(), statement.values)
    trail = ("audit-trail", "audit-trail.csv")
    for path in ("reports/figures", "reports/budget", "documents", *trail, "findings"):
        answer = api.get(f"/v1/projects/{project}/{path}")
        assert (answer.status_code, problem_of(answer)) == (409, "project-importing"), path
    assert api.read(f"/v1/projects/{project}")["state"] == "importing"
    states = {one["id"]: one["state"] for one in api.read("/v1/projects")["items"]}
    assert states == {project: "importing", other: "ready"}
    assert api.get(f"/v1/projects/{other}/reports/figures").status_code == 200  # the control


def test_an_error_of_ours_shows_and_logs_no_values(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("Planted-Secret in SELECT * FROM vault.sealed")

    monkeypatch.setattr(projects.projects, "register_project", fails)
    with capture_logs() as logs:
        answer = api.post("/v1/projects", PROJECT)
    assert (answer.status_code, problem_of(answer)) == (500, "internal-error")
    assert not any(word in answer.text for word in ("Planted", "SELECT", "Traceback", ".py"))
    assert "Planted" not in str(logs)
    (error,) = [line for line in logs if line["event"] == "unexpected error"]
    assert error["error"] == "RuntimeError"
    assert any("test_errors.py" in frame for frame in error["at"])
    assert answer.headers["x-request-id"] == error["request_id"]


@pytest.fixture
def without_database(services: Services, urls: Urls) -> Iterator[TestClient]:
    nowhere = "host=/nowhere dbname=nothing connect_timeout=1"
    pool = ConnectionPool(nowhere, min_size=0, max_size=1, timeout=0.2, open=True)
    settings = Settings(Path("/nowhere"), nowhere, nowhere, None, Path("/nowhere/key"))
    broken = Services(settings, urls, pool, services.vault, services.programmes)
    with TestClient(create_app(broken), raise_server_exceptions=False) as client:
        yield client
    pool.close()


def test_without_the_database_the_service_lives_and_is_not_ready(
    without_database: TestClient, api: Api
) -> None:
    assert without_database.get("/healthz").status_code == 200
    answers = [
        without_database.get("/readyz"),
        without_database.get("/v1/projects", headers=api.headers),
    ]
    for answer in answers:
        assert (answer.status_code, problem_of(answer)) == (503, "unavailable")
        assert answer.headers["retry-after"]
        assert "nowhere" not in answer.text


def test_a_read_that_takes_the_database_too_long_is_ended(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/projects/{api.project()}/documents"
    assert api.get(path).status_code == 200, "control"
    monkeypatch.setattr(reading, "STATEMENT_S_MAX", 0.2)
    monkeypatch.setattr(caller, "PROJECT_EXISTS", "SELECT 1 AS found FROM pg_sleep(60)")
    answer = api.get(path)
    assert (answer.status_code, problem_of(answer)) == (503, "unavailable")
    assert "too long" in answer.json()["detail"]
    assert answer.headers["retry-after"]


def test_one_log_line_a_request_without_token_body_or_query(api: Api) -> None:
    project = api.project()
    structlog.reset_defaults()
    with capture_logs() as logs:
        api.post(f"/v1/projects/{project}/participants", PARTICIPANT)
        api.get(f"/v1/projects/{project}/documents", limit=17)
        api.get("/nothing/Planted")
    assert [(line["method"], line["route"], line["status"]) for line in logs] == [
        ("POST", "/v1/projects/{project_id}/participants", 201),
        ("GET", "/v1/projects/{project_id}/documents", 200),
        ("GET", "none", 404),
    ]
    assert all({"ms", "request_id"} <= line.keys() for line in logs)
    assert [line["user"] for line in logs] == [str(api.user), str(api.user), None]
    secrets = (*PLANTED, api.token, project, "17")
    assert not any(secret in str(line) for line in logs for secret in secrets[:-2])
    assert not any(project in str(line) for line in logs)


def test_the_clients_request_id_is_kept_if_it_is_one(api: Api) -> None:
    given = api.client.get("/healthz", headers={"X-Request-Id": "trace-17"})
    assert given.headers["x-request-id"] == "trace-17"
    for bad in ("a b", "x" * 65, "<script>"):
        answer = api.client.get("/healthz", headers={"X-Request-Id": bad})
        assert answer.headers["x-request-id"] != bad


def test_status_says_how_far_the_views_are(api: Api) -> None:
    project = api.project()
    found = api.read("/v1/status")
    assert found["warnings"] == ["a warning"]
    for view in ("findings", "indicators", "audit-trail"):  # each waits for what it reads
        api.read(f"/v1/projects/{project}/{view}")
    found = api.read("/v1/status")
    assert {one["name"]: one["lag_events"] for one in found["projections"]} == {
        "audit_trail": 0,
        "budget_spend": 0,
        "indicator_progress": 0,
    }


def test_the_app_is_not_in_debug_mode(client: TestClient) -> None:
    app: Litestar = client.app
    assert app.debug is False
