"""Every list also comes as CSV: everything that is asked for, the same values, harmless cells."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from projections import page_query
from service import spreadsheet_csv
from service.api import list_columns, lists, made_files
from service.api.route import LISTS
from service.app import ROUTES
from service.composition import Services
from service.store.database import in_tenant
from tests.service.api.conftest import USER, organisation
from tests.service.api.csv_items import (
    DOCUMENT,
    item_of,
    items_of,
    made_items,
    without_empty_texts,
)
from tests.service.api.csv_items import lists as listed
from tests.service.api.made_trail import FORMULAS, Made, record_all
from tests.service.api.requests import Api, document, problem_of, project_with_items

NO_LIST = {"report_budget"}  # a report with sums beside its lines; the workbook is its spreadsheet
OF_ITSELF = {"audit_trail"}  # for people, in their language: the file of `audit-trail.csv`
PATHS = {name: path for name, path in listed().items() if name not in NO_LIST}
ITEMS = {one.operation_id: one.opt.get(LISTS) for one in ROUTES}  # type: ignore[union-attr]
ATTEMPT = """INSERT INTO ledger.webhook_attempt (tenant_id, endpoint_id, slot, number, position,
        event_id, type, attempt, outcome, duration_ms)
    VALUES (%(tenant)s, %(endpoint)s, 1, 1, 1, %(event)s, 'project.registered.v1', 1, 'tls', 35)
    RETURNING number"""
READS = "SELECT count(*) FROM vault.read_log WHERE purpose = %(purpose)s"


def as_csv(api: Api, path: str, accept: str = "text/csv", **asked: Any) -> Response:
    headers = api.headers | {"Accept": accept}
    return api.client.get(path, headers=headers, params=asked or None)


@pytest.fixture(scope="module")
def made(services: Services, client: TestClient) -> Iterator[Made]:
    """An organisation with something in each of its lists."""
    with organisation(services, client) as api:
        project = record_all(api, api)
        path = f"/v1/projects/{project}/documents"
        for reference in ("FP01", "FP02"):
            twice = document(project, reference=reference, document_number="2")
            api.record(path, twice)
        api.read(path)
        yield Made(services, api, api, UUID(project), services.ledger(api.tenant).head())


@pytest.fixture(scope="module")
def addresses(made: Made) -> Iterator[dict[str, str]]:
    """Where each list is."""
    api = made.api
    url = {"url": "https://example.org/hook", "description": '=1;"2"', "after": 0}
    endpoint = api.record("/v1/webhook-endpoints", url)
    hook = f"/v1/webhook-endpoints/{endpoint}"
    assert api.post(f"{hook}/replay", {"position": 1}).status_code == 201
    values = {"tenant": api.tenant, "endpoint": endpoint, "event": uuid4()}
    in_tenant(made.services.pool, api.tenant, ATTEMPT, values)
    client = {"name": "účetnictví; =1", "scopes": ["documents.read", "claims.read"]}
    assert api.post("/v1/clients", client).status_code == 201
    api.begin("/v1/rebuilds", {})
    [course] = [
        one["id"]
        for one in api.read(f"/v1/projects/{made.project}/activities")["items"]
        if one["reference"] == "A001"
    ]
    ids = {"project_id": str(made.project), "endpoint_id": endpoint, "activity_id": course}
    yield {name: path.format(**ids) for name, path in PATHS.items()}
    api.post(f"{hook}/removal", {})


def without_csv(document: dict[str, Any]) -> set[str]:
    """The lists that are not described as CSV too, or do not name their items."""
    found = listed(document)
    return {
        name
        for name, path in found.items()
        if "text/csv" not in document["paths"][path]["get"]["responses"]["200"]["content"]
    } - NO_LIST


def test_every_list_is_answered_as_csv_too() -> None:
    assert len(PATHS) > 18
    assert without_csv(DOCUMENT) == set()
    assert {name for name, item in ITEMS.items() if item} == PATHS.keys()


def test_control_a_list_without_csv_is_found() -> None:
    path = "/v1/projects/{project_id}/documents"
    answered = DOCUMENT["paths"][path]["get"]["responses"]["200"]
    content = {"application/json": answered["content"]["application/json"]}
    changed = {"get": {"operationId": "a_new_list", "responses": {"200": {"content": content}}}}
    paths = {**DOCUMENT["paths"], "/v1/new": changed}
    assert without_csv({**DOCUMENT, "paths": paths}) == {"a_new_list"}


@pytest.mark.parametrize("name", sorted(PATHS.keys() - OF_ITSELF))
def test_the_csv_of_a_list_has_the_items_of_its_json(
    made: Made, addresses: dict[str, str], name: str
) -> None:
    path, schema = addresses[name], item_of(PATHS[name])
    answer, read = as_csv(made.api, path), made.api.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers.get("ledger-position") == read.headers.get("ledger-position")
    assert "link" not in answer.headers
    items = read.json()["items"]
    assert items
    assert read.json().get("next_cursor") is None
    assert items_of(answer.text, schema) == [without_empty_texts(one, schema) for one in items]


def test_the_csv_of_the_audit_trail_is_its_file(made: Made, addresses: dict[str, str]) -> None:
    path = addresses["audit_trail"]
    asked = {"language": "cs", "sort": "-position", "known_at": str(made.head)}
    assert as_csv(made.api, path, **asked).content == made.api.get(f"{path}.csv", **asked).content


@pytest.mark.parametrize("name", sorted(PATHS.keys() - OF_ITSELF))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_in_an_item_comes_back_from_its_line(name: str, data: st.DataObject) -> None:
    schema = item_of(PATHS[name])
    items = data.draw(st.lists(made_items(schema), max_size=2))
    assert came_back(name, items)


def came_back(name: str, items: list[Any]) -> bool:
    schema, columns = item_of(PATHS[name]), list_columns.columns_of(ITEMS[name])
    heading = spreadsheet_csv.heading(column.name for column in columns)
    text = (heading + list_columns.csv_lines(columns, items)).decode()
    return items_of(text, schema) == [without_empty_texts(one, schema) for one in items]


def test_control_a_line_without_quotes_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(rows: Any) -> bytes:
        return "".join(";".join(row) + "\r\n" for row in rows).encode()

    [item] = [{**dict.fromkeys(item_of(PATHS["list_tokens"])["properties"], "a"), "scopes": None}]
    assert came_back("list_tokens", [item | {"name": 'a;"b"'}])
    monkeypatch.setattr(list_columns, "lines", bare)
    with pytest.raises(ValueError, match="argument 2"):
        came_back("list_tokens", [item | {"name": 'a;"b"'}])


def formulas(text: str) -> list[str]:
    """Cells that a spreadsheet would calculate."""
    cells = [cell for row in csv.reader(StringIO(text, newline=""), delimiter=";") for cell in row]
    return [
        cell
        for cell in cells
        if cell.strip()[:1] in tuple("=+-@＝＋－＠") and not re.fullmatch(r"[+-]?[\d.,]+", cell)
    ]


def test_no_cell_is_a_formula(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/v1/projects/{made.project}/documents"
    assert formulas(as_csv(made.api, path).text) == []
    monkeypatch.setattr(spreadsheet_csv, "safe_cell", str)  # the control
    assert len(formulas(as_csv(made.api, path).text)) >= len(FORMULAS) - 3


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv, application/json", "application/json"),
        ("text/csv, application/json;q=0.9", "text/csv"),
        ("TEXT/CSV;header=present", "text/csv"),
        ("text/csv, */*", "text/csv"),
        ("text/csv;q=0.5, */*;q=0.1", "text/csv"),
        ("text/csv;q=0.1, */*;q=0.5", "application/json"),
        ("application/json;q=0, */*", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
    ],
)
def test_who_sends_accept_gets_what_is_wanted_most(made: Made, accept: str, kind: str) -> None:
    answer = as_csv(made.api, f"/v1/projects/{made.project}/claims", accept)
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("accept", ["text/html", "image/*", "text/csv;q=0", "text/csv;q=0.000"])
def test_who_takes_neither_gets_neither(made: Made, accept: str) -> None:
    answer = as_csv(made.api, f"/v1/projects/{made.project}/claims", accept)
    assert (answer.status_code, problem_of(answer)) == (406, "not-acceptable")
    assert "text/csv" in answer.json()["detail"]


def test_what_is_no_list_is_not_answered_as_csv(made: Made) -> None:
    answer = as_csv(made.api, f"/v1/projects/{made.project}")
    assert (answer.status_code, problem_of(answer)) == (406, "not-acceptable")


@pytest.mark.parametrize("asked", [{"limit": "2"}, {"cursor": "YWJj"}])
def test_a_list_as_csv_has_no_pages(made: Made, asked: dict[str, str]) -> None:
    answer = as_csv(made.api, f"/v1/projects/{made.project}/documents", **asked)
    assert problem_of(answer) == "invalid-value"
    [error] = answer.json()["errors"]
    assert error == {"pointer": next(iter(asked)), "detail": "a list as CSV has no pages"}


def test_a_list_as_csv_is_filtered_and_sorted_as_json(made: Made) -> None:
    path, asked = f"/v1/projects/{made.project}/documents", {"paid": "false", "sort": "-reference"}
    schema = item_of(PATHS["list_documents"])
    items = made.api.read(path, limit=500, **asked)["items"]
    found = items_of(as_csv(made.api, path, **asked).text, schema)
    assert [one["id"] for one in found] == [one["id"] for one in items] != []
    assert problem_of(as_csv(made.api, path, paid="maybe")) == "invalid-value"


def test_each_representation_has_its_own_tag(made: Made) -> None:
    path = f"/v1/projects/{made.project}/documents"
    tags = [as_csv(made.api, path, kind).headers["etag"] for kind in ("text/csv", "*/*")]
    assert len(set(tags)) == 2
    for kind, own in zip(("text/csv", "*/*"), tags, strict=True):
        for tag in tags:
            headers = made.api.headers | {"Accept": kind, "If-None-Match": tag}
            answer = made.api.client.get(path, headers=headers)
            assert answer.status_code == (304 if tag == own else 200)
            assert answer.headers["vary"] == "Accept, Accept-Encoding"


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is one of the long ones."""
    monkeypatch.setattr(lists, "IN_MEMORY_MAX", 100)


