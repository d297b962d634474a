"""`grantledger correct` and `cancel`: a recorded fact is never edited, the old value stays."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import click

from service.cli.output import json_text, note, write_json
from service.cli.records import stream_of
from service.cli.session import Day, Session, json_option, project_option, session, tenant_option
from service.commands.corrections import Correction
from service.commands.corrections import cancel as cancel_fact
from service.commands.corrections import correct as correct_fact
from service.commands.execute import Recorded
from service.commands.work import Work
from service.composition import today

CORRECT_EPILOG = """\b
Examples:
  grantledger correct FP00001 --project … --set description="Studie integrace" \\
      --reason "typing error"
  grantledger correct MZ00010 --project … --version 2 --set effective_on=2017-02-10 \\
      --reason "signed a day later"
Lists and objects are given as JSON; numbers, amounts (100.00) and dates (2017-03-31) as text."""
CANCEL_EPILOG = """\b
Examples:
  grantledger cancel FP00012 --project … --reason "recorded twice"
  grantledger cancel A005 --project … --version 7 --reason "was not present" """

reason_option = click.option(
    "--reason", required=True, help="Why; it stays readable for ever (no names of persons)."
)
on_option = click.option(
    "--on",
    type=Day(),
    help="The day of the difference, where a submitted claim holds the record; default today.",
)


@click.command(epilog=CORRECT_EPILOG)
@click.argument("record", metavar="REFERENCE|STREAM_ID")
@project_option
@click.option(
    "--version",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Which fact of the record: the version at which it was first recorded.",
)
@click.option(
    "--set", "changes", multiple=True, required=True, metavar="FIELD=VALUE", help="A new value."
)
@reason_option
@on_option
@json_option
@tenant_option
def correct(
    record: str,
    number: str,
    version: int,
    changes: tuple[str, ...],
    reason: str,
    on: date | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Puts new values in the place of recorded ones, with a reason.

    The old values stay in the audit trail. What a submitted claim holds is corrected by a
    difference: a document of its own, which goes into a later claim. A document has one: what is
    still wrong after it is corrected there.
    """
    values = values_of(changes)
    with session(tenant) as opened:
        stream = _stream(opened, number, record)
        order = Correction(stream, version, values, reason, on or today())
        request = {"correct": str(stream), "version": version, "set": values, "reason": reason}
        done = _run(opened, request, lambda work: correct_fact(work, order))
    _tell(done, stream, as_json=as_json)


@click.command(epilog=CANCEL_EPILOG)
@click.argument("record", metavar="REFERENCE|STREAM_ID")
@project_option
@click.option("--version", type=click.IntRange(1), help="Only this fact; default the whole record.")
@reason_option
@on_option
@json_option
@tenant_option
def cancel(
    record: str,
    number: str,
    version: int | None,
    reason: str,
    on: date | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Takes a recorded fact back, with a reason; it stays in the audit trail."""
    with session(tenant) as opened:
        stream = _stream(opened, number, record)
        day = on or today()
        request = {"cancel": str(stream), "version": version, "reason": reason}
        done = _run(opened, request, lambda work: cancel_fact(work, stream, version, reason, day))
    _tell(done, stream, as_json=as_json)


def values_of(changes: Iterable[str]) -> dict[str, Any]:
    """FIELD=VALUE: JSON where it parses as such, with numbers kept as written; else text."""
    values: dict[str, Any] = {}
    for change in changes:
        field, equals, text = change.partition("=")
        if not equals or not field:
            raise click.BadParameter(f"{change}: expected FIELD=VALUE", param_hint="--set")
        if field in values:
            raise click.BadParameter(f"{field} is given twice", param_hint="--set")
        values[field] = _value(text)
    return values


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except ValueError:
        return text


def _stream(session: Session, number: str, record: str) -> UUID:
    return stream_of(session, session.reports.project(number), record)


def _run(
    session: Session, request: Mapping[str, Any], decide: Callable[[Work], object]
) -> Recorded:
    """One command with an id of its own; the views have it before we say so."""
    request_hash = sha256(json_text(request).encode()).digest()
    commands = session.services.commands(session.tenant, session.actor)
    done = commands.run(uuid4(), request_hash, decide)
    session.services.runner.catch_up(session.tenant)
    return done


def _tell(done: Recorded, corrected: UUID, *, as_json: bool) -> None:
    is_difference = done.stream != corrected
    if as_json:
        write_json(
            {
                "stream_id": str(done.stream),
                "version": done.version,
                "position": done.position,
                "difference": is_difference,
            }
        )
    elif is_difference:
        note(f"recorded at position {done.position} as a difference, document {done.stream}")
    else:
        note(f"recorded at position {done.position}")
