"""Access tokens of other programs: issued to a client and its secret, and gone when it is."""

import base64
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from litestar.testing import TestClient
from psycopg import Connection

from service.app import create_app
from service.clients import parse_client
from service.composition import Services
from service.signing_keys import SigningKeys
from service.store import keys
from service.store.vault import Vault
from service.tokens import authenticate
from tests.service.api.programs import GRANT, SCOPES, Program, parts, program_of
from tests.service.api.requests import Api, problem_of


@pytest.fixture
def program(api: Api) -> Program:
    return program_of(api)


def test_a_client_gets_a_token_of_ten_minutes_for_this_installation(
    services: Services, program: Program
) -> None:
    answer = program.ask(scope="documents.read projects.read")
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json()
    assert (content["token_type"], content["expires_in"]) == ("Bearer", 600)
    header, claims = parts(content["access_token"])
    assert {name: header[name] for name in ("alg", "typ")} == {"alg": "EdDSA", "typ": "at+jwt"}
    issuer = services.signing_keys.issuer()
    assert (claims["iss"], claims["aud"]) == (issuer, issuer)
    assert claims["exp"] - claims["iat"] == 600
    assert claims["scope"] == content["scope"] == "documents.read projects.read"
    assert claims["sub"] == claims["client_id"] == program.client_id
    assert claims["tenant"] == str(program.owner.tenant)
    assert len({program.token() for _ in range(3)}) == 3, "each has an id of its own"


def test_the_key_set_verifies_a_token(program: Program) -> None:
    token = program.token()
    kid = parts(token)[0]["kid"]
    (key,) = [
        one
        for one in program.http.get("/.well-known/jwks.json").json()["keys"]
        if one["kid"] == kid
    ]
    assert "d" not in key
    assert jwt.decode(token, OKPKey.import_key(key), algorithms=["EdDSA"]).claims["jti"]


def test_a_token_may_do_what_its_scopes_say(program: Program) -> None:
    project = program.owner.project()
    token = program.token(scope="projects.read")
    assert program.get(token, f"/v1/projects/{project}").status_code == 200
    refused = program.get(token, f"/v1/projects/{project}/documents")
    assert problem_of(refused) == "forbidden"
    assert program.get(program.token(), f"/v1/projects/{project}/documents").status_code == 200


def test_a_token_sees_its_tenant_only(program: Program, other: Api) -> None:
    project = other.project()
    assert problem_of(program.get(program.token(), f"/v1/projects/{project}")) == "not-found"
    assert other.get(f"/v1/projects/{project}").status_code == 200, "control"


def test_a_client_of_one_project_sees_no_other(api: Api) -> None:
    ours = api.project()
    theirs = api.project(registration_number="CZ.03.2.63/0.0/0.0/15_023/0000002")
    made = api.post(
        "/v1/clients", {"name": "dashboard", "scopes": SCOPES, "project_id": ours}
    ).json()
    one = Program(api.client, api, made["client_id"], made["client_secret"], made["id"])
    token = one.token()
    assert [item["id"] for item in one.get(token).json()["items"]] == [ours]
    assert problem_of(one.get(token, f"/v1/projects/{theirs}")) == "not-found"


