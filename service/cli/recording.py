"""Importing from the command line: `import project` and `demo` do the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from service.cli.output import notes, progress
from service.cli.session import Session
from service.commands.work import Work
from service.importing.run import Order, Outcome, import_project
from service.intake.project_source import read_source
from service.store.database import in_tenant

# The views keep each document by the projects that bear a part of it.
DOCUMENTS = """SELECT DISTINCT document_id FROM views.spend
    WHERE project_id = %(project)s AND to_position IS NULL"""


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

    def documents(project: UUID) -> Sequence[UUID]:
        services.runner.catch_up(tenant)
        rows = in_tenant(services.pool, tenant, DOCUMENTS, {"project": project})
        return [document for (document,) in rows]

    work = Work(services.ledger(tenant), services.vault, services.programmes, session.actor)
    with progress("recording", "rows") as report:
        order = Order(settings.dry_run, settings.skip_bad_rows, documents, report, settings.reason)
        outcome = import_project(work, intake, order)
    if outcome.recorded:
        with notes().status("building the views"):
            services.runner.catch_up(tenant)
    return outcome
