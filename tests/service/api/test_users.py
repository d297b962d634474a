"""Users, roles, tokens and programs over the API: secrets once, names with a purpose, an owner."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from psycopg import Connection

from service.composition import Services
from service.store.database import in_tenant
from tests.logs import at_once
from tests.service.api.people import grant_role, token_with, user_with
from tests.service.api.requests import Api, problem_of

NAME = "Planted-User Nováková"
EARLIER = """UPDATE identity.request SET done_at = done_at - make_interval(days => %s)
    WHERE tenant_id = ANY (%s)"""


def ids(api: Api) -> set[str]:
    return {one["id"] for one in api.read("/v1/users")["items"]}


def test_a_user_is_added_once_however_often_the_request_is_sent(api: Api) -> None:
    before = ids(api)
    answers = [api.post("/v1/users", {"name": NAME}, key="add-1") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    (made,) = {answer.json()["id"] for answer in answers}
    assert ids(api) - before == {made}
    other = api.post("/v1/users", {"name": "Another"}, key="add-1")
    assert problem_of(other) == "idempotency-mismatch"


def test_a_role_that_was_granted_meanwhile_is_not_replaced_unseen(api: Api) -> None:
    user = api.record("/v1/users", {"name": NAME})
    path = f"/v1/users/{user}"
    seen = api.get(path).headers["etag"]
    june, december = (
        {"role": "auditor", "expires_at": f"2099-{one}-01T00:00:00Z"} for one in ("06", "12")
    )
    assert api.post(f"{path}/memberships", december, match=seen).status_code == 201
    stale = api.post(f"{path}/memberships", june, match=seen)
    assert (stale.status_code, problem_of(stale)) == (412, "stale-version")
    assert api.get(path).headers["etag"].startswith(stale.headers["etag"].rstrip('"'))
    [held] = api.read(path)["memberships"]
    assert held["expires_at"] == december["expires_at"]
    assert api.post(f"{path}/memberships", june, match=stale.headers["etag"]).status_code == 201
    api.record(f"/v1/memberships/{api.read(path)['memberships'][1]['id']}/revocation", {})
    assert problem_of(api.post(f"{path}/memberships", june, match='"4"')) == "stale-version"
    api.record(f"{path}/disablement", {})
    current = api.get(path).headers["etag"].partition(".")[0] + '"'
    again = api.post(f"{path}/memberships", june, match='"1"')
    assert again.headers["etag"] == current == '"6"'


def test_of_grants_at_the_same_moment_on_one_version_one_is_done(api: Api) -> None:
    user = api.record("/v1/users", {"name": NAME})
    path, roles = f"/v1/users/{user}/memberships", ("manager", "finance", "coordinator")
    calls = [lambda role=role: api.post(path, {"role": role}, match='"1"') for role in roles]
    assert sorted(one.status_code for one in at_once(*calls)) == [201, 412, 412]


def test_what_was_asked_is_forgotten_after_a_month(
    services: Services, api: Api, other: Api, admin: Connection
) -> None:
    def asked(who: Api) -> list[tuple[int]]:
        return in_tenant(services.pool, who.tenant, "SELECT count(*) FROM identity.request", [])

    both = [api.tenant, other.tenant]
    first = api.post("/v1/users", {"name": NAME}, "k").json()
    other.post("/v1/users", {"name": NAME}, "k")
    admin.execute(EARLIER, [29, both])
    api.post("/v1/users", {"name": NAME}, "another")
    assert api.post("/v1/users", {"name": NAME}, "k").json() == first
    admin.execute(EARLIER, [2, both])
    assert asked(api) == [(2,)]
    api.post("/v1/users", {"name": NAME}, "a third")
    assert asked(api) == [(2,)], "the one of two days ago and the new one"
    assert asked(other) == [(1,)], "of the others nothing is touched"


def test_requests_sent_at_once_with_one_key_add_one_user(api: Api) -> None:
    before = ids(api)
    with ThreadPoolExecutor(4) as threads:
        sent = threads.map(lambda _: api.post("/v1/users", {"name": NAME}, key="add-2"), range(4))
    assert {answer.status_code for answer in sent} - {409} == {201}  # 409: still running
    assert len(ids(api) - before) == 1


def test_names_are_read_with_a_purpose_that_is_logged(services: Services, api: Api) -> None:
    user = api.record("/v1/users", {"name": NAME})
    log = "SELECT purpose FROM vault.read_log WHERE purpose LIKE 'who may%%'"

    assert api.read(f"/v1/users/{user}")["name"] is None
    assert NAME not in api.get("/v1/users").text
    assert in_tenant(services.pool, api.tenant, log, {}) == []
    named = api.read("/v1/users", purpose="who may do what")["items"]
    assert NAME in {one["name"] for one in named}
    assert api.read(f"/v1/users/{user}", purpose="who may do what")["name"] == NAME
    assert len(in_tenant(services.pool, api.tenant, log, {})) == 2


def test_users_come_a_page_at_a_time(api: Api) -> None:
    made = [api.record("/v1/users", {"name": f"{NAME} {number}"}) for number in range(3)]
    found: list[str] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = api.read("/v1/users", limit=2, **more)
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [str(api.user), *made]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "superuser"}, "/role"),
        ({"role": "auditor"}, "/expires_at"),
        ({"role": "finance", "expires_at": "2027-01-01T00:00:00"}, "/expires_at"),
        ({"role": "finance", "project_id": str(uuid4())}, "/project_id"),
    ],
)
def test_a_role_that_will_not_do_is_refused(api: Api, body: dict[str, str], pointer: str) -> None:
    user = api.record("/v1/users", {"name": NAME})
    refused = api.post(f"/v1/users/{user}/memberships", body)
    assert problem_of(refused) in ("invalid-value", "unknown-reference")
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


def test_a_project_of_another_organisation_is_no_place_for_a_role(api: Api, other: Api) -> None:
    user = api.record("/v1/users", {"name": NAME})
    path = f"/v1/users/{user}/memberships"
    foreign = api.post(path, {"role": "finance", "project_id": other.project()})
    assert problem_of(foreign) == "unknown-reference"
    own = api.post(path, {"role": "finance", "project_id": api.project()})
    assert own.status_code == 201, "control"


def test_users_and_tokens_of_another_organisation_do_not_exist(api: Api, other: Api) -> None:
    user = other.record("/v1/users", {"name": NAME})
    membership = other.record(f"/v1/users/{user}/memberships", {"role": "finance"})
    token = other.post("/v1/tokens", {"user_id": user, "name": "x"}).json()["id"]
    client = other.post("/v1/clients", {"name": "x", "scopes": ["documents.read"]}).json()["id"]

    refused = [
        api.get(f"/v1/users/{user}"),
        api.post(f"/v1/users/{user}/memberships", {"role": "owner"}),
        api.post(f"/v1/users/{user}/disablement", {}),
        api.post(f"/v1/memberships/{membership}/revocation", {}),
        api.post(f"/v1/tokens/{token}/revocation", {}),
        api.post(f"/v1/clients/{client}/revocation", {}),
    ]
    assert [problem_of(answer) for answer in refused] == ["not-found"] * 6
    mine = api.post("/v1/tokens", {"user_id": user, "name": "mine now"})
    assert problem_of(mine) == "unknown-reference"
    assert api.read("/v1/clients")["items"] == []
    assert other.read(f"/v1/users/{user}")["disabled_at"] is None
    assert other.post(f"/v1/tokens/{token}/revocation", {}).status_code == 201, "control"


def test_the_same_role_again_takes_the_place_of_the_first_and_history_stays(api: Api) -> None:
    user = api.record("/v1/users", {"name": NAME})
    path = f"/v1/users/{user}/memberships"
    first = api.record(path, {"role": "auditor", "expires_at": "2027-01-01T00:00:00Z"})
    second = api.record(path, {"role": "auditor", "expires_at": "2028-01-01T00:00:00Z"})
    held = {one["id"]: one for one in api.read(f"/v1/users/{user}")["memberships"]}
    assert held[first]["revoked_at"] is not None
    assert held[second]["revoked_at"] is None
    assert held[second]["granted_by"] == str(api.user)


def test_the_last_owner_stays(services: Services, api: Api) -> None:
    (own,) = api.read(f"/v1/users/{api.user}")["memberships"]
    attempts = (
        (f"/v1/users/{api.user}/disablement", {}),
        (f"/v1/memberships/{own['id']}/revocation", {}),
        (
            f"/v1/users/{api.user}/memberships",
            {"role": "owner", "expires_at": "2027-01-01T00:00:00Z"},
        ),
    )
    for path, body in attempts:
        assert api.post(path, body).status_code == 409
    user_with(services, api.client, api.tenant, "owner")
    assert api.post(*attempts[0]).status_code == 201, "control: there is another"
    assert problem_of(api.get("/v1/me")) == "unauthenticated"


def test_two_owners_who_take_each_other_out_leave_one(services: Services, api: Api) -> None:
    for _ in range(5):
        first = user_with(services, api.client, api.tenant, "owner")
        second = user_with(services, api.client, api.tenant, "owner")
        for one in api.read("/v1/users")["items"]:
            if one["id"] not in (str(first.user), str(second.user)) and not one["disabled_at"]:
                first.post(f"/v1/users/{one['id']}/disablement", {})
        with ThreadPoolExecutor(2) as threads:
            pairs = ((first, second), (second, first))
            list(
                threads.map(
                    lambda pair: pair[0].post(f"/v1/users/{pair[1].user}/disablement", {}), pairs
                )
            )
        alive = [one for one in (first, second) if one.get("/v1/me").status_code == 200]
        assert len(alive) == 1
        api = alive[0]


def test_a_token_is_shown_once_and_a_repeated_request_says_so(api: Api) -> None:
    body = {"user_id": str(api.user), "name": "dashboard", "scopes": ["projects.read"]}
    made = api.post("/v1/tokens", body, key="t-1")
    token = made.json()["token"]
    assert problem_of(api.post("/v1/tokens", body, key="t-1")) == "already-recorded"
    listed = api.get("/v1/tokens")
    assert token not in listed.text
    (found,) = (one for one in listed.json()["items"] if one["id"] == made.json()["id"])
    assert (found["scopes"], found["name"]) == (["projects.read"], "dashboard")
    assert token.split("_", 2)[2].startswith(found["prefix"])
    use = Api(api.client, api.tenant, api.user, token)
    assert use.get("/v1/projects").status_code == 200
    assert api.read("/v1/tokens")["items"][-1]["last_used_at"] is not None
    for _ in range(2):
        revoked = api.post(f"/v1/tokens/{found['id']}/revocation", {}, key="t-2")
        assert revoked.status_code == 201
    assert problem_of(api.post(f"/v1/tokens/{found['id']}/revocation", {})) == "not-found"
    assert problem_of(use.get("/v1/projects")) == "unauthenticated"


@pytest.mark.parametrize("scopes", [["projects.destroy"], ["Projects.read"], ["*"], [1]])
def test_a_scope_that_does_not_exist_is_refused(api: Api, scopes: list[object]) -> None:
    refused = api.post("/v1/tokens", {"user_id": str(api.user), "name": "x", "scopes": scopes})
    assert problem_of(refused) == "invalid-value"


@pytest.mark.parametrize("scopes", [[], ["persons.read"], ["organisation.administer"]])
def test_no_program_has_a_special_right(api: Api, scopes: list[str]) -> None:
    refused = api.post("/v1/clients", {"name": "x", "scopes": scopes})
    assert problem_of(refused) == "invalid-value"


def test_a_token_with_a_scope_of_its_user_gives_him_no_more_than_his_roles(
    services: Services, api: Api
) -> None:
    coordinator = user_with(services, api.client, api.tenant, "coordinator")
    scoped = token_with(
        services, api.tenant, coordinator.user, ("organisation.administer", "projects.read")
    )
    use = Api(api.client, api.tenant, coordinator.user, scoped)
    assert problem_of(use.get("/v1/users")) == "forbidden"
    assert use.get("/v1/projects").status_code == 200, "control"


def test_me_says_what_the_caller_may_do_and_where(services: Services, api: Api) -> None:
    project = api.project()
    finance = user_with(services, api.client, api.tenant, "finance", project)
    grant_role(services, api.tenant, finance.user, "auditor")
    me = finance.read("/v1/me")
    assert (me["id"], me["organisation"]) == (str(finance.user), str(api.tenant))
    held = {one["role"]: one for one in me["memberships"]}
    assert held["finance"]["project_id"] == project
    assert "documents.record" in held["finance"]["permissions"]
    assert held["auditor"]["project_id"] is None
    assert "documents.record" not in held["auditor"]["permissions"]
