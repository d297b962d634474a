"""A page costs the same few statements whatever it shows; the control asks once a row."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import psycopg
import pytest

from projections import page_query
from projections.page_query import PageQuery
from service.composition import Services
from service.store.database import in_tenant
from tests.end_to_end.running import SEED, imported
from tests.service.api.requests import Api, document, project_with_items
from tests.service.pages.many_projects import copy_projects
from tests.service.pages.visits import Visit
from tests.statements import Counted, statement_counter

PAGES = ("", "/claims", "/findings", "/audit-trail", "/exports")
STATEMENTS_MAX = 30
PROJECTS, DOCUMENTS_MIN = 100, 20_000
DOCUMENTS = """SELECT count(DISTINCT document_id), count(DISTINCT project_id) FROM views.spend
    WHERE to_position IS NULL"""


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """How many statements a call sends."""
    return statement_counter(monkeypatch)


def by_length(api: Api, visit: Visit, page: str, count: Counted) -> tuple[int, int]:
    """The statements of a page of a project with 1 document that has findings, and with 6."""
    project = project_with_items(api)
    found: list[int] = []
    for documents in (1, 5):
        for number in range(documents):
            body = document(
                project,
                reference=f"FP{documents}{number}",
                paid_on="2026-04-10",
                document_number=f"{documents}{number}",
                supplier_ico="12345678",
            )
            api.record(f"/v1/projects/{project}/documents", body)
        path = f"/projects/{project}{page}"
        visit.read(path)  # the views are up to date
        found.append(count(lambda path=path: visit.read(path)))
    return found[0], found[1]


@pytest.mark.parametrize("page", PAGES)
def test_a_longer_page_takes_no_more_statements(
    api: Api, visit: Visit, page: str, count: Counted
) -> None:
    short, long = by_length(api, visit, page, count)
    assert 0 < short == long <= STATEMENTS_MAX


def test_asking_once_a_row_would_be_found(
    api: Api, visit: Visit, count: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_once_a_row(monkeypatch)
    short, long = by_length(api, visit, "/findings", count)
    assert long > short


def ask_once_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    page = PageQuery.page

    def once_a_row(self: PageQuery, connection: psycopg.Connection, *given: Any) -> Any:
        found, last = page(self, connection, *given)
        for _ in found:
            page_query.rows(connection, "SELECT 1", {})
        return found, last

    monkeypatch.setattr(PageQuery, "page", once_a_row)


@pytest.mark.long
def test_a_hundred_projects_cost_no_more_than_one(
    services: Services,
    visit_of: Callable[..., Visit],
    count: Counted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = imported(services, SEED)
    visit = visit_of(one.tenant)
    path = f"/projects/{one.project}"
    alone = measured(visit, path, count)
    copies = copy_projects(one, PROJECTS - 1)
    one.reports.bring_up_to_date()
    documents, projects = in_tenant(services.pool, one.tenant, DOCUMENTS, [])[0]
    assert (projects, documents >= DOCUMENTS_MIN) == (PROJECTS, True)

    among = measured(visit, path, count)
    of_copy = measured(visit, f"/projects/{copies[50]}", count)
    print(f"{documents} documents; alone {alone}, among {PROJECTS} {among}, a copy {of_copy}")
    for page in among:
        assert among[page][0] == alone[page][0] <= STATEMENTS_MAX, page
        assert of_copy[page][0] == among[page][0], page
        assert among[page][1] < 3 * alone[page][1] + 100, page
    lists = count(lambda: visit.read("/"))
    assert lists <= STATEMENTS_MAX
    ask_once_a_row(monkeypatch)
    assert count(lambda: visit.read("/")) >= lists + 50, "control"


def measured(visit: Visit, path: str, count: Counted) -> dict[str, tuple[int, float]]:
    """Statements of each page of a project, and milliseconds of the fastest of five."""
    found: dict[str, tuple[int, float]] = {}
    for page in PAGES:
        visit.read(path + page)
        statements = count(lambda page=page: visit.read(path + page))
        times: list[float] = []
        for _ in range(5):
            began = perf_counter()
            visit.read(path + page)
            times.append((perf_counter() - began) * 1000)
        found[page] = statements, round(min(times), 1)
    return found
