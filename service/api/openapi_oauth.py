"""What the description says of the token endpoint and of the public keys.

Written by hand: the endpoint takes a form and answers errors as RFC 6749 says, which the framework
cannot describe.
"""

from collections.abc import Sequence
from typing import Any

from litestar.openapi.spec import SecurityScheme

from service.api.oauth import FORM
from service.api.openapi_headers import OF_ALL

Described = dict[str, Any]
TOKEN, KEYS = "/oauth/token", "/.well-known/jwks.json"
SCHEME = "client_secret"
BASIC = SecurityScheme(
    type="http",
    scheme="basic",
    description="A client's id and secret (RFC 6749, 2.3.1), for the token endpoint only",
)
REFUSED = {
    400: ("invalid_request", "unsupported_grant_type", "invalid_scope"),
    401: ("invalid_client",),
}
MEANING = {
    "invalid_request": "the body is not a form",
    "unsupported_grant_type": "expected grant_type=client_credentials",
    "invalid_scope": "the client may not have such a scope",
    "invalid_client": "client or secret is not accepted",
}
ASKED = {
    "grant_type": "client_credentials",
    "client_id": "glc_5f0e7c0a93a14a3e9d5e0c6f3f6b9a11_c56f2c9e7d9c4d0e8c5450e8bd6c2c0f",
    "client_secret": "gls_Zk3u0p9m",
    "scope": "documents.read",
}
KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "kid": "9a3e0e1b-0d0a-4c57-9f5a-0a7a1b8d3c21",
    "use": "sig",
    "alg": "EdDSA",
}
ISSUED = {
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.AA",
    "token_type": "Bearer",
    "expires_in": 600,
    "scope": ASKED["scope"],
}
PROBLEMS_OF_TOKEN = (405, 413, 414, 429, 431, 500, 503)
PROBLEMS_OF_KEYS = (405, 414, 429, 431, 500, 503)
TEXT = {"type": "string", "maxLength": 2_000, "pattern": r"^[ -~]*$"}
FORM_FIELDS: Described = {
    "grant_type": {"type": "string", "enum": ["client_credentials"]},
    "scope": {**TEXT, "description": "Some of the client's scopes, by spaces; absent: all"},
    "client_id": {**TEXT, "description": "With the secret here, not in `Authorization`"},
    "client_secret": {**TEXT, "description": "Here or in `Authorization: Basic`, not in both"},
}


def oauth_paths() -> Described:
    """Both operations."""
    return {TOKEN: {"post": _token()}, KEYS: {"get": _keys()}}


def _token() -> Described:
    form = {"type": "object", "required": ["grant_type"], "properties": FORM_FIELDS}
    refused = {
        str(status): {
            "description": "Refused, as RFC 6749 says",
            "headers": _headers((*OF_ALL, "WWW-Authenticate") if status == 401 else OF_ALL),
            "content": _content(
                "application/json",
                {"$ref": "#/components/schemas/TokenRefused"},
                {one: {"error": one, "error_description": MEANING[one]} for one in errors},
            ),
        }
        for status, errors in REFUSED.items()
    }
    issued = {
        "description": "A token",
        "headers": _headers(OF_ALL),
        "content": _content(
            "application/json", {"$ref": "#/components/schemas/AccessToken"}, {"typical": ISSUED}
        ),
    }
    return {
        "tags": ["access"],
        "operationId": "issue_token",
        "summary": "Get an access token",
        "description": "An access token of ten minutes for a client and its secret (OAuth 2.0,"
        " client credentials). What is wrong with the request is told as RFC 6749 has it.",
        "security": [{SCHEME: []}, {}],
        "requestBody": {"required": True, "content": _content(FORM, form, {"typical": ASKED})},
        "responses": {"200": issued, **refused, **_problems(PROBLEMS_OF_TOKEN)},
    }


def _keys() -> Described:
    found = {
        "description": "The keys",
        "headers": _headers(OF_ALL),
        "content": _content(
            "application/jwk-set+json",
            {"$ref": "#/components/schemas/KeySet"},
            {"typical": {"keys": [KEY]}},
        ),
    }
    return {
        "tags": ["access"],
        "operationId": "read_key_set",
        "summary": "Read the keys of access tokens",
        "description": "The public keys that access tokens are verified with (RFC 7517). Read them"
        " again when a token names a key that is not among them.",
        "security": [],
        "responses": {"200": found, **_problems(PROBLEMS_OF_KEYS)},
    }


def _headers(names: Sequence[str]) -> Described:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _content(media_type: str, schema: Described, examples: Described) -> Described:
    valued = {name: {"value": value} for name, value in examples.items()}
    return {media_type: {"schema": schema, "examples": valued}}


def _problems(statuses: Sequence[int]) -> Described:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}
