"""`grantledger verify`: is everything what it was when it was recorded?"""

from typing import NamedTuple
from uuid import UUID

import click

from projections.projection import Projection
from projections.verify import differences
from service.cli.exit_codes import ExitCode
from service.cli.output import note, notes, progress, results, write_json
from service.cli.session import Session, json_option, session, tenant_option
from service.verification import LogVerified, verify_log

EPILOG = """\b
Examples:
  grantledger verify
  grantledger verify --json || echo "something differs" """


class Verified(NamedTuple):
    """What was checked; `left_out` are the views that a closed vault keeps from being folded."""

    log: LogVerified
    difference: str | None
    left_out: list[str]


@click.command(epilog=EPILOG)
@json_option
@tenant_option
@click.pass_context
def verify(ctx: click.Context, as_json: bool, tenant: UUID | None) -> None:
    """Checks the whole log and the views; shows the first difference and ends with exit code 1.

    Positions and versions have no gap, the leaf of each event follows from its row, each event
    decodes and is written with the same bytes, sums are those of the facts, and the views are what
    a fold of the log from its first event gives.
    """
    with session(tenant) as opened:
        found = verified(opened)
    log = found.log
    if as_json:
        write_json(
            {
                "events": log.events,
                "streams": log.streams,
                "difference": found.difference,
                "not_checked": found.left_out,
            }
        )
    elif found.difference:
        results().print(found.difference, soft_wrap=True)
    else:
        note(f"{log.events} events of {log.streams} streams and all views are as they should be")
        for name in found.left_out:
            note(f"not checked, because the vault is closed: view {name}")
    ctx.exit(ExitCode.UNEXPECTED if found.difference else ExitCode.OK)


def verified(session: Session) -> Verified:
    """The tenant's log and views, read and folded again."""
    with progress("log", "events") as report:
        log = verify_log(session.services.pool, session.tenant, report)
    checked, left_out = list[Projection](), list[str]()
    for projection in session.services.projections:
        if session.services.vault.closed and projection.sealed:
            left_out.append(projection.name)
        else:
            checked.append(projection)
    return Verified(log, _of_log(log) or _of_views(session, checked), left_out)


def _of_log(log: LogVerified) -> str | None:
    found = log.difference
    return f"event at position {found.position}: {found.said}" if found else None


def _of_views(session: Session, projections: list[Projection]) -> str | None:
    """The first row of a view that is not what the log gives."""
    services, tenant = session.services, session.tenant
    services.runner.catch_up(tenant, projections)
    for projection in projections:
        with notes().status(f"folding the log into {projection.name}"):
            found = differences(services.pool, projection, tenant, services.unseal)
            if said := next(found, None):
                return f"view {said}"
    return None