def test_the_secret_goes_in_the_header_or_in_the_form_and_not_in_both(program: Program) -> None:
    form = {"client_id": program.client_id, "client_secret": program.secret}
    assert program.http.post("/oauth/token", data=GRANT | form).status_code == 200
    both = program.http.post(
        "/oauth/token", data=GRANT | form, auth=(program.client_id, program.secret)
    )
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"scope": "organisation.administer"}, 400, "invalid_scope"),
        ({"scope": "claims.read"}, 400, "invalid_scope"),
        ({"scope": " "}, 400, "invalid_scope"),
    ],
)
def test_a_request_that_is_not_for_it_is_refused(
    program: Program, change: dict[str, str], status: int, error: str
) -> None:
    answer = program.ask(**change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_client_that_does_not_prove_itself_is_refused_in_one_way(
    program: Program, other: Api
) -> None:
    unknown = program.client_id[:-4] + "0000"
    foreign = program.client_id.replace(program.owner.tenant.hex, other.tenant.hex)
    nowhere = program.client_id.replace(program.owner.tenant.hex, uuid4().hex)
    texts = set()
    for client_id, secret in (
        (program.client_id, program.secret[:-1]),
        (program.client_id, ""),
        (unknown, program.secret),
        (foreign, program.secret),
        (nowhere, program.secret),
        ("x", program.secret),
        (program.owner.token, program.owner.token),
    ):
        answer = program.http.post("/oauth/token", data=GRANT, auth=(client_id, secret))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
        texts.add(answer.text)
    assert len(texts) == 1
    assert program.ask().status_code == 200, "control"


@pytest.mark.parametrize(
    "body",
    [b"grant_type", b"\xff=1", b"grant_type=client_credentials&grant_type=x", b"a=1&" * 30],
)
def test_a_body_that_is_no_form_is_refused(program: Program, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = program.http.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_json_is_no_form_and_a_large_body_is_not_read(program: Program) -> None:
    answer = program.http.post("/oauth/token", json=GRANT)
    assert answer.json()["error"] == "invalid_request"
    large = program.http.post("/oauth/token", data=GRANT | {"x": "y" * 20_000})
    assert large.status_code == 413


def test_a_token_of_a_revoked_client_is_refused_at_once(program: Program) -> None:
    token = program.token()
    assert program.get(token).status_code == 200
    assert program.owner.post(f"/v1/clients/{program.id}/revocation", {}).status_code == 201
    assert problem_of(program.get(token)) == "unauthenticated"
    assert program.ask().json()["error"] == "invalid_client"


def test_a_token_of_a_disabled_user_is_refused_at_once(program: Program) -> None:
    token = program.token()
    (client,) = program.owner.read("/v1/clients")["items"]
    assert program.owner.post(f"/v1/users/{client['user_id']}/disablement", {}).status_code == 201
    assert problem_of(program.get(token)) == "unauthenticated"


def test_a_client_that_has_expired_gets_nothing(program: Program, admin: Connection) -> None:
    token = program.token()
    named = parse_client(program.client_id)
    assert named is not None
    past = "UPDATE identity.client SET expires_at = now() - interval '1 s' WHERE client_id = %s"
    admin.execute(past, [named[1]])
    assert problem_of(program.get(token)) == "unauthenticated"
    assert program.ask().status_code == 401


def test_a_scope_taken_from_the_client_is_gone_from_its_tokens(
    program: Program, admin: Connection
) -> None:
    token = program.token()
    assert program.get(token).status_code == 200
    admin.execute(
        "UPDATE identity.client SET scopes = '{documents.read}' WHERE client_id = %s",
        [UUID(program.id)],
    )
    assert problem_of(program.get(token)) == "forbidden"


def test_after_a_rotation_old_tokens_live_on_and_after_one_at_once_they_do_not(
    services: Services, program: Program
) -> None:
    old = program.token()
    services.signing_keys.rotate(at_once=False)
    new = program.token()
    assert parts(old)[0]["kid"] != parts(new)[0]["kid"]
    assert program.get(old).status_code == program.get(new).status_code == 200
    services.signing_keys.rotate(at_once=True)
    assert problem_of(program.get(old)) == problem_of(program.get(new)) == "unauthenticated"
    assert program.get(program.token()).status_code == 200
    assert len(program.http.get("/.well-known/jwks.json").json()["keys"]) == 1


def test_the_private_key_is_not_in_the_database(
    services: Services, program: Program, admin: Connection
) -> None:
    program.token()
    seed = services.signing_keys.newest().key.as_dict(private=True)["d"]
    raw = base64.urlsafe_b64decode(str(seed) + "=")
    rows = admin.execute("SELECT sealed FROM identity.signing_key").fetchall()
    assert rows
    assert all(raw not in sealed for (sealed,) in rows)


def test_another_root_key_does_not_open_the_signing_key(services: Services) -> None:
    services.signing_keys.newest()
    stranger = SigningKeys(services.pool, Vault(services.pool, keys.new_key()))
    with pytest.raises(keys.Unreadable):
        stranger.newest()


def test_an_access_token_begins_no_session(program: Program) -> None:
    """A session would live longer than the token."""
    assert authenticate(program.owner.client.app.state.services.pool, program.token()) is None


def test_a_ledger_restored_without_its_vault_signs_and_verifies_nothing(
    services: Services, program: Program
) -> None:
    closed = replace(services, vault=Vault(services.pool, None))
    token = program.token()
    with TestClient(create_app(closed), raise_server_exceptions=False) as http:
        shut = replace(program, http=http)
        for answer in (shut.ask(), shut.get(token), http.get("/.well-known/jwks.json")):
            assert (answer.status_code, problem_of(answer)) == (503, "unavailable")
    assert program.get(token).status_code == 200, "control"
