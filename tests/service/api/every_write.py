"""A request that is accepted for every operation that writes, and the records that it needs."""

from typing import Any

from service.api.bulk_kinds import KINDS
from tests.service.api.requests import (
    ACTIVITY,
    ITEM,
    PARTICIPANT,
    PROJECT,
    TARGET,
    TRIP,
    WORK,
    Api,
    document,
    project_with_items,
)

OTHER_NUMBER = {"registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000009"}
OTHER_PERSON = {"reference": "P2", "last_name": "Planted-Other", "birth_date": "1990-01-02"}
OUTPUT = {
    "reference": "O01",
    "kind": "manual",
    "title": "A manual",
    "counts": True,
    "written_on": "2026-03-31",
}
QUESTIONNAIRE = {"reference": "Q1", "content": 5, "usefulness": 4, "organisation": 3}
CONTACT = {"client_code": "K1", "channel": "phone", "minutes": 15, "topic": "Residence"}
RATE = {
    "date": "2026-03-02",
    "currency": "EUR",
    "amount_unit": 1,
    "rate": "25.1",
    "kind": "CNB_DAILY",
}
ADVANCE = {"number": 1, "kind": "advance", "period": None, "submitted_on": "2026-01-10"}
INTERIM = {"number": 2, "kind": "interim", "period": 1, "submitted_on": "2026-07-31"}
Writes = dict[str, tuple[str, Any]]


def writes(api: Api) -> Writes:
    """Path and body by operation; each can be accepted as long as no other was sent."""
    project = project_with_items(api)
    at = f"/v1/projects/{project}"
    course = api.record(f"{at}/activities", ACTIVITY)
    desk = api.record(
        f"{at}/activities", ACTIVITY | {"reference": "A2", "kind": "helpdesk", "hours": "0"}
    )
    person = api.record(f"{at}/participants", PARTICIPANT)
    output = api.record(f"{at}/outputs", OUTPUT)
    paper = api.record(f"{at}/documents", document(project))
    work = api.record(f"{at}/work-records", WORK)
    trip = api.record(f"{at}/trips", TRIP)
    claim = api.record(f"{at}/claims", INTERIM)
    paid = {"paid_on": "2026-04-28"}
    day = {"participant_id": person, "date": "2026-03-31", "quantity": "7.5", "unit": "hour"}
    change = {"version": 1, "changes": {"description": "Posters"}, "reason": "Misread"}
    of_project: Writes = {
        "add_budget_item": ("/budget/items", ITEM | {"code": "1.1.4.2"}),
        "set_target": ("/indicators", TARGET),
        "hold_activity": ("/activities", ACTIVITY | {"reference": "A3"}),
        "record_attendance": (f"/activities/{course}/attendance", day),
        "record_questionnaire": (
            f"/activities/{course}/questionnaires",
            QUESTIONNAIRE | {"language": "cs"},
        ),
        "record_contact": (f"/activities/{desk}/contacts", CONTACT | {"date": "2026-04-01"}),
        "enter_participant": ("/participants", PARTICIPANT | OTHER_PERSON),
        "record_output": ("/outputs", OUTPUT | {"reference": "O02"}),
        "publish_output": (
            f"/outputs/{output}/publication",
            {"published_on": "2026-05-05", "published_at": "https://example.org/1"},
        ),
        "record_document": ("/documents", document(project, document_number="2")),
        "pay_document": (f"/documents/{paper}/payment", paid),
        "record_work": ("/work-records", WORK | {"reference": "MZ2", "month": "2026-04-01"}),
        "pay_work": (f"/work-records/{work}/payment", paid),
        "sign_work": (f"/work-records/{work}/signature", {"signed_on": "2026-03-31"}),
        "record_trip": ("/trips", TRIP | {"reference": "CP2"}),
        "pay_trip": (f"/trips/{trip}/payment", paid),
        "submit_claim": ("/claims", ADVANCE),
        "decide_claim": (f"/claims/{claim}/decision", {"decided_on": "2026-09-10"}),
        "pay_claim": (
            f"/claims/{claim}/payment",
            {"paid_on": "2026-10-01", "amount": "100.00"},
        ),
    }
    return {
        **{name: (f"{at}{path}", body) for name, (path, body) in of_project.items()},
        **_many(api, project, course, person),
        "register_project": ("/v1/projects", PROJECT | OTHER_NUMBER),
        "record_rate": (
            "/v1/exchange-rates",
            RATE,
        ),
        "correct_fact": (f"/v1/records/{paper}/corrections", change),
        "cancel_fact": (f"/v1/records/{paper}/cancellations", {"reason": "Not ours"}),
        **_access(api),
        **_webhooks(api),
        **_operations(api, at),
        "order_export": (f"{at}/exports/workbook", {"language": "en"}),
    }


