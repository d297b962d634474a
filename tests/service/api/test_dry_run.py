"""`dry_run=true`: the checks and the answer of the write, and nothing is stored."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from psycopg import Connection

from service.api import caller
from service.composition import Services
from tests.service.api.every_write import Writes
from tests.service.api.requests import PARTICIPANT, PROJECT, Api, problem_of

TABLES = """SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('views', 'information_schema')
        AND n.nspname NOT LIKE 'pg\\_%%' ORDER BY 1"""
# When a token was last used is written by every request.
CONTENT = """SELECT count(*), coalesce(sum(hashtextextended(
    (to_jsonb(t) - 'last_used_at')::text, 0)::numeric), 0) FROM {} AS t"""
SAME_HEADERS = ("etag", "location")
# What is shown once, and moments of the request.
DIFFERENT = {"token", "client_secret", "secret", "requested_at", "ended_at", "cancel_requested_at"}


def stored(admin: Connection[Any]) -> dict[str, Any]:
    """What is in every table that is not a view of the log."""
    names = [name for (name,) in admin.execute(TABLES.encode())]
    assert {"ledger.event", "ledger.tenant", "identity.api_token"} <= set(names)
    return {name: admin.execute(CONTENT.format(name).encode()).fetchone() for name in names}


def operations(app: Litestar) -> set[str]:
    return {
        handler.operation_id
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        and route.path.startswith("/v1/")
        and "POST" in handler.http_methods
    }


def wrong(api: Api, admin: Connection[Any], asked: Writes) -> dict[str, str]:
    """Operations whose dry run stored something or was answered otherwise than the write."""
    found: dict[str, str] = {}
    for name, (path, body) in asked.items():
        api.read("/v1/projects")  # the views are up to date: what they read of persons is logged
        before = stored(admin)
        dry = api.post(path, body, name, dry_run="true")
        if stored(admin) != before:
            found[name] = "stored"
            continue
        if name == "disable_user":
            continue  # nobody could say afterwards what the others would have been
        real = api.post(path, body, name)
        assert real.status_code in (200, 201, 202), (name, real.text)
        assert "dry-run" not in real.headers
        same = (dry.status_code, shown(dry)) == (real.status_code, shown(real))
        headers = all(dry.headers.get(one) == real.headers.get(one) for one in SAME_HEADERS)
        if not (same and headers and dry.headers.get("dry-run") == "true"):
            found[name] = dry.text
    return found


def shown(answer: Any) -> dict[str, Any]:
    return {name: None if name in DIFFERENT else one for name, one in answer.json().items()}


def test_every_write_says_what_it_would_do_and_stores_nothing(
    api: Api, asked: Writes, admin: Connection[Any]
) -> None:
    assert asked.keys() == operations(api.client.app)
    # These two take the document away from one another.
    separate = {"cancel_fact": asked.pop("cancel_fact"), "disable_user": asked.pop("disable_user")}
    assert wrong(api, admin, asked) == {}
    assert wrong(api, admin, separate) == {}


def test_control_a_write_that_does_not_look_at_it_is_caught(
    api: Api, admin: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: object) -> bool:
        return False

    asked = {"register_project": ("/v1/projects", PROJECT)}
    monkeypatch.setattr(caller, "is_dry_run", never)
    assert wrong(api, admin, asked) == {"register_project": "stored"}


def test_what_would_be_refused_is_refused(services: Services, api: Api) -> None:
    path = f"/v1/projects/{api.project()}/participants"
    api.record(path, PARTICIPANT)
    head = services.ledger(api.tenant).head()
    again = api.post(path, PARTICIPANT, dry_run="true")
    assert problem_of(again) == "duplicate-participant"
    assert problem_of(api.post(path, {}, dry_run="true")) == "invalid-value"
    assert services.ledger(api.tenant).head() == head


def test_the_parameter_is_true_or_false_and_only_of_writes(api: Api) -> None:
    for value in ("1", "TRUE", ""):
        answer = api.post("/v1/projects", PROJECT, dry_run=value)
        assert answer.json()["errors"][0]["pointer"] == "dry_run"
    assert api.get("/v1/projects", dry_run="true").json()["errors"][0]["pointer"] == "dry_run"
    assert "dry-run" not in api.post("/v1/projects", PROJECT, dry_run="false").headers
    assert len(api.read("/v1/projects")["items"]) == 1
