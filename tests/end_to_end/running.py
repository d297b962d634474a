"""Importing a folder into a fresh tenant, asking for its figures, and reading its log."""

import json
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar.testing import TestClient

from service.commands.work import Work
from service.composition import Services
from service.identity import OWNER, create_tenant, create_user
from service.importing.order import Order
from service.importing.run import Outcome, import_project
from service.intake.project_folder import read_folder
from service.reports import Point, Report, Reports
from service.store.database import in_tenant
from service.tokens import create_token

ACTOR = "system:test"
SEED = Path(str(files("service").joinpath("demo_data/seed-project")))
SEED_PLUS = Path(__file__).parents[1] / "data" / "seed-project-plus"
LOG = """SELECT position, event_id, stream_id, version, type, data FROM ledger.event
    WHERE tenant_id = %s ORDER BY position"""


@dataclass(frozen=True)
class Imported:
    """A project in a tenant of its own, and the folder it came from."""

    services: Services
    tenant: UUID
    project: UUID
    folder: Path

    @property
    def reports(self) -> Reports:
        return Reports(self.services, self.tenant)

    def report(self, as_of: date | None = None, known_at: int | None = None) -> Report:
        return self.reports.figures(self.project, Point(as_of, known_at))

    def figures(self, as_of: date | None = None, known_at: int | None = None) -> dict[str, Any]:
        return self.report(as_of, known_at).figures.written()

    def head(self) -> int:
        return self.services.ledger(self.tenant).head()


def fresh_tenant(services: Services) -> UUID:
    return create_tenant(services.pool, services.vault)


def import_folder(services: Services, tenant: UUID, folder: Path) -> Outcome:
    """The import as the command runs it; nothing may be refused."""
    work = Work(services.ledger(tenant), services.vault, services.programmes, ACTOR)
    order = Order(False, False, lambda _: [], lambda _, __: None)
    outcome = import_project(work, read_folder(folder), order)
    assert outcome.problems == []
    assert outcome.recorded
    return outcome


def imported(services: Services, folder: Path) -> Imported:
    """The folder's project in a fresh tenant."""
    tenant = fresh_tenant(services)
    project = import_folder(services, tenant, folder).project
    assert project is not None
    return Imported(services, tenant, project, folder)


def log_of(services: Services, tenant: UUID) -> dict[int, dict[str, Any]]:
    """The whole log by position, straight from the table; `data` is the stored JSON."""
    rows = in_tenant(services.pool, tenant, LOG, [tenant])
    return {
        position: {
            "position": position,
            "event_id": str(event_id),
            "stream_id": str(stream_id),
            "version": version,
            "type": type_,
            "data": json.loads(bytes(data)),
        }
        for position, event_id, stream_id, version, type_, data in rows
    }


def expected_of(folder: Path) -> dict[str, Any]:
    """expected.json without its `rules`, which are for information."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    del expected["rules"]
    return expected


def leaves(node: Any, pointer: str = "") -> dict[str, Any]:
    """Every leaf of a JSON value by its JSON Pointer."""
    if isinstance(node, dict | list):
        children = node.items() if isinstance(node, dict) else enumerate(node)
        found: dict[str, Any] = {}
        for name, child in children:
            token = str(name).replace("~", "~0").replace("/", "~1")
            found |= leaves(child, f"{pointer}/{token}")
        return found
    return {pointer: node}


class Http:
    """The API as the owner of a project's organisation sees it."""

    def __init__(self, client: TestClient, project: Imported) -> None:
        services, tenant = project.services, project.tenant
        user = create_user(services.pool, services.vault, tenant, "Jana Nováková", [OWNER])
        token = create_token(services.pool, tenant, user, "tests", None)
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}
        self.path = f"/v1/projects/{project.project}"

    def get(self, path: str, **parameters: str) -> Any:
        answer = self.client.get(self.path + path, headers=self.headers, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def figures(self, **parameters: str) -> dict[str, Any]:
        return self.get("/reports/figures", **parameters)

    def explained(self, pointer: str, **parameters: str) -> dict[str, Any]:
        return self.get("/provenance", figure=pointer, **parameters)
