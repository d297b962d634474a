"""The reports by tables equal the figures of the seed project, at points of both times.

What blocks a document, who counts and which period takes a payment is decided elsewhere; here it is
shown that the summaries and the sums at a point answer the same.
"""

from decimal import Decimal
from typing import Any

import pytest
from litestar.testing import TestClient

from service.composition import Services
from service.identity import OWNER, create_user
from tests.end_to_end.running import SEED, Imported, imported
from tests.service.api.conftest import USER, token_of
from tests.service.api.requests import Api

COLUMNS = ("budget", "recorded", "approved", "remaining")


@pytest.fixture(scope="module")
def seed(services: Services) -> Imported:
    return imported(services, SEED)


@pytest.fixture
def reader(services: Services, client: TestClient, seed: Imported) -> Api:
    user = create_user(services.pool, services.vault, seed.tenant, USER, [OWNER])
    return Api(client, seed.tenant, user, token_of(services, seed.tenant, user))


def budget_of(report: dict[str, Any]) -> dict[str, Any]:
    return {line["code"]: {name: line[name] for name in COLUMNS} for line in report["items"]}


def indicators_of(report: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {
        line["code"]: {
            "achieved": line["achieved"],
            "by_period": {str(one["period"]): one["value"] for one in line["by_period"]},
        }
        for line in report["indicators"]
    }
    common = {
        line["code"]: {name: line[name] for name in ("total", "women", "men")}
        for line in report["common_indicators"]
    }
    return own, common


POINTS = [
    {},
    {"as_of": "2016-09-15"},
    {"as_of": "2017-06-30"},
    {"known_at": 1500},
    {"as_of": "2018-01-31", "known_at": 2500},
]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_reports_equal_the_figures(reader: Api, seed: Imported, point: dict[str, Any]) -> None:
    at = f"/v1/projects/{seed.project}/reports"
    figures = reader.read(f"{at}/figures", **point)
    assert budget_of(reader.read(f"{at}/budget", **point)) == figures["budget_by_item"]
    own, common = indicators_of(reader.read(f"{at}/indicators", **point))
    assert common == figures["common_indicators"]
    assert own == {
        code: {"achieved": one["achieved"], "by_period": one["by_period"]}
        for code, one in figures["indicators"].items()
    }


def test_periods_of_the_budget_add_up_to_the_items(reader: Api, seed: Imported) -> None:
    report = reader.read(f"/v1/projects/{seed.project}/reports/budget")
    for line in report["items"]:
        for state in ("recorded", "blocked", "declared", "reduced", "approved"):
            assert sum(Decimal(one[state]) for one in line["by_period"]) == Decimal(line[state])
    assert Decimal(report["total"]["blocked"]) > 0


def test_every_list_is_paged_to_its_end(reader: Api, seed: Imported) -> None:
    at = f"/v1/projects/{seed.project}"
    expected = reader.read(f"{at}/reports/figures")
    found: dict[str, int] = {}
    for name in ("participants", "activities", "documents", "work-records", "trips", "findings"):
        ids: list[tuple[str, str]] = []
        page = reader.read(f"{at}/{name}", limit=97)
        while True:
            ids += [
                (one.get("id", one.get("document_id")), one.get("code")) for one in page["items"]
            ]
            if page["next_cursor"] is None:
                break
            page = reader.read(f"{at}/{name}", limit=97, cursor=page["next_cursor"])
        assert len(set(ids)) == len(ids)
        found[name] = len(ids)
    assert found["participants"] == expected["participants"]["recorded"]
    assert found["activities"] == sum(expected["activities"].values())
    assert found["findings"] == sum(len(codes) for codes in expected["findings"].values())
    claims = reader.read(f"{at}/claims")["items"]
    documents = found["documents"] + found["work-records"] + found["trips"]
    blocked = len(expected["findings"])
    assert sum(claim["documents"] for claim in claims) == documents - blocked
