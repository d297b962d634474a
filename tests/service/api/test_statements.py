"""A list costs the same statements whatever its length; the control asks once a row."""

import psycopg
import pytest

from projections import page_query
from projections.page_query import PageQuery
from tests.service.api.requests import Api, document, project_with_items
from tests.statements import Counted, statement_counter

LISTS = ("documents", "audit-trail", "findings", "reports/budget", "reports/figures")


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """How many statements a call sends."""
    return statement_counter(monkeypatch)


def by_length(api: Api, name: str, count: Counted) -> tuple[int, int]:
    """The statements of a list of a project with 1 document, and with 6."""
    project = project_with_items(api)
    path = f"/v1/projects/{project}"
    found: list[int] = []
    for documents in (1, 5):
        for number in range(documents):
            body = document(project, reference=f"FP{documents}{number}", paid_on="2026-04-10")
            api.record(f"{path}/documents", body)
        api.read(f"{path}/{name}")  # the views are up to date
        found.append(count(lambda: api.read(f"{path}/{name}")))
    return found[0], found[1]


@pytest.mark.parametrize("name", LISTS)
def test_a_longer_list_takes_no_more_statements(api: Api, name: str, count: Counted) -> None:
    short, long = by_length(api, name, count)
    assert 0 < short == long


@pytest.mark.parametrize("name", ["documents", "audit-trail"])
def test_asking_once_a_row_would_be_found(
    api: Api,
    name: str,
    count: Counted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = PageQuery.page

    def once_a_row(self: PageQuery, connection: psycopg.Connection, *given: object) -> object:
        found, last = page(self, connection, *given)
        for _ in found:
            page_query.rows(connection, "SELECT 1", {})
        return found, last

    monkeypatch.setattr(PageQuery, "page", once_a_row)
    short, long = by_length(api, name, count)
    assert long > short