def test_a_long_file_is_the_same_and_has_its_tag_and_length(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/projects/{made.project}/documents"
    whole = as_csv(made.api, path)
    monkeypatch.setattr(lists, "IN_MEMORY_MAX", 100)
    streamed = as_csv(made.api, path)
    assert streamed.content == whole.content
    assert int(streamed.headers["content-length"]) == len(whole.content)
    for name in ("etag", "vary", "content-disposition"):
        assert streamed.headers[name].replace(".gzip", "") == whole.headers[name].replace(
            ".gzip", ""
        )
    headers = made.api.headers | {"Accept": "text/csv", "If-None-Match": streamed.headers["etag"]}
    again = made.api.client.get(path, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    head = made.api.client.head(path, headers=made.api.headers | {"Accept": "text/csv"})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.usefixtures("long")
def test_of_long_files_only_few_are_made_at_once(made: Made) -> None:
    path, slots = f"/v1/projects/{made.project}/documents", made_files._slots
    taken = [slots.acquire(blocking=False) for _ in range(made_files.MADE_AT_ONCE_MAX)]
    try:
        assert all(taken)
        assert problem_of(as_csv(made.api, path)) == "unavailable"
    finally:
        for _ in taken:
            slots.release()
    assert as_csv(made.api, path).status_code == 200


def test_names_of_users_are_in_the_csv_only_for_a_purpose_which_is_logged(api: Api) -> None:
    assert USER not in as_csv(api, "/v1/users").text
    services = api.client.app.state.services
    values = {"purpose": f"a list for the auditor {uuid4().hex}"}
    assert USER in as_csv(api, "/v1/users", **values).text
    [(logged,)] = in_tenant(services.pool, api.tenant, READS, values)
    assert logged == 1


def test_a_foreign_project_has_no_csv(made: Made, other: Api) -> None:
    for name, path in PATHS.items():
        if "{project_id}" in path:
            ids = {"project_id": str(made.project), "activity_id": str(uuid4())}
            answer = as_csv(other, path.format(**ids))
            assert (answer.status_code, problem_of(answer)) == (404, "not-found"), name


def test_a_list_without_items_is_a_heading(api: Api) -> None:
    project = project_with_items(api)
    text = as_csv(api, f"/v1/projects/{project}/documents").text
    assert text.count("\r\n") == 1
    api.record(f"/v1/projects/{project}/documents", document(project))
    assert as_csv(api, f"/v1/projects/{project}/documents").text.count("\r\n") == 2


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are read two at a time."""
    monkeypatch.setattr(page_query, "BATCH_SIZE", 2)
    monkeypatch.setattr(lists, "BATCH_SIZE", 2)


def while_it_is_read(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> list[int]:
    """Lets something happen after the first rows; the sizes of the batches, as they come."""
    sizes: list[int] = []

    def csv_chunks(item: type[Any], batches: Iterable[Sequence[Any]]) -> Iterator[bytes]:
        def watched() -> Iterator[Sequence[Any]]:
            for batch in batches:
                if not sizes:
                    happens()
                sizes.append(len(batch))
                yield batch

        for written, chunk in enumerate(list_columns.csv_chunks(item, watched())):
            assert len(sizes) == written, "a batch is written before the next one is read"
            yield chunk

    monkeypatch.setattr(lists, "csv_chunks", csv_chunks)
    return sizes


@pytest.mark.usefixtures("small")
def test_a_file_is_of_one_moment_and_read_a_batch_at_a_time(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    for number in "1357":
        api.record(path, document(project, reference=number, document_number=number))
    added = document(project, reference="9", document_number="9")
    sizes = while_it_is_read(monkeypatch, lambda: api.record(path, added))
    answer = as_csv(api, path)
    assert sizes == [2, 2]
    found = items_of(answer.text, item_of(PATHS["list_documents"]))
    assert [one["reference"] for one in found] == list("1357")
    later = [one["reference"] for one in api.read(path)["items"]]
    assert later == list("13579")


@pytest.mark.usefixtures("small")
def test_control_a_file_of_pages_is_of_several_moments(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(name: str) -> None:
        assert api.post("/v1/users", {"name": f"Planted {name}"}).status_code == 201

    for name in ("one", "two"):
        make(name)
    sizes = while_it_is_read(monkeypatch, lambda: make("three"))
    before = len(api.read("/v1/users")["items"])
    found = items_of(as_csv(api, "/v1/users").text, item_of(PATHS["list_users"]))
    assert (before, len(found), sizes) == (3, 4, [2, 2])
