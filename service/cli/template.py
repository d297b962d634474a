"""`grantledger template FOLDER|FILE.xlsx`."""

from pathlib import Path

import click

from service.cli.output import note
from service.programmes import Programmes
from service.templates.content import TO_DO
from service.templates.folder import write_folder
from service.templates.workbook import write_workbook

EPILOG = """\b
Examples:
  grantledger template ./my-project.xlsx
  grantledger template ./my-project"""


@click.command(epilog=EPILOG)
@click.argument("target", metavar="FOLDER|FILE.xlsx", type=click.Path(path_type=Path))
def template(target: Path) -> None:
    """Writes an empty set of a project's spreadsheets, to be filled in and imported.

    A name that ends in .xlsx is a workbook with drop-downs, any other a folder of CSV files. Each
    table has its headings and one example row, which the import refuses to record; columns and
    lists of codes are explained beside the tables. Needs no database.
    """
    if target.exists():
        raise click.BadParameter(f"{target} exists; nothing was written", param_hint="TARGET")
    if target.suffix.casefold() == ".xlsx":
        write_workbook(target, Programmes())
    else:
        write_folder(target, Programmes())
    click.echo(target)
    note(TO_DO)
    note(f"Then: grantledger import project {target} --dry-run")
