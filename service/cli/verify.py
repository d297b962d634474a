"""`grantledger verify`: is everything what it was when it was recorded?"""

from dataclasses import asdict
from uuid import UUID

import click

from service.cli.exit_codes import ExitCode
from service.cli.output import note, progress, results, write_json
from service.cli.session import json_option, session, tenant_option
from service.verification import verify_log

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
    with session(tenant) as opened, progress("log", "events") as report:
        log = verify_log(opened.services.pool, opened.tenant, report)
    if as_json:
        write_json(asdict(log))
    elif log.difference:
        results().print(
            f"position {log.difference.position}: {log.difference.said}", soft_wrap=True
        )
    else:
        note(f"{log.events} events of {log.streams} streams are as they were recorded")
    ctx.exit(ExitCode.UNEXPECTED if log.difference else ExitCode.OK)
