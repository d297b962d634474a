"""A project with every kind of fact, and what may be corrected in each of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.event import stored_names
from tests.service.api.every_write import ADVANCE, CONTACT, INTERIM, OUTPUT, QUESTIONNAIRE, RATE
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

# Reservations follow their documents, a correction is not corrected but made again.
FOLLOWING = ("document-number.", "person-month.", "project-number.", "fact.", "test")
OTHER_DAY = {"effective_on": "2026-11-30"}
# By stored name: what is changed, one command each; what is sealed has a second one.
CHANGES: Mapping[str, tuple[dict[str, Any], ...]] = {
    "project.registered.v1": ({"note": "Amended"},),
    "project.target-set.v1": ({"target": "2"},),
    "budget.item-added.v1": ({"name": "Journeys"},),
    "activity.held.v1": ({"place": "Olomouc"},),
    "activity.attendance-recorded.v1": ({"quantity": "8", "unit": "lesson"},),
    "activity.questionnaire-recorded.v1": ({"content": 4},),
    "activity.contact-recorded.v1": ({"minutes": 20},),
    "participant.entered.v1": ({"reference": "P00009"}, {"last_name": "Planted-Corrected"}),
    "participant.characteristics-recorded.v1": ({"municipality": "Planted-Village"},),
    "participant.left.v1": (OTHER_DAY, {"exit_situation": "SPUKV"}),
    "output.written.v1": ({"title": "A handbook"},),
    "output.published.v1": ({"published_at": "https://example.org/2"},),
    "accounting-document.recorded.v1": (
        {"document_number": "2026-0999"},
        {"supplier_name": "Planted-Merchant"},
    ),
    "expenditure.paid.v1": (OTHER_DAY,),
    "work-record.recorded.v1": ({"project_hours": "19"}, {"last_name": "Planted-Married"}),
    "work-record.signed.v1": (OTHER_DAY,),
    "travel-order.recorded.v1": ({"place": "Wien"}, {"traveller_name": "Planted-Walker"}),
    "exchange-rate.recorded.v1": ({"rate": "25.2"},),
    "claim.submitted.v1": ({"number": 3},),
    "claim.decided.v1": (OTHER_DAY,),
    "claim.paid.v1": ({"amount": "99.00"},),
}
FROZEN = {"expenditure.claimed.v1"}  # only a submitted claim makes it, and holds it
PAID = {"paid_on": "2026-08-28"}


class Recorded(NamedTuple):
    """Where a fact was first recorded; without a version all facts of the record."""

    record: str
    version: int | None


class Facts(NamedTuple):
    """The facts that stand free, by stored name, and the record that a submitted claim holds."""

    project: str
    free: dict[str, Recorded]
    held: str
    claim: str


def correctable() -> set[str]:
    """The stored names of all that a person records."""
    return {name for name in stored_names() if not name.startswith(FOLLOWING)}


def every_fact(api: Api) -> Facts:
    """All of them in one project of an organisation that has no other."""
    project = project_with_items(api)
    at = f"/v1/projects/{project}"
    held = api.record(f"{at}/documents", document(project, paid_on="2026-04-10"))
    claim = api.record(f"{at}/claims", INTERIM)

    def made(path: str, body: dict[str, Any]) -> Recorded:
        answer = api.post(path, body)
        assert answer.status_code == 201, answer.text
        return Recorded(answer.json()["id"], answer.json()["version"])

    budget = api.read(f"{at}/budget")
    paper = made(f"{at}/documents", document(project, reference="FP2", document_number="2"))
    activity = made(f"{at}/activities", ACTIVITY)
    desk = made(f"{at}/activities", ACTIVITY | {"reference": "A2", "kind": "helpdesk"})
    left = {"exit_date": "2026-10-01", "exit_situation": ["SPVZD"]}
    person = made(f"{at}/participants", PARTICIPANT | left)
    course = f"{at}/activities/{activity.record}"
    output = made(f"{at}/outputs", OUTPUT)
    work = made(f"{at}/work-records", WORK)
    advance = made(f"{at}/claims", ADVANCE)
    day = {"participant_id": person.record, "date": "2026-03-31", "quantity": "7", "unit": "hour"}
    published = {"published_on": "2026-05-05", "published_at": "https://example.org/1"}
    free = {
        "project.registered.v1": Recorded(project, 1),
        "project.target-set.v1": made(f"{at}/indicators", TARGET),
        "budget.item-added.v1": Recorded(budget["id"], budget["items"][-1]["version"]),
        "activity.held.v1": activity,
        "activity.attendance-recorded.v1": made(f"{course}/attendance", day),
        "activity.questionnaire-recorded.v1": made(
            f"{course}/questionnaires", QUESTIONNAIRE | {"language": "cs"}
        ),
        "activity.contact-recorded.v1": made(
            f"{at}/activities/{desk.record}/contacts", CONTACT | {"date": "2026-04-01"}
        ),
        "participant.entered.v1": person,
        "participant.characteristics-recorded.v1": Recorded(person.record, 2),
        "participant.left.v1": Recorded(person.record, 3),
        "output.written.v1": output,
        "output.published.v1": made(f"{at}/outputs/{output.record}/publication", published),
        "accounting-document.recorded.v1": paper,
        "expenditure.paid.v1": made(f"{at}/documents/{paper.record}/payment", PAID),
        "work-record.recorded.v1": work,
        "work-record.signed.v1": made(
            f"{at}/work-records/{work.record}/signature", {"signed_on": "2026-03-31"}
        ),
        "travel-order.recorded.v1": made(f"{at}/trips", TRIP),
        "exchange-rate.recorded.v1": made("/v1/exchange-rates", RATE),
        "claim.submitted.v1": advance,
        "claim.decided.v1": made(
            f"{at}/claims/{advance.record}/decision", {"decided_on": "2026-09-10"}
        ),
        "claim.paid.v1": made(
            f"{at}/claims/{advance.record}/payment", {"paid_on": "2026-10-01", "amount": "100.00"}
        ),
    }
    return Facts(project, free, held, claim)
