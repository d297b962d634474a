"""Importing from the command line: `import project` and `demo` do the same."""

from dataclasses import dataclass
from pathlib import Path

from service.cli.output import notes, progress
from service.cli.session import Session
from service.commands.work import Work
from service.importing.known_documents import documents_of
from service.importing.order import Order
from service.importing.run import Outcome, import_project
from service.intake.project_source import read_source


@dataclass(frozen=True)
class ImportSettings:
    """How files are to be imported; with a `reason` rows that changed are corrected."""

    encoding: str | None = None
    dry_run: bool = False
    skip_bad_rows: bool = False
    reason: str | None = None


def record_source(session: Session, path: Path, settings: ImportSettings) -> Outcome:
    """Reads, checks and records a folder or workbook, and brings the views up to date."""
    with notes().status("reading and checking"):
        intake = read_source(path, encoding=settings.encoding)
    services, tenant = session.services, session.tenant
    work = Work(services.ledger(tenant), services.vault, services.programmes, session.actor)
    with progress("recording", "rows") as report:
        order = Order(
            dry_run=settings.dry_run,
            skip_bad_rows=settings.skip_bad_rows,
            documents=documents_of(services, tenant),
            progress=report,
            reason=settings.reason,
        )
        outcome = import_project(work, intake, order)
    if outcome.recorded:
        with notes().status("building the views"):
            services.runner.catch_up(tenant)
    return outcome
