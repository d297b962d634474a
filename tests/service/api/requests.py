"""A client with a token, and bodies of a small project."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from httpx import Response
from litestar.testing import TestClient

from service.api.problem import type_of

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

    def post(
        self, path: str, body: Any, key: str | None = None, *, match: str | None = "*", **query: Any
    ) -> Response:
        """`match` is the `If-Match` of a command on an existing record; bytes are an archive."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        headers |= {"If-Match": match} if match else {}
        sent: dict[str, Any] = {"json": body}
        if isinstance(body, bytes):
            sent, headers["Content-Type"] = {"content": body}, "application/zip"
        return self.client.post(path, headers=headers, params=query or None, **sent)

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

    def begin(self, path: str, body: Any) -> str:
        """The id of the operation that a request begins; it must be 202."""
        answer = self.post(path, body)
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"] == f"/v1/operations/{answer.json()['id']}"
        return answer.json()["id"]

    def project(self, **changes: Any) -> str:
        return self.record("/v1/projects", PROJECT | changes)


def problem_of(answer: Response) -> str:
    """The kind of problem of an answer, which must be a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    content = answer.json()
    assert content["status"] == answer.status_code
    assert content["instance"].endswith(answer.headers["x-request-id"])
    kind = answer.links["help"]["url"].removeprefix("/problems/")
    assert content["type"] == type_of(kind)
    return kind


ITEM = {
    "code": "1.1.4.1",
    "name": "Workshop materials",
    "unit": "piece",
    "unit_price": "1000.00",
    "count": "10",
    "total": "10000.00",
    "evidence": "SD-1",
    "purchased_service": True,
}
TARGET = {
    "code": "60000",
    "name": "Celkový počet účastníků",
    "unit": "person",
    "kind": "output",
    "target": "1",
    "source": "participants",
}
ACTIVITY = {
    "reference": "A001",
    "key_activity": "KA1",
    "kind": "course",
    "name_en": "A course",
    "name_cs": "Kurz",
    "start": "2026-03-30",
    "end": "2026-04-10",
    "place": "Brno",
    "country": "CZ",
    "hours": "60",
    "form": "in_person",
}
PARTICIPANT = {
    "reference": "P00001",
    "first_name": "Oksana",
    "last_name": "Planted-Participant",
    "birth_date": "1986-12-13",
    "sex": "POHZENY",
    "municipality": "Planted-Town",
    "entry_date": "2026-03-30",
    "labour_status": "TPZAMCI",
    "education": "VZISCED5-8",
    "disadvantage": ["ZNMIG"],
}
DOCUMENT = {
    "reference": "FP00001",
    "supplier_name": "Planted-Supplier s.r.o.",
    "supplier_ico": "27074358",
    "document_number": "2026-0417",
    "issued_on": "2026-03-31",
    "taxable_supply_on": "2026-03-31",
    "currency": "CZK",
    "net": "1000.00",
    "vat": "210.00",
    "gross": "1210.00",
    "amount": "1210.00",
    "description": "Printed materials",
}
WORK = {
    "reference": "MZ00001",
    "item": "1.1.1.1.1",
    "first_name": "Irina",
    "last_name": "Planted-Employee",
    "contract": "DPP",
    "month": "2026-03-01",
    "fund_hours": "176",
    "project_hours": "20",
    "gross_wage": "6000.00",
    "other_with_contributions": "0.00",
    "employer_contributions": "2040.00",
    "other_without_contributions": "0.00",
    "amount": "8040.00",
    "fte": "0.11",
}
TRIP = {
    "reference": "CP00001",
    "item": "1.1.2.1",
    "traveller_name": "Linh Planted-Traveller",
    "place": "Berlin",
    "country": "DE",
    "departed_at": "2026-04-20T06:10",
    "returned_at": "2026-04-21T21:40",
    "fare": "3680.00",
    "accommodation": "1000.00",
    "meal_allowance": "320.00",
    "amount": "5000.00",
}
PLANTED = ("Planted", "Oksana", "1986-12-13", "Irina", "Linh")
ITEMS = (
    ITEM,
    {**ITEM, "code": "1.1.1.1.1", "name": "Coordinator", "unit": "month", "evidence": "SD-2"},
    {**ITEM, "code": "1.1.2.1", "name": "Trips abroad", "unit": "trip", "evidence": "SD-3"},
)


def document(project: str, **changes: Any) -> dict[str, Any]:
    """A document whose whole amount one item bears."""
    body = DOCUMENT | changes
    allocation = {"project_id": project, "item": ITEM["code"], "amount": body["amount"]}
    return {"allocations": [allocation], **body}


def project_with_items(api: Api, **changes: Any) -> str:
    project = api.project(**changes)
    for item in ITEMS:
        api.record(f"/v1/projects/{project}/budget/items", item)
    return project
