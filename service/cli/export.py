"""`grantledger export`: files for the ministry, the auditor and the desk, written to a folder."""

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from service.cli.output import amount, note, notes, results, table, write_json
from service.cli.session import (
    as_of_option,
    json_option,
    known_at_option,
    project_option,
    session,
    tenant_option,
    told_by,
)
from service.exchange.catalogue import CATALOGUE, kind_of
from service.exchange.export import Export, Order, Remark
from service.exchange.making import export_to_folder
from service.reports import Point
from service.wording.wording import LANGUAGES, Language, Wording

RECORDS_SHOWN_MAX = 5
FORMATS = sorted({kind.format for kind in CATALOGUE if kind.format})
EPILOG = """\b
Examples:
  grantledger export sd2 --project CZ.03.02.02/00/22_018/0001234 --to FOLDER --claim 2
  grantledger export sd2 --project CZ.03.2.63/0.0/0.0/15_023/0000850 --to FOLDER --format ms2021
  grantledger export is-esf --project … --to FOLDER --purpose "hand in the report of period 2"

\b
Kinds:
""" + "\n".join(f"  {kind.name:<10} {Wording('en').text(kind.title)}" for kind in CATALOGUE)


@click.command(epilog=EPILOG)
@click.argument("kind", type=click.Choice([kind.name for kind in CATALOGUE]))
@project_option
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files are written; made if it is not there.",
)
@as_of_option
@known_at_option
@click.option("--claim", type=click.IntRange(1), help="Only what this claim declares.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of files that people read.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="The ministry's systems of 2021+; to be named for a project of 2014–2020.",
)
@click.option("--purpose", help="Why personal data are read; kept in the log of reads.")
@json_option
@tenant_option
def export(
    kind: str,
    number: str,
    folder: Path,
    as_of: date | None,
    known_at: int | datetime | None,
    claim: int | None,
    language: Language | None,
    file_format: str | None,
    purpose: str | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Writes the files of an export, validated, with their SHA-256.

    The same project, day, position and rules give the same bytes. Whatever could not be written
    as the format demands is in the validation report, never made up.
    """
    with session(tenant) as opened, told_by(number):
        project = opened.reports.project(number)
        point = Point(as_of, known_at)
        order = Order(project, opened.actor, point, claim, language, file_format, purpose)
        with notes().status("writing and validating"):
            made = export_to_folder(opened.services, opened.tenant, kind_of(kind), order, folder)
    if as_json:
        write_json(document(made, folder))
    else:
        _show(made, folder)


def document(made: Export, folder: Path) -> dict[str, Any]:
    """An export for machines; `path` of each file in the folder."""
    found: dict[str, Any] = msgspec.to_builtins(made)
    for file in found["files"]:
        file["path"] = str(folder / file["name"])
    return found


def _show(made: Export, folder: Path) -> None:
    lines = [
        f"{made.kind} of {made.registration_number} as of {made.as_of}, position {made.known_at},"
        f" rules {made.rule_set.name}"
    ]
    for file in made.files:
        counted = f"{amount(file.rows)} rows, {amount(file.size)} bytes"
        lines += [f"{folder / file.name}", f"  {counted}, SHA-256 {file.sha256}"]
    results().print("\n".join(lines), soft_wrap=True)
    _show_remarks(made.remarks)


def _show_remarks(remarks: tuple[Remark, ...]) -> None:
    """What is alike is one line with the first records; --json has each."""
    if not remarks:
        note("validation: no remarks")
        return
    shown = table(
        "Validation", ("", "file", "field", "found", "expected", "records"), numbers=("records",)
    )
    alike = Counter((r.severity, r.file, r.field, r.found, r.expected) for r in remarks)
    for key, count in alike.items():
        severity, file, field, found, expected = key
        records = [
            r.record
            for r in remarks
            if r.record and key == (r.severity, r.file, r.field, r.found, r.expected)
        ]
        named = ", ".join(records[:RECORDS_SHOWN_MAX])
        more = f" … {count} in all" if count > RECORDS_SHOWN_MAX else ""
        shown.add_row(severity, file, field or "", found or "", expected, named + more)
    results().print(shown)