def _many(api: Api, project: str, course: str, person: str) -> Writes:
    at = f"/v1/projects/{project}"
    paid: dict[str, dict[str, Any]] = {
        path: {"document_id": api.record(f"{at}/{path}", body), "paid_on": "2026-04-28"}
        for path, body in {
            "documents": document(project, document_number="3"),
            "work-records": WORK | {"month": "2026-05-01"},
            "trips": TRIP | {"reference": "CP3"},
        }.items()
    }
    day = {"participant_id": person, "date": "2026-04-02", "quantity": "1", "unit": "hour"}
    third = {"reference": "P3", "last_name": "Planted-Third", "birth_date": "1991-01-02"}
    items: dict[str, dict[str, Any]] = {
        "activities": ACTIVITY | {"reference": "A4"},
        "attendance": day | {"activity_id": course},
        "participants": PARTICIPANT | third,
        "documents": document(project, document_number="4"),
        "work-records": WORK | {"month": "2026-06-01"},
        "trips": TRIP | {"reference": "CP4"},
        **{f"{path}/payments": body | {"version": 1} for path, body in paid.items()},
    }
    return {
        kind.operation_id: (
            f"{at}/{kind.path}/bulk",
            {"mode": "atomic", "items": [items[kind.path]]},
        )
        for kind in KINDS
    }


def _access(api: Api) -> Writes:
    user = api.record("/v1/users", {"name": "Planted-User"})
    role = {"role": "finance"}
    membership = api.record(f"/v1/users/{user}/memberships", {"role": "manager"})
    token = {"user_id": user, "name": "accounting"}
    client = {"name": "accounting", "scopes": ["documents.read"]}
    return {
        "add_user": ("/v1/users", {"name": "Planted-Other"}),
        "grant_role": (f"/v1/users/{user}/memberships", role),
        "revoke_role": (f"/v1/memberships/{membership}/revocation", {}),
        "disable_user": (f"/v1/users/{user}/disablement", {}),
        "make_token": ("/v1/tokens", token),
        "revoke_token": (f"/v1/tokens/{api.record('/v1/tokens', token)}/revocation", {}),
        "make_client": ("/v1/clients", client),
        "revoke_client": (f"/v1/clients/{api.record('/v1/clients', client)}/revocation", {}),
    }


def _operations(api: Api, at: str) -> Writes:
    """Nothing does them here, so the one that is cancelled still waits."""
    waiting = api.begin("/v1/rebuilds", {})
    return {
        "import_project": ("/v1/imports", b"whatever it is"),
        "import_into_project": (f"{at}/imports", b"whatever it is"),
        "rebuild_views": ("/v1/rebuilds", {"views": ["budget_spend"]}),
        "cancel_operation": (f"/v1/operations/{waiting}/cancellation", {}),
    }


def _webhooks(api: Api) -> Writes:
    """Each has an endpoint of its own, which another request would take away."""
    path, url = "/v1/webhook-endpoints", {"url": "https://example.org/hook"}
    names = ("change", "removal", "secret-rotation", "replay", "rewind")
    at = {name: f"{path}/{api.record(path, {**url, 'after': 0})}/{name}" for name in names}
    settings = {**url, "description": "", "project_id": None, "types": None, "enabled": False}
    return {
        "make_webhook_endpoint": (path, url),
        "change_webhook_endpoint": (at["change"], settings),
        "remove_webhook_endpoint": (at["removal"], {}),
        "rotate_webhook_secret": (at["secret-rotation"], {}),
        "replay_webhook_event": (at["replay"], {"position": 1}),
        "rewind_webhook_endpoint": (at["rewind"], {"after": 0}),
    }
