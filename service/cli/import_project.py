"""`grantledger import project FOLDER|FILE.xlsx`."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from service.cli.exit_codes import ExitCode
from service.cli.output import note, results, table, write_json
from service.cli.recording import ImportSettings, record_source
from service.cli.session import json_option, session, tenant_option
from service.importing.described import described
from service.importing.run import Outcome
from service.intake.csv_file import ENCODINGS

SHOWN_MAX = 200
EPILOG = """\b
Examples:
  grantledger import project ./my-project --dry-run
  grantledger import project ./my-project.xlsx
  grantledger import project ./my-project --encoding windows-1250
  grantledger import project ./my-project --update --reason "amounts as on the new invoice"
  grantledger import project ./my-project --skip-bad-rows --json > import.json"""


@click.group("import")
def import_() -> None:
    """Records what is in files."""


@import_.command("project", epilog=EPILOG)
@click.argument("source", metavar="FOLDER|FILE.xlsx", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--encoding", type=click.Choice(ENCODINGS), help="Of CSV files not in UTF-8 (default)."
)
@click.option("--dry-run", is_flag=True, help="Check and compare only; nothing is recorded.")
@click.option("--skip-bad-rows", is_flag=True, help="Record the good rows although some are bad.")
@click.option("--update", is_flag=True, help="Correct recorded rows that changed; needs --reason.")
@click.option(
    "--reason", help="Why rows changed; it stays readable for ever (no names of persons)."
)
@json_option
@tenant_option
@click.pass_context
def project(
    ctx: click.Context,
    source: Path,
    encoding: str | None,
    dry_run: bool,
    skip_bad_rows: bool,
    update: bool,
    reason: str | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Imports the spreadsheets of a project: a folder of CSV files, or one workbook.

    Everything is checked before the first row is recorded. Rows that were imported before are
    skipped; when one of them has changed, nothing is recorded (exit code 3) without --update, which
    corrects it. Rows that cannot be understood, or that a submitted claim holds, are reported; the
    others are recorded only with --skip-bad-rows (else exit code 2). An interrupted import is
    continued by the same command.
    """
    if update != bool((reason or "").strip()):
        raise click.UsageError("--update and --reason TEXT belong together: say why rows changed")
    settings = ImportSettings(encoding, dry_run, skip_bad_rows, reason)
    with session(tenant) as opened:
        outcome = record_source(opened, source, settings)
    code = _code(outcome, dry_run=dry_run, skip_bad_rows=skip_bad_rows)
    if as_json:
        write_json(described(outcome, dry_run=dry_run))
    else:
        _show(outcome, dry_run=dry_run)
    ctx.exit(code)


def _code(outcome: Outcome, *, dry_run: bool, skip_bad_rows: bool) -> ExitCode:
    """A dry run ends as the import would."""
    if outcome.stopped:
        return ExitCode.CHANGED
    would_be_recorded = outcome.recorded or (dry_run and outcome.project is not None)
    if outcome.problems and not (skip_bad_rows and would_be_recorded):
        return ExitCode.BAD_INPUT
    return ExitCode.OK


def _show(outcome: Outcome, *, dry_run: bool) -> None:
    _show_problems(outcome)
    if outcome.stopped:
        title = "Rows that differ from what was recorded of them"
        _show_rows(title, described(outcome, dry_run=dry_run)["changed"])
    else:
        _show_corrections(outcome)
    _show_rows(
        "Recorded rows that are not in these files (they stay recorded)",
        described(outcome, dry_run=dry_run)["missing"],
    )
    summary = table(
        f"Import of {outcome.registration_number or 'a project'}",
        ("new", "same", "changed", "refused", "missing", "events"),
        numbers=("new", "same", "changed", "refused", "missing", "events"),
    )
    changed = len(outcome.changed) if outcome.stopped else outcome.corrected
    counts = (outcome.new, outcome.same, changed, outcome.refused)
    summary.add_row(*map(str, (*counts, len(outcome.missing), outcome.events)))
    results().print(summary)
    note(_verdict(outcome, dry_run=dry_run))


def _verdict(outcome: Outcome, *, dry_run: bool) -> str:
    if outcome.stopped:
        return (
            "nothing was recorded: rows differ from what was recorded of them; to correct them, "
            'add --update --reason "why"'
        )
    if outcome.recorded:
        done = [f"{outcome.new} new rows"] if outcome.new else []
        done += [f"{outcome.corrected} corrected"] if outcome.corrected else []
        return f"recorded: {', '.join(done)}" if done else "nothing new to record"
    if dry_run and outcome.project is not None:
        return "dry run: nothing was recorded"
    return "nothing was recorded: correct the rows above, or record the others by --skip-bad-rows"


def _show_problems(outcome: Outcome) -> None:
    if not outcome.problems:
        return
    shown = table("Problems", ("file", "row", "column", "found", "expected"), numbers=("row",))
    for problem in outcome.problems[:SHOWN_MAX]:
        row = "" if problem.row is None else str(problem.row)
        where = problem.cell or problem.file
        shown.add_row(where, row, problem.column or "", problem.found, problem.expected)
    results().print(shown)
    _say_rest(len(outcome.problems), "problems")


def _show_corrections(outcome: Outcome) -> None:
    """Each changed column; of columns that hold persons only that it changed."""
    lines = [
        (outcome.names[row.table], str(row.row), row.row_id, change)
        for row in outcome.changed
        for change in row.changes
    ]
    if not lines:
        return
    columns = ("file", "row", "id", "column", "was", "is")
    shown = table("Rows that are corrected", columns, numbers=("row",))
    for file, row, row_id, change in lines[:SHOWN_MAX]:
        values = (change.old or "(personal)", change.new or "(personal)")
        shown.add_row(file, row, row_id, change.column, *values)
    results().print(shown)
    _say_rest(len(lines), "changes")


def _show_rows(title: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    shown = table(title, ("file", "row", "id"), numbers=("row",))
    for row in rows[:SHOWN_MAX]:
        shown.add_row(row["file"], str(row.get("row", "")), row["id"])
    results().print(shown)
    _say_rest(len(rows), "rows")


def _say_rest(count: int, what: str) -> None:
    if count > SHOWN_MAX:
        results().print(f"… and {count - SHOWN_MAX} more {what}; --json lists all")
