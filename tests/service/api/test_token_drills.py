"""Forged, altered and foreign access tokens: each drill ends in the same 401.

They are made with the library that the program uses and, where it refuses, by hand.
"""

import base64
import hmac
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

from service.composition import Services
from tests.service.api.programs import Program, encoded, parts, program_of, signed
from tests.service.api.requests import Api, problem_of

INVALID = 'Bearer realm="grantledger", error="invalid_token"'
Forge = Callable[[Services, str], str]


@pytest.fixture
def program(api: Api) -> Program:
    return program_of(api)


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
