"""Exports over the API: what one holds, its files, and that nobody gets what he may not read."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from litestar.testing import TestClient

from service.api import made_files
from service.composition import Services
from service.exchange.catalogue import CATALOGUE
from service.identity import OWNER, create_user
from service.store.database import in_tenant
from tests.end_to_end.running import SEED, SEED_PLUS, Imported, imported
from tests.service.api.conftest import USER, token_of
from tests.service.api.requests import Api, problem_of
from tests.service.exchange.seed_tables import Tables

PURPOSE = "hand in the files"
AT = {"as_of": "2024-12-31"}


@pytest.fixture(scope="module")
def seed_plus(services: Services) -> Imported:
    return imported(services, SEED_PLUS)


@pytest.fixture(scope="module")
def reader(services: Services, client: TestClient, seed_plus: Imported) -> Api:
    user = create_user(services.pool, services.vault, seed_plus.tenant, USER, [OWNER])
    return Api(client, seed_plus.tenant, user, token_of(services, seed_plus.tenant, user))


@pytest.fixture
def path(seed_plus: Imported) -> str:
    return f"/v1/projects/{seed_plus.project}/exports"


def test_kinds_are_listed_with_what_they_need(reader: Api) -> None:
    items = {one["name"]: one for one in reader.read("/v1/exports")["items"]}
    assert list(items) == [kind.name for kind in CATALOGUE]
    assert (items["sd2"]["format"], items["sd2"]["personal"]) == ("ms2021", "optional")
    assert (items["is-esf"]["personal"], items["is-esf"]["of_claim"]) == ("required", False)
    assert items["sd2"]["title_cs"] != items["sd2"]["title_en"]


@pytest.mark.parametrize(("kind", "more"), [("sd2", {"claim": 2}), ("is-esf", {})])
def test_a_file_is_the_one_that_was_described(
    reader: Api, path: str, kind: str, more: dict[str, Any]
) -> None:
    made = reader.read(f"{path}/{kind}", purpose=PURPOSE, **AT, **more)
    assert made["as_of"] == AT["as_of"]
    assert made["rule_set"]["name"] == "opz-plus.1"
    for file in made["files"]:
        got = reader.get(file["href"] + f"&purpose={PURPOSE}")
        assert got.status_code == 200
        digest = sha256(got.content)
        assert digest.hexdigest() == file["sha256"]
        assert got.headers["etag"] == f'"{file["sha256"]}"'
        assert got.headers["repr-digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
        assert got.headers["content-disposition"] == f'attachment; filename="{file["name"]}"'
        assert got.headers["content-type"] == file["media_type"]
        assert int(got.headers["content-length"]) == file["size"] == len(got.content)
        assert reader.get(file["href"] + f"&purpose={PURPOSE}").content == got.content


def test_a_file_stays_what_it_was_when_the_ledger_grows(
    services: Services, client: TestClient
) -> None:
    project = imported(services, SEED_PLUS)
    user = create_user(services.pool, services.vault, project.tenant, USER, [OWNER])
    own = Api(client, project.tenant, user, token_of(services, project.tenant, user))
    at = f"/v1/projects/{project.project}"
    file = own.read(f"{at}/exports/sd2")["files"][0]
    query = parse_qs(urlsplit(file["href"]).query)
    assert query["known_at"] == [str(project.head())]
    record = own.read(f"{at}/work-records", limit=1)["items"][0]
    body = {"version": 1, "changes": {"fte": "0.1"}, "reason": "misread"}
    own.record(f"/v1/records/{record['id']}/corrections", body)
    assert sha256(own.get(file["href"]).content).hexdigest() == file["sha256"]
    assert own.read(f"{at}/exports/sd2")["files"][0]["name"] != file["name"]


def test_a_copy_that_is_current_is_not_sent_again(reader: Api, path: str) -> None:
    file = reader.read(f"{path}/sd2", **AT)["files"][0]
    same = reader.client.get(
        file["href"], headers=reader.headers | {"If-None-Match": f'"{file["sha256"]}"'}
    )
    other = reader.client.get(file["href"], headers=reader.headers | {"If-None-Match": '"0"'})
    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("address", "parameters", "kind", "named"),
    [
        ("nonsense", {}, "not-found", None),
        ("is-esf", {}, "invalid-value", "purpose"),
        ("is-esf", {"purpose": "why\0not"}, "invalid-value", "purpose"),
        ("is-esf", {"purpose": "why\1not"}, "invalid-value", "purpose"),
        ("is-esf", {"purpose": "why not", "claim": 2}, "invalid-value", "claim"),
        ("sd2", {"format": "ms2014"}, "invalid-value", "format"),
        ("sd2", {"claim": 99}, "not-found", None),
        ("sd2", {"as-of": "2020-01-01"}, "invalid-value", "as-of"),
        ("sd2", {"as_of": "2020-01-01"}, "not-found", None),
        ("sd2/files/other.xml", {}, "not-found", None),
        ("sd2", {"language": "de"}, "invalid-value", "language"),
    ],
)
def test_what_cannot_be_made_is_a_problem(
    reader: Api, path: str, address: str, parameters: dict[str, Any], kind: str, named: str | None
) -> None:
    refused = reader.get(f"{path}/{address}", **parameters)
    assert problem_of(refused) == kind
    assert [error["pointer"] for error in refused.json()["errors"]] == ([named] if named else [])


def test_a_project_of_other_systems_needs_the_format_named(
    services: Services, client: TestClient
) -> None:
    project = imported(services, SEED)
    user = create_user(services.pool, services.vault, project.tenant, USER, [OWNER])
    own = Api(client, project.tenant, user, token_of(services, project.tenant, user))
    path = f"/v1/projects/{project.project}/exports/sd2"
    assert problem_of(own.get(path)) == "invalid-value"
    made = own.read(path, format="ms2021")
    assert made["remarks"][0]["field"] == "format"
    assert own.get(made["files"][0]["href"]).status_code == 200


def test_another_organisation_gets_nothing(other: Api, path: str) -> None:
    assert problem_of(other.get(f"{path}/sd2")) == "not-found"


def test_no_name_is_in_an_address_or_a_description(
    reader: Api, path: str, seed_plus: Imported
) -> None:
    rows = Tables(seed_plus.folder).rows("participants.csv")
    names = {row[name] for row in rows for name in ("first_name", "last_name")}
    described = reader.get(f"{path}/is-esf", purpose=PURPOSE, **AT).text
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", described)]


def test_every_download_of_persons_is_logged(reader: Api, path: str, seed_plus: Imported) -> None:
    log = "SELECT count(*) FROM vault.read_log WHERE purpose = %s AND actor = %s"
    values = ["only for this", str(reader.user)]
    file = reader.read(f"{path}/is-esf", purpose="only for this")["files"][0]
    once = in_tenant(seed_plus.services.pool, seed_plus.tenant, log, values)[0][0]
    assert once == 1
    assert problem_of(reader.get(file["href"])) == "invalid-value"
    assert reader.get(file["href"] + "&purpose=only+for+this").status_code == 200
    assert in_tenant(seed_plus.services.pool, seed_plus.tenant, log, values)[0][0] == 2


def test_more_exports_at_once_than_may_be_are_told_to_come_later(reader: Api, path: str) -> None:
    slots = made_files._slots
    taken = [slots.acquire(blocking=False) for _ in range(made_files.MADE_AT_ONCE_MAX)]
    try:
        assert all(taken)
        busy = reader.get(f"{path}/sd2")
        assert problem_of(busy) == "unavailable"
        assert busy.headers["retry-after"]
    finally:
        for _ in taken:
            slots.release()
    assert reader.get(f"{path}/sd2").status_code == 200
