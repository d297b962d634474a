"""Every operation under generated requests: as described, and nobody gets what is another's."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, cast
from uuid import uuid4

import pytest
from litestar import Response
from litestar.testing import TestClient

from projections.facts_in_force import UnknownProject
from service import app
from service.api import projects
from service.api.caller import AsCaller
from service.api.route import ProjectId, read
from service.composition import Services
from service.identity import OWNER, create_user
from service.reports import Reports
from tests.service.api.conftest import COLLEAGUE, organisation, token_of
from tests.service.api.listening import served
from tests.service.api.made_trail import record_all
from tests.service.api.requests import Api

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "tests/openapi/schemathesis.toml"
SECONDS_MAX = 900
QUICK = ("--phases", "examples,fuzzing,stateful", "--max-examples", "1")
FULL = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "10")
PROJECTS = r"^/v1/projects(/\{project_id\})?$"
# A list and what it leads to, so often that it is followed, whatever others have recorded.
ONE_PROJECT = ("--include-path-regex", PROJECTS, "--exclude-method", "POST")
FOLLOWED = ("--phases", "examples,stateful", "--max-examples", "20", *ONE_PROJECT)
TESTED = re.compile(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)")
FOREIGN = "`second` received"


class Users(NamedTuple):
    """Of two organisations as schemathesis takes them."""

    path: Path
    both: tuple[Api, Api]


@pytest.fixture(scope="module")
def users(
    services: Services, client: TestClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Users]:
    path = tmp_path_factory.mktemp("users") / "users.json"
    with organisation(services, client) as first, organisation(services, client) as second:
        for api in (first, second):
            _record(services, client, api)
        known = [_user("first", first), _user("second", second)]
        path.write_text(json.dumps({"schema_version": "0.2.0", "auth": known}), encoding="utf-8")
        yield Users(path, (first, second))


def _record(services: Services, client: TestClient, api: Api) -> None:
    """A project with every kind of record."""
    user = create_user(services.pool, services.vault, api.tenant, COLLEAGUE, [OWNER])
    colleague = Api(client, api.tenant, user, token_of(services, api.tenant, user))
    record_all(api, colleague)


def _user(name: str, api: Api) -> dict[str, object]:
    header = {"name": "Authorization", "value": f"Bearer {api.token}"}
    return {"name": name, "fixedHeaders": [header]}


def fuzzed(services: Services, users: Users, *options: str) -> tuple[int, str]:
    """The exit code of schemathesis against the app on a real server, and what it says."""
    settings = replace(services.settings, requests_per_minute=0)
    unlimited = replace(services, settings=settings)
    with closing(unlimited.runner), served(unlimited) as server:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run"]
        command += [f"{server.url}/openapi.json", "--seed", "1", "--continue-on-failure"]
        done = subprocess.run(
            [*command, "--no-color", "--warnings", "off", *options],
            cwd=ROOT,
            env={**os.environ, "GRANTLEDGER_USERS": str(users.path)},
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    return done.returncode, done.stdout + done.stderr


def test_every_operation_is_as_described_in_short(services: Services, users: Users) -> None:
    _holds_for_every_operation(services, users, QUICK)


@pytest.mark.long
def test_every_operation_is_as_described(services: Services, users: Users) -> None:
    _holds_for_every_operation(services, users, FULL)


def _holds_for_every_operation(services: Services, users: Users, options: tuple[str, ...]) -> None:
    code, text = fuzzed(services, users, *options)
    assert code == 0, text
    [(selected, known, tested)] = TESTED.findall(text)
    assert selected == known == tested
    assert int(tested) > 60


@pytest.fixture
def without_a_tenant_check(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app with one handler that reads a project of whatever organisation.

    There are many projects, as there are after other tests of this process.
    """
    for api in users.both:
        for _ in range(20):
            api.project(registration_number=f"CZ.1/{uuid4()}")
    app.openapi_text()  # as it is: the variant is not described otherwise
    leaking = [_leaking(users) if one is projects.get_project else one for one in app.ROUTES]
    monkeypatch.setattr(app, "ROUTES", leaking)


def _leaking(users: Users) -> object:
    @read(
        "/projects/{project_id:uuid}",
        permission="projects.read",
        operation_id="get_project",
        tags=["projects"],
    )
    def get_project(caller: AsCaller, project_id: ProjectId) -> Response[projects.Project]:
        """Reads a project for anybody, also one that another request made."""
        for one in users.both:
            owner = copy(caller)
            owner.tenant, owner.reports = one.tenant, Reports(caller.services, one.tenant)
            with suppress(UnknownProject):
                found = projects.get_project.fn(owner, project_id)
                return cast("Response[projects.Project]", found)
        raise UnknownProject(str(project_id))

    return get_project


@pytest.mark.usefixtures("without_a_tenant_check")
def test_a_handler_without_a_tenant_check_is_caught(services: Services, users: Users) -> None:
    code, text = fuzzed(services, users, *FOLLOWED)
    assert code == 1, text
    assert FOREIGN in text


@pytest.mark.long
def test_with_its_check_the_same_handler_leaks_nothing(services: Services, users: Users) -> None:
    code, text = fuzzed(services, users, *FOLLOWED)
    assert code == 0, text
