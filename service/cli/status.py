"""`grantledger status`: the database, the log, how far each view is, what is being imported."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Any, cast
from uuid import UUID

import click

from domain.event import decode
from domain.project import Registered
from projections.position import status as projections_of
from service.cli.output import results, table, write_json
from service.cli.session import Session, json_option, session, tenant_option
from service.store.database import in_tenant

SERVER = "SELECT current_setting('server_version')"
# The number stands in the first event of the project's stream, whether or not the views are built.
IMPORTING = """SELECT o.project_id, o.run_id, o.done, o.total, o.started_at::text,
        o.updated_at::text, e.type, e.data
    FROM ledger.import_run AS o
    LEFT JOIN ledger.event AS e ON e.tenant_id = o.tenant_id AND e.stream_id = o.project_id
        AND e.version = 1
    WHERE o.tenant_id = %(tenant)s AND o.state = 'running' AND o.project_id IS NOT NULL
    ORDER BY o.started_at LIMIT 1000"""


@click.command()
@json_option
@tenant_option
def status(as_json: bool, tenant: UUID | None) -> None:
    """Says which database is used and how far the views are behind the log."""
    with session(tenant) as opened:
        found = described(opened)
    if as_json:
        write_json(found)
    else:
        _show(found)


def described(session: Session) -> dict[str, Any]:
    """The state of the program's database for one tenant."""
    services, tenant = session.services, session.tenant
    with services.pool.connection() as connection:
        projections = [asdict(one) for one in projections_of(connection, tenant)]
    return {
        "version": version("grantledger"),
        "server_version": in_tenant(services.pool, tenant, SERVER, {})[0][0],
        "embedded": services.settings.embedded,
        "home": str(services.settings.home),
        "warnings": services.warnings,
        "tenant": str(tenant),
        "head": services.ledger(tenant).head(),
        "projections": projections,
        "importing": _importing(session),
    }


def _importing(session: Session) -> list[dict[str, Any]]:
    rows = in_tenant(session.services.pool, session.tenant, IMPORTING, {"tenant": session.tenant})
    return [
        {
            "project_id": str(project),
            "registration_number": _number(name, data),
            "run_id": str(run),
            "rows_done": done,
            "rows_total": total,
            "started_at": started,
            "updated_at": updated,
        }
        for project, run, done, total, started, updated, name, data in rows
    ]


def _number(name: str | None, data: bytes | None) -> str | None:
    if name is None or data is None:
        return None
    return cast("Registered", decode(name, data)).registration_number


def _show(found: dict[str, Any]) -> None:
    console = results()
    kind = "embedded" if found["embedded"] else "a server"
    console.print(f"grantledger {found['version']}, PostgreSQL {found['server_version']} ({kind})")
    console.print(f"home      {found['home']}", soft_wrap=True)
    console.print(f"tenant    {found['tenant']}")
    console.print(f"log       {found['head']} events")
    columns = ("view", "generation", "position", "behind", "seconds behind", "state")
    shown = table("Views", columns, numbers=columns[1:5])
    for one in found["projections"]:
        state = one["state"] if one["error"] is None else f"{one['state']}: {one['error']}"
        numbers = (one["generation"], one["position"], one["lag_events"], f"{one['lag_s']:.1f}")
        shown.add_row(one["name"], *map(str, numbers), state)
    console.print(shown)
    for one in found["importing"]:
        name = one["registration_number"] or one["project_id"]
        console.print(f"importing {name}: {one['rows_done']} of {one['rows_total']} rows")
