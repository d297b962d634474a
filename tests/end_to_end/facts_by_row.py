"""The facts in force of a project by the rows that they stand for, comparable between tenants.

Ids of streams become the names of rows, sealed persons the fields that they are; reservations
follow their documents and are left out.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from domain.identity import budget_stream, imported_stream, rates_stream
from service.intake.project_folder import read_folder
from service.store.database import in_tenant
from tests.end_to_end.running import ACTOR, Imported, log_of

RESERVATIONS = ("document-number.", "person-month.", "project-number.")


def facts_by_row(project: Imported, folder: Path) -> Counter[str]:
    """Each fact in force as a line of text: whose, of which kind, with which values."""
    names = _names(project, folder)
    people = _people(project)
    in_force: dict[tuple[str, int], dict[str, Any]] = {}
    for event in log_of(project.services, project.tenant).values():
        stream, data = event["stream_id"], event["data"]
        reserved = data.get("type", "").startswith(RESERVATIONS)
        match event["type"]:
            case "fact.corrected.v1" if not reserved:
                in_force[stream, data["version"]]["data"] = data["values"]
            case "fact.cancelled.v1":
                in_force.pop((stream, data["version"]), None)
            case name if not name.startswith(("fact.", *RESERVATIONS)):
                in_force[stream, event["version"]] = {"type": name, "data": data}
            case _:
                pass
    return Counter(
        json.dumps(_told([names[stream], fact["type"], fact["data"]], names, people))
        for (stream, _), fact in in_force.items()
    )


def _told(value: Any, names: dict[str, str], people: dict[str, Any]) -> Any:
    match value:
        case {"person": _, "sha256": sha256}:
            return people[sha256]
        case dict():
            return {
                key: _told(one, names, people)
                for key, one in sorted(value.items())
                if key != "number_key"
            }
        case list():
            return [_told(one, names, people) for one in value]
        case str():
            return names.get(value, value)
        case _:
            return value


def _names(project: Imported, folder: Path) -> dict[str, str]:
    tenant, own = project.tenant, project.project
    names = {
        str(imported_stream(tenant, own, table, row)): f"{table}/{row}"
        for table, ids in read_folder(folder).row_ids.items()
        for row in ids
    }
    names |= {str(own): "project", str(budget_stream(tenant, own)): "budget"}
    return names | {str(rates_stream(tenant, "EUR")): "rates"}


def _people(project: Imported) -> dict[str, Any]:
    rows = in_tenant(project.services.pool, project.tenant, "SELECT sha256 FROM vault.sealed", [])
    read = project.services.vault.unseal(
        project.tenant, [bytes(row[0]) for row in rows], actor=ACTOR, purpose="test"
    )
    return {address.hex(): sorted(fields.items()) for address, fields in read.items()}
