"""`grantledger report audit`: who recorded, corrected or cancelled what, when and why."""

from datetime import UTC
from typing import Any
from uuid import UUID

import click

from projections.audit_query import TRAIL, AuditEntry, audit_page
from projections.reading import consistent
from service.cli.output import note, results, table, write_json
from service.cli.records import stream_of
from service.cli.session import (
    PRAGUE,
    Session,
    json_option,
    project_option,
    session,
    tenant_option,
)
from service.identity import user_names
from service.importing.operation import is_importing
from service.reports import ProjectImporting

PURPOSE = "audit trail: who recorded it"
SHOWN_MAX = 160  # characters of a whole fact; a correction is shown in full
SAID_ELSEWHERE = frozenset({"project", "reference"})
EPILOG = """\b
Examples:
  grantledger report audit --project …
  grantledger report audit --project … --record FP00001
  grantledger report audit --project … --type fact.corrected.v1 --limit 1000 --json"""


@click.command(epilog=EPILOG)
@project_option
@click.option("--record", metavar="REFERENCE|STREAM_ID", help="Only events of this record.")
@click.option("--type", "event_type", help="Only events with this stored name.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only events behind a position.")
@click.option("--limit", type=click.IntRange(1, 10000), default=100, show_default=True)
@json_option
@tenant_option
def audit(
    number: str,
    record: str | None,
    event_type: str | None,
    after: int,
    limit: int,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Every event of a project: who, when (time of Prague), what, why, before → after.

    Users' names are read for it, and that they were read is logged.
    """
    with session(tenant) as opened:
        project = opened.reports.project(number)
        stream = stream_of(opened, project, record) if record else None
        wanted = {"project": project, "stream": stream, "type": event_type}
        entries, last = _page(opened, wanted, limit, after)
        names = _names(opened, entries)
    if as_json:
        items = [_item(entry, names.get(entry.actor)) for entry in entries]
        write_json({"items": items, "next_after": int(last[0]) if last else None})
        return
    _show(number, entries, names)
    if last:
        note(f"there are more: --after {last[0]}")


def _page(
    session: Session, wanted: dict[str, Any], limit: int, after: int
) -> tuple[list[AuditEntry], tuple[str, ...] | None]:
    pool, tenant = session.services.pool, session.tenant
    if is_importing(pool, tenant, wanted["project"]):
        raise ProjectImporting(str(wanted["project"]))
    with consistent(pool, tenant, TRAIL.views) as connection:
        return audit_page(connection, tenant, wanted, limit, (str(after),))


def _names(session: Session, entries: list[AuditEntry]) -> dict[str, str]:
    """The users' names by actor; the program's own words name themselves."""
    users = {UUID(entry.actor) for entry in entries if ":" not in entry.actor}
    services = session.services
    names = user_names(
        services.pool, services.vault, session.tenant, users, actor=session.actor, purpose=PURPOSE
    )
    return {str(user): name for user, name in names.items()}


def _item(entry: AuditEntry, who: str | None) -> dict[str, Any]:
    """An entry as the API shows it."""
    found = entry._asdict()
    found["id"] = found.pop("stream_id")
    for name in ("id", "event_id", "causation"):
        found[name] = str(found[name]) if found[name] else None
    found["recorded_at"] = entry.recorded_at.astimezone(UTC).isoformat()
    found["effective_on"] = entry.effective_on.isoformat()
    return {**found, "who": who}


def _show(number: str, entries: list[AuditEntry], names: dict[str, str]) -> None:
    columns = ("position", "when", "who", "what", "why", "before → after")
    shown = table(f"Audit trail of {number}", columns, numbers=("position",))
    for entry in entries:
        shown.add_row(
            str(entry.position),
            entry.recorded_at.astimezone(PRAGUE).strftime("%Y-%m-%d %H:%M:%S"),
            names.get(entry.actor, entry.actor),
            f"{entry.reference or entry.kind} {entry.type}",
            entry.reason or "",
            change(entry),
        )
    results().print(shown)


def change(entry: AuditEntry) -> str:
    """What was there before and what is there now; of a correction only what it changed."""
    if entry.before is None:
        return _summary(entry.after or {})
    if entry.after is None:
        return f"{_summary(entry.before)} → nothing"
    before = entry.before
    pairs = ((name, before.get(name), value) for name, value in entry.after.items())
    return "; ".join(f"{name}: {_value(old)} → {_value(new)}" for name, old, new in pairs)


def _summary(values: dict[str, Any]) -> str:
    """The values of a whole fact, without what the table's other columns and title say."""
    told = {name: value for name, value in values.items() if value is not None}
    said = ", ".join(f"{name}: {_value(told[name])}" for name in told if name not in SAID_ELSEWHERE)
    return said if len(said) <= SHOWN_MAX else f"{said[:SHOWN_MAX]}…"


def _value(value: Any) -> str:
    match value:
        case {"person": _, "sha256": sha256}:
            return f"sealed {sha256[:8]}"
        case None:
            return "nothing"
        case _:
            return str(value)
