"""`grantledger report audit`: who recorded, corrected or cancelled what, when and why."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

import click

from projections.audit_query import Wanted
from service.audit.csv_file import csv_chunks
from service.audit.moments import since, until
from service.audit.sentences import changes_line
from service.audit.trail import Told, Trail
from service.cli.output import note, results, table, write_json
from service.cli.records import stream_of
from service.cli.session import (
    Session,
    json_option,
    known_at_option,
    language_option,
    project_option,
    session,
    tenant_option,
)
from service.importing.import_run import is_importing
from service.reports import Point, ProjectImporting
from service.wording.wording import Language, Wording

LIMIT = 100
SHOWN = ("position", "when", "who", "what", "changes", "why")
EPILOG = """\b
Examples:
  grantledger report audit --project …
  grantledger report audit --project … --record FP00001 --language cs
  grantledger report audit --project … --since 2026-03-01 --until 2026-03-31 --newest-first
  grantledger report audit --project … --type fact.corrected.v1 --text dilna --limit 1000 --json
  grantledger report audit --project … --language cs --csv --to audit.csv"""


@click.command(epilog=EPILOG)
@project_option
@click.option("--record", metavar="REFERENCE|STREAM_ID", help="Only events of this record.")
@click.option("--actor", metavar="USER_ID|WORD", help="Only what this user recorded.")
@click.option("--since", "first", metavar="DAY|TIME", help="Only from this day or time on.")
@click.option(
    "--until", "last", metavar="DAY|TIME", help="Only to this day's end, or before a time."
)
@click.option("--type", "event_type", help="Only events with this stored name.")
@click.option("--text", help="Only with this text in reference, reason or clear values.")
@click.option("--newest-first", is_flag=True, help="The last event first.")
@click.option("--after", type=click.IntRange(0), help="Only what is listed after this position.")
@click.option("--limit", type=click.IntRange(1, 10000), help=f"At most so many; default {LIMIT}.")
@click.option("--csv", "as_csv", is_flag=True, help="All of them as CSV on standard output.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="With --csv: into this file.")
@known_at_option
@language_option
@json_option
@tenant_option
def audit(
    number: str,
    record: str | None,
    actor: str | None,
    first: str | None,
    last: str | None,
    event_type: str | None,
    text: str | None,
    newest_first: bool,
    after: int | None,
    limit: int | None,
    as_csv: bool,
    target: Path | None,
    known_at: int | datetime | None,
    language: Language,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Every event of a project: who, when (time of Prague), what, why, before → after.

    Users' names are read for it, and that they were read is logged.
    """
    _refuse_mixed(as_csv, as_json or after is not None or limit is not None, target)
    with session(tenant) as opened:
        project, upto = _project(opened, number, known_at)
        wanted = Wanted(
            upto=upto,
            project=project,
            record=stream_of(opened, project, record) if record else None,
            actor=actor,
            since=since(first) if first else None,
            before=until(last) if last else None,
            type=event_type,
            text=text,
            newest_first=newest_first,
        )
        trail = Trail(opened.services, opened.tenant, opened.reader, Wording(language))
        if as_csv:
            _write_csv(trail, wanted, target)
        else:
            _write_page(number, trail, wanted, after, limit or LIMIT, as_json)


def _refuse_mixed(as_csv: bool, paged: bool, target: Path | None) -> None:
    if as_csv and paged:
        raise click.UsageError("--csv writes all of them: leave out --json, --after and --limit")
    if target is not None and not as_csv:
        raise click.UsageError("--to is the file of --csv")


def _project(session: Session, number: str, known_at: int | datetime | None) -> tuple[UUID, int]:
    """The project, and the position up to which its trail is read; the views are there."""
    reports = session.reports
    _, upto = reports.resolved(Point(None, known_at))
    upto = min(upto, session.services.ledger(session.tenant).head())
    project = reports.project(number)
    if is_importing(session.services.pool, session.tenant, project):
        raise ProjectImporting(str(project))
    return project, upto


def _write_page(
    number: str, trail: Trail, wanted: Wanted, after: int | None, limit: int, as_json: bool
) -> None:
    told, last = trail.page(wanted, limit, (str(after),) if after is not None else None)
    if as_json:
        items = [_item(one) for one in told]
        write_json({"items": items, "next_after": int(last[0]) if last else None})
        return
    _show(number, told, trail.wording)
    if last:
        note(f"there are more: --after {last[0]}")


def _write_csv(trail: Trail, wanted: Wanted, target: Path | None) -> None:
    chunks = csv_chunks(trail.pages(wanted), trail.wording)
    if target is None:
        for chunk in chunks:
            click.echo(chunk, nl=False)
        return
    # The file appears when it is whole; it holds users' names, so only its owner reads it.
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-", delete=False) as making:
        try:
            making.writelines(chunks)
        except BaseException:
            Path(making.name).unlink()
            raise
    Path(making.name).replace(target)
    note(f"written: {target}")


def _item(told: Told) -> dict[str, Any]:
    """An entry as the API shows it."""
    found = told.entry._asdict()
    del found["fact"]
    found["id"] = found.pop("stream_id")
    for name in ("id", "event_id", "causation"):
        found[name] = str(found[name]) if found[name] else None
    found["recorded_at"] = told.entry.recorded_at.astimezone(UTC).isoformat()
    found["effective_on"] = told.entry.effective_on.isoformat()
    changes = [change._asdict() for change in told.sentence.changes]
    return {**found, "who": told.who, "what": told.sentence.what, "changes": changes}


def _show(number: str, entries: list[Told], wording: Wording) -> None:
    heads = {name: wording.text(f"audit.column.{name}") for name in SHOWN}
    title = wording.text("audit.title", number=number)
    shown = table(title, heads.values(), numbers=(heads["position"],))
    for one in entries:
        said = one.sentence
        changes = changes_line(said, wording)
        shown.add_row(str(said.position), said.when, said.who, said.what, changes, said.why or "")
    results().print(shown)
