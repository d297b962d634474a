"""A ledger restored without its vault: the money is shown, and that people are not."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from litestar.testing import TestClient

from service.app import create_app
from service.composition import Services
from service.identity import OWNER, create_tenant, create_user
from service.permissions import Membership, Rights
from service.programmes import Programmes
from service.reports import Point, Reports
from service.sessions import begin_session
from service.store.vault import Vault
from service.tokens import Identity, create_token
from tests.end_to_end.running import SEED, import_folder
from tests.service.pages.test_overview import figures_shown
from tests.service.pages.visits import COOKIE, ENGLISH


@pytest.fixture(scope="module")
def project(services: Services) -> tuple[UUID, UUID]:
    """Tenant and project; nobody has been counted before the vault was lost."""
    tenant = create_tenant(services.pool, services.vault)
    found = import_folder(services, tenant, SEED).project
    assert found is not None
    return tenant, found


@pytest.fixture
def client(services: Services, project: tuple[UUID, UUID]) -> Iterator[TestClient]:
    user = create_user(services.pool, services.vault, project[0], "Jana Nováková", [OWNER])
    identity = Identity(project[0], user, Rights((Membership(OWNER),)))
    cookie = begin_session(services.pool, identity, None)
    vault = Vault(services.pool, None)
    closed = Services(services.settings, services.urls, services.pool, vault, Programmes())
    made = TestClient(create_app(closed), base_url="http://127.0.0.1")
    made.headers.update({"Cookie": f"{COOKIE}={cookie}", **ENGLISH})
    yield made
    closed.runner.close()


def test_money_is_shown_and_opens(client: TestClient, project: tuple[UUID, UUID]) -> None:
    tenant, of = project
    closed: Services = client.app.state.services
    with client:
        page = client.get(f"/projects/{of}")
        assert page.status_code == 200, page.text[:500]
        assert "Persons cannot be counted" in page.text
        assert "Counted persons" not in page.text
        assert page.text.count("<figure>") == 2
        report = Reports(closed, tenant).figures_of_money(of, Point()).figures
        shown = figures_shown(page.text)
        assert len(shown) > 50
        assert set(shown) <= set(report.leaves)
        for pointer in ("/settlement/balance", "/budget_by_item/1.1.4.1/approved"):
            figure = client.get(f"/projects/{of}/figure", params={"figure": pointer})
            assert f'<p class="value">{shown[pointer]}</p>' in figure.text
        for image in ("spending_by_item", "spending_over_time"):
            address = page.text.partition(f"charts/{image}?")[2].partition('"')[0]
            drawn = client.get(f"/projects/{of}/charts/{image}?{address.replace('&amp;', '&')}")
            assert drawn.status_code == 200
        for path in ("/claims", "/findings", "/audit-trail", "/exports"):
            assert client.get(f"/projects/{of}{path}").status_code == 200, path


def test_a_figure_of_people_says_why_it_is_not(
    client: TestClient, project: tuple[UUID, UUID]
) -> None:
    with client:
        figure = {"figure": "/participants/counted"}
        answer = client.get(f"/projects/{project[1]}/figure", params=figure)
    assert answer.status_code == 503
    assert "<h1>The vault of persons is closed</h1>" in answer.text


def test_who_signs_in_with_a_password_is_told_to_use_a_token(
    client: TestClient, services: Services, project: tuple[UUID, UUID]
) -> None:
    user = create_user(services.pool, services.vault, project[0], "Jana Nováková", [OWNER])
    token = create_token(services.pool, project[0], user, "tests", None)
    with client:
        form = {"organisation": str(project[0]), "login": "jana", "password": "x"}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 503
        assert "Sign in with a token." in answer.text
        signed_in = client.post("/sign-in", data={"token": token}, follow_redirects=False)
    assert signed_in.status_code == 303, "control"
