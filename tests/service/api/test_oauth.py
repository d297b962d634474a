"""Access tokens of other programs: issued to a client and its secret, and every drill refused.

Forged tokens are made with the same library and, where the library refuses, by hand.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from httpx import Response
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey
from litestar.testing import TestClient
from psycopg import Connection

from service.app import create_app
from service.clients import parse_client
from service.composition import Services
from service.signing_keys import SigningKeys
from service.store import keys
from service.store.vault import Vault
from service.tokens import authenticate
from tests.service.api.requests import Api, problem_of

SCOPES = ["projects.read", "documents.read", "documents.record"]
GRANT = {"grant_type": "client_credentials"}
INVALID = 'Bearer realm="grantledger", error="invalid_token"'


@dataclass(frozen=True)
class Program:
    """A client, and requests as it."""

    http: TestClient
    owner: Api
    client_id: str
    secret: str
    id: str

    def ask(self, **form: str) -> Response:
        return self.http.post("/oauth/token", data=GRANT | form, auth=(self.client_id, self.secret))

    def token(self, **form: str) -> str:
        answer = self.ask(**form)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def get(self, token: str, path: str = "/v1/projects") -> Response:
        return self.http.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def program(api: Api) -> Program:
    made = api.post("/v1/clients", {"name": "accounting", "scopes": SCOPES}).json()
    return Program(api.client, api, made["client_id"], made["client_secret"], made["id"])


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(one + "==")) for one in (header, claims))  # type: ignore[return-value]


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(services: Services, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """By our own newest key, whatever it says."""
    key = services.signing_keys.newest()
    return jwt.encode({"alg": "EdDSA", **header}, claims, key.key, algorithms=["EdDSA"])


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


Forge = Callable[[Services, str], str]


def with_claims(**changes: Any) -> Forge:
    def forge(services: Services, token: str) -> str:
        header, claims = parts(token)
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return signed(services, header, claims)

    return forge


def with_header(**changes: Any) -> Forge:
    def forge(services: Services, token: str) -> str:
        header, claims = parts(token)
        header = {name: value for name, value in (header | changes).items() if value is not None}
        return signed(services, header, claims)

    return forge


def unsigned(_: Services, token: str) -> str:
    header, claims = parts(token)
    return f"{encoded(header | {'alg': 'none'})}.{encoded(claims)}."


def signed_with_the_public_key(services: Services, token: str) -> str:
    """The confusion of algorithms: our public key taken for a shared secret."""
    header, claims = parts(token)
    public = services.signing_keys.newest().public()["x"]
    start = f"{encoded(header | {'alg': 'HS256'})}.{encoded(claims)}"
    mac = hmac.digest(base64.urlsafe_b64decode(public + "="), start.encode(), sha256)
    return f"{start}.{encoded(mac)}"


def signed_by_rsa(_: Services, token: str) -> str:
    header, claims = parts(token)
    key = RSAKey.import_key(rsa.generate_private_key(65537, 2048))
    return jwt.encode(header | {"alg": "RS256"}, claims, key, algorithms=["RS256"])


def by_a_key_of_the_header(_: Services, token: str) -> str:
    header, claims = parts(token)
    key = OKPKey.generate_key("Ed25519")
    own = {**header, "jwk": key.as_dict(private=False), "jku": "http://127.0.0.1/keys"}
    return jwt.encode(own, claims, key, algorithms=["EdDSA"])


def of_another_installation(services: Services, token: str) -> str:
    header, claims = parts(token)
    return jwt.encode(header, claims, OKPKey.generate_key("Ed25519"), algorithms=["EdDSA"])


def tampered(_: Services, token: str) -> str:
    claims = parts(token)[1]
    start, _, signature = token.split(".")
    wider = claims | {"scope": "projects.read claims.read"}
    return f"{start}.{encoded(wider)}.{signature}"


NOW = int(time.time())
DRILLS: dict[str, Forge] = {
    "expired": with_claims(exp=NOW - 60),
    "not yet": with_claims(nbf=NOW + 600),
    "issued in the future": with_claims(iat=NOW + 600),
    "for another installation": with_claims(aud=f"urn:grantledger:installation:{uuid4()}"),
    "for nobody": with_claims(aud=None),
    "by another issuer": with_claims(iss="https://issuer.example"),
    "without an end": with_claims(exp=None),
    "without a beginning": with_claims(nbf=None),
    "without an id": with_claims(jti=None),
    "without scopes": with_claims(scope=None),
    "end as a text": with_claims(exp="tomorrow"),
    "end as a boolean": with_claims(exp=True),
    "scope as a list": with_claims(scope=["projects.read"]),
    "another tenant": with_claims(tenant=str(uuid4())),
    "another subject": with_claims(sub="glc_x"),
    "no such client": with_claims(client_id="glc_x", sub="glc_x"),
    "an id token": with_header(typ="JWT"),
    "no type": with_header(typ=None),
    "an unknown key": with_header(kid=str(uuid4())),
    "no key": with_header(kid=None),
    "a key that is no id": with_header(kid="../../etc/passwd"),
    "alg none": unsigned,
    "HS256 with our public key": signed_with_the_public_key,
    "RS256": signed_by_rsa,
    "a key in its own header": by_a_key_of_the_header,
    "another installation's key": of_another_installation,
    "tampered": tampered,
    "cut off": lambda _, token: token[:-6],
    "without a signature": lambda _, token: token.rpartition(".")[0] + ".",
    "not a token": lambda _, __: "a.b.c",
    "too long": lambda _, token: token + "A" * 5000,
}


@pytest.mark.parametrize("drill", DRILLS)
def test_drill(services: Services, program: Program, drill: str) -> None:
    token = program.token()
    forged = DRILLS[drill](services, token)

    refused = program.get(forged)

    assert problem_of(refused) == "unauthenticated"
    assert refused.headers["www-authenticate"] == INVALID
    assert program.get(token).status_code == 200, "control: the token itself is accepted"


def test_control_a_token_forged_with_our_own_key_and_nothing_wrong_is_accepted(
    services: Services, program: Program
) -> None:
    token = program.token()
    assert program.get(with_claims(jti="another")(services, token)).status_code == 200
    assert program.get(with_header(typ="application/at+jwt")(services, token)).status_code == 200


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
