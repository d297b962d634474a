"""Made items of every bulk collection, good and bad ones, and what a log says without its ids."""

import random
import re
from typing import Any
from uuid import uuid4

import msgspec
from httpx import Response
from litestar.testing import TestClient

from service.api.bulk_kinds import KINDS, BulkKind
from service.store.database import Pool
from tests.logs import stored_rows
from tests.service.api.requests import (
    ACTIVITY,
    PARTICIPANT,
    TRIP,
    WORK,
    Api,
    document,
    project_with_items,
)

NAMED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{64}\b")
BY_PATH: dict[str, BulkKind] = {kind.path: kind for kind in KINDS}
SINGLES = {
    "attendance": "activities/{activity_id}/attendance",
    "documents/payments": "documents/{document_id}/payment",
    "work-records/payments": "work-records/{document_id}/payment",
    "trips/payments": "trips/{document_id}/payment",
}


class World:
    """A project with records of every kind that items refer to."""

    def __init__(self, api: Api, number: int = 1) -> None:
        self.api = api
        self.project = project_with_items(api, registration_number=f"CZ.03.2.63/{number}")
        self.at = f"/v1/projects/{self.project}"
        self.activities = [
            api.record(f"{self.at}/activities", ACTIVITY | {"reference": f"A{n}", "hours": "9"})
            for n in range(2)
        ]
        self.people = [
            api.record(f"{self.at}/participants", PARTICIPANT | {"last_name": f"Planted-{n}"})
            for n in range(2)
        ]
        self.papers = {
            "documents": [self.record("documents", number=f"{n}") for n in range(3)],
            "work-records": [self.record("work-records", number=n) for n in range(1, 4)],
            "trips": [self.record("trips", number=n) for n in range(3)],
        }

    def record(self, path: str, number: Any) -> str:
        body = {
            "documents": document(self.project, document_number=f"first-{number}"),
            "work-records": WORK | {"month": f"2026-0{number}-01"},
            "trips": TRIP,
        }[path]
        return self.api.record(f"{self.at}/{path}", body)

    def items(self, path: str, seed: int, count: int) -> list[dict[str, Any]]:
        """The same for every world with the same seed but for its ids."""
        made = random.Random(f"{path}/{seed}")
        return [self.item(path, made, number) for number in range(count)]

    def item(self, path: str, made: random.Random, number: int) -> dict[str, Any]:
        """Often a duplicate of an earlier one, or wrong in one value."""
        pick, few = made.choice, made.randrange(4)
        item = {
            "activities": lambda: ACTIVITY | {"reference": f"B{few}", "hours": f"{few}"},
            "attendance": lambda: {
                "activity_id": pick([*self.activities, self.people[0]]),
                "participant_id": pick([*self.people, *self.activities]),
                "date": pick(["2026-03-31", "2026-04-01", "2026-05-31"]),
                "quantity": pick(["3", "2.5"]),
                "unit": pick(["hour", "lesson"]),
            },
            "participants": lambda: (
                PARTICIPANT
                | {"reference": f"P{number}", "last_name": f"Planted-{few + 1}"}
                | pick([{}, {}, {"sex": "NOBODY"}, {"exit_date": "2026-04-01"}])
            ),
            "documents": lambda: document(
                pick([self.project, self.project, str(uuid4())]),
                reference=f"FP{number}",
                document_number=pick(["first-0", f"n-{few}"]),
                supplier_name=f"Planted-Supplier {few}",
                corrects=pick([None, None, self.papers["documents"][0], self.people[0]]),
                paid_on=pick([None, "2026-04-10"]),
            ),
            "work-records": lambda: (
                WORK
                | {"last_name": f"Planted-{few}", "month": f"2026-0{few + 1}-01"}
                | {"signed_on": pick([None, "2026-04-01"])}
            ),
            "trips": lambda: TRIP | {"traveller_name": f"Linh Planted-{few}"},
        }
        if path.endswith("payments"):
            papers = [*self.papers[path.partition("/")[0]], self.papers["trips"][0]]
            version = pick([None, 1, 2])
            item = {"document_id": pick(papers), "paid_on": "2026-04-10", "version": version}
            return item | self._spoilt(made)
        return item[path]() | self._spoilt(made)

    def _spoilt(self, made: random.Random) -> dict[str, Any]:
        return made.choice([{}] * 7 + [{"unknown": 1}])

    def one_by_one(self, path: str, items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """What their single operations answer."""
        return [self._single(path, dict(item)) for item in items]

    def _single(self, path: str, item: dict[str, Any]) -> tuple[Any, ...]:
        of_path = "activity_id" if path == "attendance" else "document_id"
        address = SINGLES.get(path, path)
        if path in SINGLES:
            address = address.format(**{of_path: item.pop(of_path)})
        version = item.pop("version", None)
        match = "*" if version is None else f'"{version}"'
        answer = self.api.post(f"{self.at}/{address}", item, match=match)
        return outcome(answer.status_code, answer.json())

    def together(
        self,
        path: str,
        items: list[dict[str, Any]],
        mode: str = "continue",
        key: str | None = None,
        **query: Any,
    ) -> Any:
        return self.api.post(f"{self.at}/{path}/bulk", {"mode": mode, "items": items}, key, **query)


def outcome(status: int, content: Any) -> tuple[Any, ...]:
    """Status, kind of problem and fields at fault of an answer; of a record its version."""
    if status == 201:
        return status, content["version"]
    pointers = [fault["pointer"] for fault in content["errors"]]
    return status, content["type"], content["detail"], pointers


def outcomes(answer: Any) -> list[tuple[Any, ...]]:
    """The same of the items of a bulk answer."""
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [item["index"] for item in items] == list(range(len(items)))
    return [outcome(item["status"], item.get("problem", item)) for item in items]


def told(pool: Pool, api: Api) -> list[tuple[str, str]]:
    """The facts of a tenant in order, with its ids and hashes numbered as they come."""
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"#{len(numbers)}")

    facts: list[tuple[str, str]] = []
    for row in stored_rows(pool, api.tenant):
        stream, version, name, data = row[1:5]
        text = f"{number(NAMED.fullmatch(str(stream)))} {version} {data.decode()}"  # type: ignore[arg-type]
        facts.append((name, NAMED.sub(number, text)))
    return facts


def head(client: TestClient, api: Api) -> int:
    return client.app.state.services.ledger(api.tenant).head()


def send_lines(
    api: Api,
    path: str,
    body: bytes,
    media_type: str = "application/x-ndjson",
    accept: str = "*/*",
    key: str | None = None,
) -> Response:
    """A body as bytes of a media type."""
    headers = api.headers | {"Content-Type": media_type, "Accept": accept}
    headers |= {"Idempotency-Key": key} if key else {}
    return api.client.post(path, content=body, headers=headers)


def lines_of(answer: Response) -> list[Any]:
    """The lines of an answer."""
    return [msgspec.json.decode(line) for line in answer.text.splitlines()]
