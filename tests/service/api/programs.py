"""Other programs: a client of the token endpoint, and what its tokens are made of."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from httpx import Response
from joserfc import jwt
from litestar.testing import TestClient

from service.composition import Services
from tests.service.api.requests import Api

SCOPES = ["projects.read", "documents.read", "documents.record"]
GRANT = {"grant_type": "client_credentials"}


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


def program_of(api: Api) -> Program:
    """A client of the whole organisation."""
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
