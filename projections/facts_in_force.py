"""The facts of one project in force at a point of both times, read for a report.

`as_of` (what had happened by that day) filters the facts' own dates, `known_at` (what the ledger
knew) their positions. A dozen statements whatever the project's size; no query per row.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from domain.event import decode
from domain.project import Registered

Row = dict[str, Any]
MONEY = ("spend_project", "budget_item", "spend", "finding", "claim", "claim_line")
VIEWS = (
    *MONEY,
    *("indicator_target", "activity", "participant", "contribution", "questionnaire"),
    *("helpdesk_contact", "output"),
)
# What is read of each view, and the fact's own date, which must not be after `as_of`.
_READ: dict[str, tuple[str, str]] = {
    "budget_item": ("code, name, total, purchased_service, source", "effective_on"),
    "spend": (
        "document_id, allocation, reference, list, item, amount, blocked_on, source, positions",
        "effective_on",
    ),
    "finding": ("document_id, reference, code, since, positions", "since"),
    "claim": (
        "claim_id, number, kind, period, submitted_on, decided_on, paid_on, paid_amount,"
        " submitted_source, decided_source, paid_source",
        "submitted_on",
    ),
    "claim_line": (
        "claim_id, document_id, reference, item, amount, reduction, decided_on, line_index,"
        " reduction_index, submitted_source, decided_source",
        "submitted_on",
    ),
    "indicator_target": ("code, name, target, counts, source", "effective_on"),
    "activity": ("kind, reference, period, source", "ends_on"),
    "participant": ("reference, reached_on, entered_source, positions", "entered_on"),
    "contribution": ("participant_id, code, period, sex, positions", "effective_on"),
    "questionnaire": (
        "reference, content, usefulness, organisation, period, source",
        "effective_on",
    ),
    "helpdesk_contact": ("minutes, source", "effective_on"),
    "output": (
        "reference, counts, published_on, period, written_source, published_source",
        "written_on",
    ),
}
_ORDER = {
    "budget_item": "source",
    "claim": "number, submitted_source",
    "claim_line": "line_index",
    "indicator_target": "source",
}


class UnknownProject(Exception):
    """There is no such project, or it was not registered by then."""


@dataclass(frozen=True)
class FactsInForce:
    """The facts of a project by view, at `as_of` and `known_at`; `act` is the legal act."""

    project: UUID
    act: Registered
    act_source: int
    as_of: date
    known_at: int
    of: dict[str, list[Row]]


def facts_in_force(
    connection: Connection[Any],
    project: UUID,
    as_of: date | None,
    known_at: int,
    today: date,
    views: Collection[str] = VIEWS,
) -> FactsInForce:
    """Reads the facts of the views, in the tenant and snapshot of the connection.

    Raises UnknownProject. Without `as_of` it is today, or the first day of a project that has not
    begun.
    """
    act, source, as_of = act_in_force(connection, project, as_of, known_at, today)
    point = {"project": project, "known_at": known_at, "as_of": as_of}
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        of = {
            view: cursor.execute(_query(view), point).fetchall()  # type: ignore[arg-type]
            for view in _READ
            if view in views
        }
    return FactsInForce(project, act, source, as_of, known_at, of)


def act_in_force(
    connection: Connection[Any], project: UUID, as_of: date | None, known_at: int, today: date
) -> tuple[Registered, int, date]:
    """The legal act, its position in the log, and the day; as `facts_in_force` reads them."""
    point = {"project": project, "known_at": known_at}
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        acts = cursor.execute(
            """SELECT act, source FROM views.spend_project WHERE project_id = %(project)s
            AND from_position <= %(known_at)s
            AND (to_position IS NULL OR to_position > %(known_at)s)""",
            point,
        ).fetchall()
    if not acts:
        raise UnknownProject(str(project))
    act = cast("Registered", decode("project.registered.v1", acts[0]["act"]))
    as_of = as_of or max(today, act.effective_on)
    if act.effective_on > as_of:
        raise UnknownProject(str(project))
    return act, acts[0]["source"], as_of


def _query(view: str) -> str:
    columns, day = _READ[view]
    order = f" ORDER BY {_ORDER[view]}" if view in _ORDER else ""
    return (
        f"SELECT {columns} FROM views.{view} WHERE project_id = %(project)s"
        f" AND {day} <= %(as_of)s AND from_position <= %(known_at)s"
        f" AND (to_position IS NULL OR to_position > %(known_at)s){order}"
    )


def grouped(rows: Iterable[Row], column: str) -> Mapping[Any, list[Row]]:
    """The rows by the value of a column, in their order."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
