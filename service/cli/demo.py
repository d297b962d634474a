"""`grantledger demo`: a whole project in a database of its own, in one command.

Its files (report, workbook, what the ministry's systems take) lie in `demo-output` of its home.
"""

import os
import shlex
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import click

from service.cli.figure_tables import show_figures
from service.cli.output import note, notes, results, write_json
from service.cli.recording import ImportSettings, record_source
from service.cli.serving import PORT, Listening, serve_until_stopped
from service.cli.session import Session, json_option, session
from service.exchange.catalogue import CATALOGUE
from service.exchange.export import Kind, Order
from service.exchange.making import export_to_folder
from service.reports import Point, Report
from service.settings import Settings, default_home
from service.tokens import create_token
from service.wording.wording import LANGUAGES

USED_BY = "demo"
TOKEN_DAYS = 30
OUTPUT = "demo-output"
PURPOSE = "demonstration of the exports; all people in it are made up"
SERVER_URLS = ("GRANTLEDGER_DATABASE_URL", "GRANTLEDGER_PROJECTOR_URL", "GRANTLEDGER_ADMIN_URL")
EPILOG = """\b
Examples:
  grantledger demo
  grantledger demo --no-serve --json
  grantledger demo --home /tmp/demo --port 8080"""


class Shown(NamedTuple):
    """What a demo has made."""

    home: Path
    project: UUID
    number: str
    token: str
    report: Report
    files: list[Path]


@click.command(epilog=EPILOG)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The demo's folder; default GRANTLEDGER_HOME, else grantledger-demo in your data folder.",
)
@click.option("--no-serve", is_flag=True, help="End when the project is recorded and shown.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@json_option
def demo(home: Path | None, no_serve: bool, port: int, as_json: bool) -> None:
    """Shows a project of 8.5 million CZK: records it, prints its figures, serves its API.

    Everything is kept in a home of its own; the next demo uses it again. Report, workbook and the
    files for the ministry are in its folder demo-output. The token that is printed lets you use
    pages and API for 30 days.
    """
    with session(None, demo_settings(home)) as opened:
        shown = prepare(opened)
        if as_json:
            write_json(_document(shown))
        else:
            show_figures(shown.number, shown.report)
        if no_serve:
            if not as_json:
                _show_next_steps(shown, None)
        else:
            serve_until_stopped(
                opened.services,
                Listening("127.0.0.1", port),
                lambda url: None if as_json else _show_next_steps(shown, url),
            )


def demo_settings(home: Path | None) -> Settings:
    """The embedded database in the demo's own home, whatever server is configured."""
    environ = {name: value for name, value in os.environ.items() if name not in SERVER_URLS}
    if home is None and not environ.get("GRANTLEDGER_HOME"):
        home = default_home(environ).with_name("grantledger-demo")
    if home is not None:
        environ["GRANTLEDGER_HOME"] = str(home.absolute())
        environ.pop("GRANTLEDGER_KEY_FILE", None)
    return Settings.from_environment(environ)


def prepare(session: Session) -> Shown:
    """Records the project that comes with the program (once), reads its figures, makes a token."""
    with as_file(files("service").joinpath("demo_data", "seed-project")) as folder:
        outcome = record_source(session, folder, ImportSettings())
    assert outcome.project is not None, "the package's own files are readable"
    assert outcome.registration_number is not None
    if outcome.recorded:
        note(f"{outcome.new} rows recorded now, {outcome.same} were recorded before")
    else:
        note("the project was recorded from other files; it is shown as it stands")
    report = session.reports.figures(outcome.project, Point())
    expires = datetime.now(UTC) + timedelta(days=TOKEN_DAYS)
    token = create_token(session.services.pool, session.tenant, session.user, USED_BY, expires)
    home = session.services.settings.home
    with notes().status("writing report, workbook and exports"):
        made = written(session, outcome.project, home / OUTPUT)
    return Shown(home, outcome.project, outcome.registration_number, token, report, made)


def written(session: Session, project: UUID, folder: Path) -> list[Path]:
    """The files of every export of the project, in each language that it has."""
    return [
        folder / file.name
        for kind in CATALOGUE
        for order in _orders(session, project, kind)
        for file in export_to_folder(session.services, session.tenant, kind, order, folder).files
    ]


def _orders(session: Session, project: UUID, kind: Kind) -> list[Order]:
    purpose = PURPOSE if kind.personal == "required" else None
    return [
        Order(project, session.actor, Point(), None, language, kind.format, purpose)
        for language in (LANGUAGES if kind.in_languages else (None,))
    ]


def _document(shown: Shown) -> dict[str, object]:
    return {
        "home": str(shown.home),
        "project_id": str(shown.project),
        "registration_number": shown.number,
        "token": shown.token,
        "files": list(map(str, shown.files)),
    }


def _show_next_steps(shown: Shown, url: str | None) -> None:
    """What to open; the token is shown here and nowhere else."""
    lines = [
        "",
        "What to try:",
        f"  export GRANTLEDGER_HOME={shlex.quote(str(shown.home))}",
        f"  grantledger report budget --project {shown.number}",
        f"  grantledger explain /settlement/balance --project {shown.number}",
        f"  grantledger report audit --project {shown.number}",
        "Report, workbook and exports:",
        *(f"  {file}" for file in shown.files),
    ]
    if url is None:
        lines += ["  grantledger serve", f"Token for pages and API: {shown.token}"]
    else:
        project = f"{url}/v1/projects/{shown.project}/reports/figures"
        lines += [
            f"  {url}/  (sign in with the token)",
            f"  {url}/docs",
            f"  curl -H 'Authorization: Bearer {shown.token}' {project}",
            "Ctrl-C ends it.",
        ]
    results().print("\n".join(lines), soft_wrap=True)
