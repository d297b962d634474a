"""Every page with every role, in the own and in a foreign project: as the table of roles says."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from litestar.handlers import HTTPRouteHandler

from service.api.route import NEEDS, Needs
from service.composition import Services
from service.pages.routes import PERMITTED
from service.permissions import OF_ROLE, ROLES
from tests.end_to_end.running import Imported
from tests.service.api.people import grant_role
from tests.service.pages.visits import Visit

PEOPLE = [role for role in ROLES if role != "integration"]  # whose token alone gives nothing


def pages() -> list[tuple[str, str, Needs]]:
    """Method, path and need of every page that shows something."""
    return [
        (method, path, handler.opt[NEEDS])
        for handler in PERMITTED
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
    ]


def address(path: str, project: object) -> str:
    path = path.replace("{project_id:uuid}", str(project))
    path = re.sub(r"\{\w+:uuid\}", str(uuid4()), path)
    return re.sub(r"\{\w+:str\}", "nothing", path)


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_sees_the_pages_that_the_table_gives_it(
    services: Services, seed: Imported, visit_of: Callable[..., Visit], role: str
) -> None:
    visit = visit_of(seed.tenant, "no-such-role")
    grant_role(services, seed.tenant, visit.user, role, str(seed.project))
    found = [page for page in pages() if page[0] == "GET"]
    assert len(found) > 10
    for _, path, needs in found:
        answer = visit.get(address(path, seed.project))
        assert (answer.status_code == 403) == (needs.permission not in OF_ROLE[role]), path


def test_a_role_in_another_project_sees_no_page_of_this_one(
    services: Services, seed: Imported, visit_of: Callable[..., Visit]
) -> None:
    visit = visit_of(seed.tenant, "no-such-role")
    for method, path, needs in pages():
        if needs.over == "project":
            answer = visit.client.request(method, address(path, seed.project))
            assert answer.status_code == 404, path
    grant_role(services, seed.tenant, visit.user, "owner", str(seed.project))
    assert visit.get(address("/projects/{project_id:uuid}", seed.project)).status_code == 200
