"""A small project with every kind of record, corrected and cancelled by two users."""

from typing import Any, NamedTuple
from uuid import UUID

from projections.audit_query import VIEWS, AuditEntry, Wanted, audit_page
from projections.reading import consistent
from service.composition import Services
from tests.service.api.requests import (
    ACTIVITY,
    PARTICIPANT,
    TARGET,
    TRIP,
    WORK,
    Api,
    document,
    project_with_items,
)

# What a spreadsheet would take for a formula, where people may write anything.
FORMULAS = (
    '=HYPERLINK("https://example.org";"zde")',
    "+420 123",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "'=1",
    "＝1+1",
)


class Made(NamedTuple):
    """The project, who recorded it, and its whole trail as the log has it."""

    services: Services
    api: Api
    colleague: Api
    project: UUID
    head: int

    def read(self, limit: int = 10_000, **wanted: Any) -> list[AuditEntry]:
        """All entries that are asked for, read in pages of at most `limit`."""
        asked = Wanted(**{"upto": self.head, "project": self.project, **wanted})
        found: list[AuditEntry] = []
        after: tuple[str, ...] | None = None
        with consistent(self.services.pool, self.api.tenant, VIEWS) as connection:
            while True:
                page = audit_page(connection, self.api.tenant, asked, limit, after)
                assert len(page.entries) <= limit
                found, after = found + page.entries, page.last
                if after is None:
                    return found


def record_all(api: Api, colleague: Api) -> str:
    """The project's id; the colleague corrects and cancels."""
    project = project_with_items(api)
    at = f"/v1/projects/{project}"
    api.record(f"{at}/indicators", TARGET)
    course = api.record(f"{at}/activities", ACTIVITY)
    helpdesk = {**ACTIVITY, "reference": "A002", "kind": "helpdesk", "hours": "0"}
    desk = api.record(f"{at}/activities", helpdesk)
    person = api.record(f"{at}/participants", PARTICIPANT)
    day = {"date": "2026-03-31", "quantity": "7.5", "unit": "hour"}
    api.record(f"{at}/activities/{course}/attendance", {**day, "participant_id": person})
    marks = {"content": 5, "usefulness": 4, "organisation": 3, "language": "cs"}
    api.record(f"{at}/activities/{course}/questionnaires", {"reference": "Q0001", **marks})
    contact = {"client_code": "K1", "channel": "phone", "minutes": 15, "topic": "Žádost o pobyt"}
    api.record(f"{at}/activities/{desk}/contacts", {**contact, "date": "2026-04-01"})
    output = {"reference": "O01", "kind": "methodology", "title": "Příručka", "counts": True}
    written = api.record(f"{at}/outputs", {**output, "written_on": "2026-05-01"})
    published = {"published_on": "2026-05-05", "published_at": "https://example.org/1"}
    api.record(f"{at}/outputs/{written}/publication", published)
    api.record(f"{at}/work-records", {**WORK, "signed_on": "2026-03-31"})
    api.record(f"{at}/trips", TRIP)
    paid = _record_documents(api, at, project)
    claim = {"number": 2, "kind": "interim", "period": 1, "submitted_on": "2026-07-31"}
    claimed = api.record(f"{at}/claims", claim)
    reduction = {"document_id": paid, "amount": "100.00", "reason": "Nedoloženo"}
    decision = {"decided_on": "2026-09-10", "reductions": [reduction]}
    api.record(f"{at}/claims/{claimed}/decision", decision)
    api.record(f"{at}/claims/{claimed}/payment", {"paid_on": "2026-10-01", "amount": "1362.50"})
    changes: list[tuple[str, int, dict[str, Any], str]] = [
        (course, 1, {"place": "Plzeň", "hours": "50"}, "Kurz byl jinde"),
        (course, 2, {"quantity": "8", "unit": "lesson"}, "Přepočteno na lekce"),
        (person, 1, {"last_name": "Planted-Again"}, "Překlep"),
        (claimed, 3, {"amount": "1400.00"}, "Jiná částka"),
        (written, 2, {"effective_on": "2026-05-06"}, "Zveřejněno později"),
    ]
    for record, version, change, reason in changes:
        body = {"version": version, "changes": change, "reason": reason}
        colleague.record(f"/v1/records/{record}/corrections", body)
    body = {"version": 3, "reason": "Dvakrát zapsaný dotazník"}
    colleague.record(f"/v1/records/{course}/cancellations", body)
    return project


def _record_documents(api: Api, at: str, project: str) -> str:
    """Documents of which one is paid, the others corrected and cancelled; the one that is paid."""
    paid = api.record(f"{at}/documents", document(project, paid_on="2026-04-10"))
    for index, formula in enumerate(FORMULAS):
        named = {"reference": f"FP9{index}", "document_number": f"9{index}"}
        described = document(project, **named, description=f"Položka {index}")
        record = api.record(f"{at}/documents", described)
        change = {"version": 1, "changes": {"description": formula}, "reason": formula}
        api.record(f"/v1/records/{record}/corrections", change)
    change = {"version": 1, "changes": {"reference": "FP99"}, "reason": "Přečíslováno"}
    api.record(f"/v1/records/{record}/corrections", change)
    api.record(f"/v1/records/{record}/cancellations", {"reason": "Není náš"})
    return paid
