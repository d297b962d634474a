"""Lists come in pages by signed cursors, filtered and ordered by what is documented."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest

from service.api import paging
from tests.service.api.made_trail import Made
from tests.service.api.requests import (
    PROJECT,
    TRIP,
    WORK,
    Api,
    document,
    problem_of,
    project_with_items,
)

REFUSED = "expected a `next_cursor` of this list, with the same filters and order"


def documents(made: Made) -> str:
    return f"/v1/projects/{made.project}/documents"


def all_pages(api: Api, path: str, limit: int, **asked: Any) -> list[dict[str, Any]]:
    """Following `Link` as a client does that knows nothing of cursors."""
    found: list[dict[str, Any]] = []
    answer = api.get(path, limit=limit, **asked)
    while True:
        page = answer.json()
        assert len(page["items"]) <= limit
        found += page["items"]
        assert ("next" in answer.links) == (page["next_cursor"] is not None)
        if page["next_cursor"] is None:
            return found
        assert page["next_cursor"] in answer.links["next"]["url"]
        answer = api.get(answer.links["next"]["url"])


@pytest.mark.parametrize("sort", ["reference", "-reference"])
def test_following_the_links_gives_the_whole_list_in_order(made: Made, sort: str) -> None:
    whole = made.api.read(documents(made), limit=500, sort=sort)["items"]
    assert len(whole) > 5
    assert all_pages(made.api, documents(made), 2, sort=sort) == whole
    turned = made.api.read(documents(made), limit=500)["items"]
    assert [one["id"] for one in whole] == sorted(
        [one["id"] for one in turned],
        key=[one["id"] for one in turned].index,
        reverse=sort.startswith("-"),
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/tokens", {"name": "t"}),
        ("/v1/clients", {"name": "c", "scopes": ["projects.read"]}),
    ],
)
def test_tokens_and_clients_come_in_pages_too(api: Api, path: str, body: dict[str, Any]) -> None:
    of_user = {"user_id": str(api.user)} if path == "/v1/tokens" else {}
    made = [api.record(path, {**body, **of_user, "name": f"n{one}"}) for one in range(5)]
    found = all_pages(api, path, 2)
    assert [one["id"] for one in found][-5:] == made
    assert [one["id"] for one in found] == [one["id"] for one in api.read(path)["items"]]


def refused(made: Made, path: str, **asked: Any) -> bool:
    answer = made.api.get(path, **asked)
    if answer.status_code == 200:
        return False
    assert problem_of(answer) == "invalid-value"
    assert answer.json()["errors"] == [{"pointer": "cursor", "detail": REFUSED}]
    return True


def foreign_uses(made: Made, other: Api) -> list[str]:
    """What is taken although the cursor is of another list, filter, order or tenant, or changed."""
    cursor = made.api.read(documents(made), limit=1)["next_cursor"]
    assert not refused(made, documents(made), cursor=cursor, limit=3), "control"
    project = other.project()
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    changed = urlsafe_b64encode(raw[:16] + raw[16:].replace(b"FP", b"FQ")).rstrip(b"=").decode()
    uses: dict[str, tuple[Made, str, dict[str, str]]] = {
        "filter": (made, documents(made), {"paid": "false", "cursor": cursor}),
        "order": (made, documents(made), {"sort": "-reference", "cursor": cursor}),
        "list": (made, documents(made).replace("documents", "trips"), {"cursor": cursor}),
        "changed": (made, documents(made), {"cursor": changed}),
        "tenant": (
            made._replace(api=other),
            f"/v1/projects/{project}/documents",
            {"cursor": cursor},
        ),
    }
    return [name for name, (who, path, asked) in uses.items() if not refused(who, path, **asked)]


def test_a_cursor_is_taken_by_its_own_list_only(made: Made, other: Api) -> None:
    assert foreign_uses(made, other) == []


def test_control_unsigned_cursors_are_taken_anywhere(
    made: Made, other: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def same(_: object, __: object) -> bool:
        return True

    monkeypatch.setattr(paging, "compare_digest", same)
    assert set(foreign_uses(made, other)) == {"filter", "order", "list", "changed", "tenant"}


def test_cursors_of_another_installation_are_refused(made: Made) -> None:
    cursor = made.api.read(documents(made), limit=1)["next_cursor"]
    key = made.services.cursor_key
    made.services.__dict__["cursor_key"] = b"another"
    try:
        assert refused(made, documents(made), cursor=cursor)
    finally:
        made.services.__dict__["cursor_key"] = key


def references(api: Api, path: str, **asked: Any) -> list[str]:
    return [one["reference"] for one in api.read(path, **asked)["items"]]


def test_documents_are_filtered_by_what_a_user_looks_for(api: Api) -> None:
    project = project_with_items(api)
    at = f"/v1/projects/{project}"
    path = f"{at}/documents"
    api.record(path, document(project, reference="1", paid_on="2026-04-10", document_number="1"))
    api.record(path, document(project, reference="2", document_number="2"))
    api.record(path, document(project, reference="3", document_number="2", paid_on="2026-04-11"))
    other_supplier = document(project, reference="4", supplier_ico="00000019")
    api.record(path, other_supplier)
    other_item = document(project, reference="5", document_number="5")
    other_item["allocations"][0]["item"] = "1.1.2.1"
    api.record(path, other_item)
    claim = {"number": 2, "kind": "interim", "period": 1, "submitted_on": "2026-07-31"}
    api.record(f"{at}/claims", claim)
    for asked, expected in (
        ({}, "12345"),
        ({"paid": "true"}, "13"),
        ({"paid": "false"}, "245"),
        ({"supplier_ico": "00000019"}, "4"),
        ({"item": "1.1.2.1"}, "5"),
        ({"finding": "duplicate_document"}, "3"),
        ({"claim": 2}, "1"),
        ({"claim": 3}, ""),
        ({"paid": "true", "finding": "duplicate_document"}, "3"),
        ({"reference": "4"}, "4"),
        ({"document_number": "2"}, "23"),
        ({"document_number": "2", "paid_until": "2026-04-10"}, ""),
        ({"paid_since": "2026-04-11"}, "3"),
        ({"paid_until": "2026-04-10"}, "1"),
        ({"issued_since": "2026-04-01"}, ""),
        ({"issued_since": "2026-03-31", "issued_until": "2026-03-31"}, "12345"),
        ({"amount_min": "1210.00", "amount_max": "1210.00"}, "12345"),
        ({"amount_min": "1210.01"}, ""),
        ({"period": 1}, "13"),
        ({"period": 0}, "245"),
        ({"paid": "false", "sort": "-reference"}, "542"),
    ):
        found = references(api, path, **asked)
        if "item" in asked:
            assert found == ["5"]
        assert "".join(found) == expected, asked


def test_other_lists_have_filters_of_their_own(made: Made) -> None:
    at = f"/v1/projects/{made.project}"
    assert references(made.api, f"{at}/activities", kind="helpdesk") == ["A002"]
    assert references(made.api, f"{at}/activities", period=2) == []
    assert (
        references(made.api, f"{at}/activities", sort="-start")[0]
        == references(made.api, f"{at}/activities")[-1]
    )
    assert references(made.api, f"{at}/participants", status="below_threshold") == ["P00001"]
    assert references(made.api, f"{at}/participants", status="counted") == []
    assert [one["number"] for one in made.api.read(f"{at}/claims", stage="paid")["items"]] == [2]
    assert made.api.read(f"{at}/claims", stage="decided")["items"] == []
    assert references(made.api, f"{at}/work-records", item=WORK["item"]) == [WORK["reference"]]
    assert references(made.api, f"{at}/work-records", paid="true") == []
    assert references(made.api, f"{at}/trips", paid="false") == [TRIP["reference"]]
    [work], [trip] = (made.api.read(f"{at}/{name}")["items"] for name in ("work-records", "trips"))
    of_nobody = {"person_id": str(made.project)}
    for path, one, asked, other in (
        ("work-records", work, {"month": "2026-03-01"}, {"month": "2026-04-01"}),
        ("trips", trip, {"departed_until": "2026-04-20"}, {"departed_since": "2026-04-21"}),
        ("work-records", work, {"person_id": work["person_id"]}, of_nobody),
        ("trips", trip, {"person_id": trip["person_id"]}, of_nobody),
        ("activities", {"reference": "A001"}, {"reference": "A001"}, {"reference": "A00"}),
        ("participants", {"reference": "P00001"}, {"period": 0}, {"period": 1}),
        ("outputs", {"reference": "O01"}, {"published": "true"}, {"published": "false"}),
        ("outputs", {"reference": "O01"}, {"kind": "methodology"}, {"kind": "study"}),
    ):
        assert references(made.api, f"{at}/{path}", **asked) == [one["reference"]]
        assert references(made.api, f"{at}/{path}", **other) == []
    dated = {"since": "2026-04-10", "until": "2026-03-30", "key_activity": "KA1"}
    assert sorted(references(made.api, f"{at}/activities", **dated)) == ["A001", "A002"]
    assert references(made.api, f"{at}/activities", since="2026-04-11") == []
    assert references(made.api, f"{at}/activities", until="2026-03-29") == []
    assert len(made.api.read(f"{at}/claims", kind="interim", period=1)["items"]) == 1
    assert made.api.read(f"{at}/claims", period=2)["items"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("paid", "maybe"), ("sort", "supplier_ico"), ("sort", "+amount"), ("sort", "")),
        *(("item", "a b"), ("claim", "0"), ("supplier_ico", "x"), ("amount_min", "1e5")),
        *(("amount_max", "1,50"), ("paid_since", "31.3.2026"), ("issued_until", "2026-02-30")),
    ],
)
def test_what_is_no_value_of_a_filter_is_refused(made: Made, name: str, value: str) -> None:
    answer = made.api.get(documents(made), **{name: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, name)


def test_a_list_of_projects_has_no_filter_of_another_list(api: Api) -> None:
    api.record("/v1/projects", PROJECT)
    assert api.get("/v1/projects", paid="true").json()["errors"][0]["pointer"] == "paid"
