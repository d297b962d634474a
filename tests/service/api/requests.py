"""A client with a token, and bodies of a small project."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from httpx import Response
from litestar.testing import TestClient

PROJECT: dict[str, Any] = {
    "registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000001",
    "programme": "OPZ",
    "budget_variant": "direct-indirect-25",
    "title_en": "A small project",
    "title_cs": "Malý projekt",
    "beneficiary": {"name": "A town", "ico": "27074358", "kind": "municipality"},
    "start": "2026-01-01",
    "end": "2026-12-31",
    "currency": "CZK",
    "total_eligible": "125000.00",
    "flat_rate": "0.25",
    "public_rate": "1.00",
    "eu_rate": "0.85",
    "state_rate": "0.15",
    "own_rate": "0.00",
    "initial_advance": "30000.00",
    "periods": [
        {"number": 1, "start": "2026-01-01", "end": "2026-06-30", "report_due": "2026-07-31"},
        {"number": 2, "start": "2026-07-01", "end": "2026-12-31", "report_due": "2027-01-31"},
    ],
    "note": "",
}


@dataclass(frozen=True)
class Api:
    """Requests as one user."""

    client: TestClient
    tenant: UUID
    user: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **parameters: Any) -> Response:
        return self.client.get(path, headers=self.headers, params=parameters or None)

    def post(self, path: str, body: Any, key: str | None = None) -> Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post(path, json=body, headers=headers)

    def read(self, path: str, **parameters: Any) -> Any:
        """The content of an answer that must be 200."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def record(self, path: str, body: Any) -> str:
        """The id of what a request records; it must be 201."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def project(self, **changes: Any) -> str:
        return self.record("/v1/projects", PROJECT | changes)


def problem_of(answer: Response) -> str:
    """The kind of problem of an answer, which must be a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    content = answer.json()
    assert content["status"] == answer.status_code
    assert content["instance"].endswith(answer.headers["x-request-id"])
    return content["type"].removeprefix("urn:grantledger:problem:")
