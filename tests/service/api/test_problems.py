"""Whatever is refused, wherever: a problem that leads to the page about its kind."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response
from litestar.testing import TestClient
from psycopg import errors

from domain.rejection import Rejection
from service.api import projects
from service.api.idempotency import command_id
from service.api.problem_kinds import KINDS
from service.app import BODY_SIZE_MAX, create_app
from service.composition import Services
from service.reports import ProjectImporting
from service.store.keys import VaultClosed
from service.store.log import VersionConflict
from tests.service.api.people import user_with
from tests.service.api.requests import PROJECT, Api, problem_of

PATH = "/v1/projects"
CANCEL = {"reason": "A mistake"}
Provoke = Callable[[Services, Api], Response]


def sent(api: Api, content: str = "{}", **headers: str) -> Response:
    return api.client.post(PATH, content=content, headers=api.headers | headers)


def of_record(api: Api, match: str | None) -> Response:
    project = api.record(PATH, PROJECT)
    return api.post(f"/v1/records/{project}/cancellations", CANCEL, match=match)


def of_key(api: Api) -> Response:
    api.post(PATH, PROJECT, "k")
    return api.post(PATH, PROJECT | {"note": "another"}, "k")


def while_running(services: Services, api: Api) -> Response:
    with services.running.alone(command_id(api.tenant, str(api.user), "k")):
        return api.post(PATH, PROJECT, "k")


def too_often(services: Services, api: Api) -> Response:
    settings = replace(services.settings, requests_per_minute=1)
    with TestClient(create_app(replace(services, settings=settings))) as limited:
        return [limited.get(PATH) for _ in range(3)][-1]


def as_auditor(services: Services, api: Api) -> Response:
    return user_with(services, api.client, api.tenant, "auditor").post(PATH, PROJECT)


# What is refused by the app as it is, most of it before there is a handler.
PROVOKED: dict[str, Provoke] = {
    "malformed-request": lambda _, api: sent(api, "{", **{"Content-Type": "application/json"}),
    "invalid-value": lambda _, api: api.post(PATH, {}),
    "position-ahead": lambda _, api: api.client.get(
        PATH, headers=api.headers | {"Ledger-Position": "999"}
    ),
    "unknown-reference": lambda _, api: api.post(
        "/v1/tokens", {"user_id": str(uuid4()), "name": "x"}
    ),
    "unauthenticated": lambda _, api: api.client.get(PATH),
    "forbidden": as_auditor,
    "not-found": lambda _, api: api.get("/v1/nothing"),
    "method-not-allowed": lambda _, api: api.client.delete(PATH, headers=api.headers),
    "not-acceptable": lambda _, api: api.client.get(
        PATH, headers=api.headers | {"Accept": "image/png"}
    ),
    "not-correctable": lambda _, api: of_record(api, "*"),
    "already-recorded": lambda _, api: [api.post(PATH, PROJECT) for _ in range(2)][-1],
    "idempotency-in-progress": while_running,
    "uri-too-long": lambda _, api: api.get(PATH, cursor="x" * 9_000),
    "stale-version": lambda _, api: of_record(api, '"7"'),
    "content-too-large": lambda _, api: sent(
        api, " " * (BODY_SIZE_MAX + 1), **{"Content-Type": "application/json"}
    ),
    "unsupported-media-type": lambda _, api: sent(api, **{"Content-Type": "text/plain"}),
    "idempotency-mismatch": lambda _, api: of_key(api),
    "precondition-required": lambda _, api: of_record(api, None),
    "quota-exceeded": too_often,
    "headers-too-large": lambda _, api: sent(api, **{f"X-{one}": "x" for one in range(120)}),
}
RAISED: dict[str, Exception] = {
    "project-importing": ProjectImporting("x"),
    "changed-meanwhile": VersionConflict("x"),
    "unavailable": VaultClosed("x"),
    "insufficient-storage": errors.DiskFull("x"),
    "internal-error": RuntimeError("x"),
}


class Refused(Rejection):
    """Of a kind that only a rare state brings about."""

    def __init__(self, kind: str) -> None:
        super().__init__("a test", "")
        self.code = kind.replace("-", "_")


@pytest.mark.parametrize("kind", KINDS)
def test_a_problem_leads_to_the_page_about_its_kind(
    services: Services, api: Api, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RAISED.get(kind) or Refused(kind)

    if kind in PROVOKED:
        answer = PROVOKED[kind](services, api)
    else:
        monkeypatch.setattr(projects.projects, "register_project", refuse)
        answer = api.post(PATH, PROJECT)
    assert (answer.status_code, problem_of(answer)) == (KINDS[kind].status, kind)
    page = api.client.get(answer.links["help"]["url"], headers={"Accept": "application/json"})
    assert page.json()["type"] == answer.json()["type"]
