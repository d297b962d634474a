"""Every documented sort of every list, over HTTP: a plain sort of the items by the field."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from service.composition import Services
from tests.service.api.conftest import organisation
from tests.service.api.csv_items import DECIMALS, DOCUMENT, item_of, lists
from tests.service.api.made_trail import record_all
from tests.service.api.requests import (
    ACTIVITY,
    PARTICIPANT,
    TRIP,
    WORK,
    Api,
    document,
    problem_of,
)
from tests.service.api.test_lists import REFUSED, all_pages

KEYS = ("id", "document_id", "code", "version", "position")  # each list has some that are unique
SORTS = {
    name: parameter["schema"]["enum"]
    for name, path in lists().items()
    for parameter in DOCUMENT["paths"][path]["get"]["parameters"]
    if parameter.get("name") == "sort"
}


@pytest.fixture(scope="module")
def listed(services: Services, client: TestClient) -> Iterator[tuple[Api, dict[str, str]]]:
    """Where each list is, each with a few items, some of which are equal or lack a value."""
    with organisation(services, client) as api:
        project = record_all(api, api)
        at = f"/v1/projects/{project}"
        for index, (amount, paid) in enumerate(
            (("9.00", "2026-04-11"), ("10.00", None), ("10.00", "2026-03-01"), ("-10.00", None))
        ):
            named = {"reference": f"fp{index % 2}", "document_number": f"{10 - index // 2}"}
            money = {"net": amount, "vat": "0.00", "gross": amount, "amount": amount}
            days = {"issued_on": f"2026-03-{11 - index:02d}", "paid_on": paid}
            api.record(f"{at}/documents", document(project, **named, **money, **days))
        for index, month in enumerate(("2026-05-01", "2026-04-01")):
            changes = {"reference": f"MZ{index}", "month": month, "paid_on": "2026-06-10"}
            api.record(f"{at}/work-records", WORK | changes)
        trip = {"reference": "CP0", "departed_at": "2026-04-20T06:09", "paid_on": "2026-05-01"}
        api.record(f"{at}/trips", TRIP | trip)
        held = {"reference": "A000", "start": "2026-03-29", "end": "2026-04-11"}
        course = api.record(f"{at}/activities", ACTIVITY | held)
        for index, entered in enumerate(("2026-03-29", None)):
            name = {"reference": f"P{index}", "first_name": f"Planted{index}"}
            person = api.record(f"{at}/participants", PARTICIPANT | name | {"entry_date": entered})
            day = {"date": f"2026-04-0{2 - index}", "quantity": f"{50 - index}", "unit": "hour"}
            if entered:
                path = f"{at}/activities/{course}/attendance"
                api.record(path, {**day, "participant_id": person})
                api.record(
                    path, {**day, "date": "2026-04-01", "quantity": "1", "participant_id": person}
                )
        output = {"reference": "O00", "kind": "study", "title": "Studie", "counts": True}
        api.record(f"{at}/outputs", {**output, "written_on": "2026-05-01"})
        claim = {"number": 1, "kind": "advance", "period": 1, "submitted_on": "2026-08-31"}
        api.record(
            f"{at}/claims",
            {**claim, "kind": "interim", "number": 3, "period": 2, "submitted_on": "2027-01-31"},
        )
        ids = {"project_id": project, "activity_id": course, "endpoint_id": "-"}
        yield api, {name: lists()[name].format(**ids) for name in SORTS}


def plainly(items: list[dict[str, Any]], field: str, schema: dict[str, Any]) -> list[Any]:
    """The items in a plain order: what is null last, what is equal by its key."""
    described = schema["properties"][field]
    kinds = described.get("anyOf", [described])
    decimal = any(one.get("pattern") in DECIMALS for one in kinds)

    def key(item: dict[str, Any]) -> list[Any]:
        value = item[field]
        known = [True] if value is None else [False, Decimal(value) if decimal else value]
        return [*known, *(item[name] for name in KEYS if name in item)]

    return sorted(items, key=key)


def test_the_lists_that_users_sort_can_be_sorted() -> None:
    assert SORTS.keys() >= {
        *("list_documents", "list_work_records", "list_trips", "list_activities"),
        *("list_participants", "list_outputs", "list_claims", "list_findings", "audit_trail"),
    }
    for name, sorts in SORTS.items():
        fields = [one for one in sorts if not one.startswith("-")]
        assert sorted(sorts) == sorted([*fields, *(f"-{one}" for one in fields)]), name
        assert set(fields) <= item_of(lists()[name])["properties"].keys(), name


@pytest.mark.parametrize("name", SORTS)
def test_a_sort_walks_the_list_as_a_plain_sort_of_its_items(
    listed: tuple[Api, dict[str, str]], name: str
) -> None:
    api, addresses = listed
    path, schema = addresses[name], item_of(lists()[name])
    items = api.read(path, limit=500)["items"]
    assert len(items) > 1
    for sort in SORTS[name]:
        wanted = plainly(items, sort.removeprefix("-"), schema)
        limit = 2 if len(items) < 20 else 7
        assert all_pages(api, path, limit, sort=sort) == (
            wanted[::-1] if sort.startswith("-") else wanted
        ), sort


def test_control_another_field_is_another_order(listed: tuple[Api, dict[str, str]]) -> None:
    api, addresses = listed
    path, schema = addresses["list_documents"], item_of(lists()["list_documents"])
    items = api.read(path, limit=500)["items"]
    by_amount = api.read(path, limit=500, sort="amount")["items"]
    assert by_amount == plainly(items, "amount", schema) != plainly(items, "issued_on", schema)
    assert [one["amount"] for one in by_amount] != sorted(one["amount"] for one in items)


@pytest.mark.parametrize("name", SORTS)
def test_a_cursor_is_good_for_its_sort_only(listed: tuple[Api, dict[str, str]], name: str) -> None:
    api, addresses = listed
    path, (first, *others) = addresses[name], SORTS[name]
    cursor = api.read(path, limit=1, sort=first)["next_cursor"]
    for sort in others:
        answer = api.get(path, limit=1, sort=sort, cursor=cursor)
        assert problem_of(answer) == "invalid-value"
        assert answer.json()["errors"] == [{"pointer": "cursor", "detail": REFUSED}]
    assert api.get(path, limit=1, sort=first, cursor=cursor).status_code == 200, "control"


def in_the_table() -> dict[str, tuple[list[str], set[str]]]:
    """The sorts and filters of each list in the table of `docs/api.md`."""
    text = Path("docs/api.md").read_text(encoding="utf-8")
    found: dict[str, tuple[list[str], set[str]]] = {}
    for row in re.findall(r"^  \| (.+) \|$", text, re.MULTILINE)[2:]:
        name, sorts, filters = map(str.strip, row.split("|"))
        words = (re.findall(r"`(\w+)`", cell) for cell in (sorts, filters))
        found[name] = next(words), set(next(words))
    of_all = found.pop("all three")[1]
    for name in ("documents", "work records", "trips"):
        found[name] = found[name][0], found[name][1] | of_all
    return found


def described(name: str) -> tuple[list[str], set[str]]:
    parameters = DOCUMENT["paths"][lists()[name]]["get"]["parameters"]
    named = {one["name"] for one in parameters if one.get("in") == "query"}
    sorts = [one for one in SORTS[name] if not one.startswith("-")]
    return sorts, named - {"limit", "cursor", "sort"}


def test_the_table_of_sorts_and_filters_is_that_of_the_description() -> None:
    table = in_the_table()
    assert table.pop("audit trail")[0] == described("audit_trail")[0]
    assert table == {
        name.removeprefix("list_").replace("_", " "): described(name)
        for name in SORTS
        if name.startswith("list_")
    }
    assert table["claims"] != described("list_documents"), "control"
