"""`grantledger rebuild`: builds views anew from the log, beside the ones in use."""

import time
from typing import Any

import click

from service.cli.output import note, progress, write_json
from service.cli.session import json_option, services
from service.identity import tenant_ids

EPILOG = """\b
Examples:
  grantledger rebuild
  grantledger rebuild budget_spend"""


@click.command(epilog=EPILOG)
@click.argument("names", metavar="[VIEW]...", nargs=-1)
@json_option
def rebuild(names: tuple[str, ...], as_json: bool) -> None:
    """Builds views anew from the log (all of them unless named), for every tenant.

    Reports go on reading the old ones until the new ones are complete.
    """
    built: list[dict[str, Any]] = []
    with services() as opened:
        known = [projection.name for projection in opened.projections]
        for name in names:
            if name not in known:
                raise click.BadParameter(f"{name}: expected one of {', '.join(known)}")
        for name in names or known:
            began = time.monotonic()
            with progress(name, "events") as report:
                opened.runner.rebuild(name, report)
            for tenant in tenant_ids(opened.pool):
                opened.runner.catch_up(tenant)  # says so when it stopped at an event
            built.append({"name": name, "seconds": round(time.monotonic() - began, 3)})
    if as_json:
        write_json(built)
    else:
        note(f"rebuilt: {', '.join(one['name'] for one in built)}")
