"""`grantledger verify`: is everything what it was when it was recorded?"""

from uuid import UUID

import click

from projections.verify import differences
from service.cli.exit_codes import ExitCode
from service.cli.output import note, notes, progress, results, write_json
from service.cli.session import Session, json_option, session, tenant_option
from service.verification import LogVerified, verify_log

EPILOG = """\b
Examples:
  grantledger verify
  grantledger verify --json || echo "something differs" """


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
        with progress("log", "events") as report:
            log = verify_log(opened.services.pool, opened.tenant, report)
        said = _of_log(log) or _of_views(opened)
    if as_json:
        write_json({"events": log.events, "streams": log.streams, "difference": said})
    elif said:
        results().print(said, soft_wrap=True)
    else:
        note(f"{log.events} events of {log.streams} streams and all views are as they should be")
    ctx.exit(ExitCode.UNEXPECTED if said else ExitCode.OK)


def _of_log(log: LogVerified) -> str | None:
    found = log.difference
    return f"event at position {found.position}: {found.said}" if found else None


def _of_views(session: Session) -> str | None:
    """The first row of a view that is not what the log gives."""
    services, tenant = session.services, session.tenant
    services.runner.catch_up(tenant)
    for projection in services.projections:
        with notes().status(f"folding the log into {projection.name}"):
            found = differences(services.pool, projection, tenant, services.unseal)
            if said := next(found, None):
                return f"view {said}"
    return None
