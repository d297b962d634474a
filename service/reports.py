"""Reports of a project: brought up to date, read in one snapshot, at a point of both times."""

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from domain.rule_set import RuleSet
from projections.collector import collector_paused
from projections.derivation import Figures
from projections.facts_in_force import MONEY, VIEWS, FactsInForce, UnknownProject, facts_in_force
from projections.figures import figures, figures_of_money
from projections.position import is_current
from projections.provenance import explanation
from projections.reading import consistent
from projections.runner import ProjectionStopped
from service.composition import Services, today
from service.importing.import_run import is_importing
from service.store.database import in_tenant
from service.store.keys import VaultClosed
from service.store.tenant_keys import CLOSED

POSITION_AT = """SELECT coalesce(max(position), 0) FROM ledger.event
    WHERE tenant_id = %(tenant)s AND recorded_at <= %(time)s"""
PROJECT_BY_NUMBER = """SELECT stream_id FROM views.audit_stream
    WHERE kind = 'project' AND reference = %(number)s AND to_position IS NULL"""


class ProjectImporting(Exception):
    """An import of the project has begun and not ended: its figures would be of a part."""


class UnknownFigure(Exception):
    """The report has no figure at this address."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of both times: `as_of` = what had happened, `known_at` = what the ledger knew.

    None: today, and the last position.
    """

    as_of: date | None = None
    known_at: int | datetime | None = None


@dataclass(frozen=True)
class Report:
    """Figures with the point they were asked at, and the rules that they follow."""

    facts: FactsInForce
    rules: RuleSet
    figures: Figures


class Reports:
    """The reports of one tenant."""

    def __init__(self, services: Services, tenant: UUID) -> None:
        self.services, self.tenant = services, tenant

    def project(self, registration_number: str) -> UUID:
        """The project with this registration number. Raises UnknownProject."""
        self.bring_up_to_date(("audit_stream",))
        values = {"number": registration_number}
        rows = in_tenant(self.services.pool, self.tenant, PROJECT_BY_NUMBER, values)
        if not rows:
            raise UnknownProject(registration_number)
        return rows[0][0]

    def figures(self, project: UUID, point: Point) -> Report:
        """All figures. Raises UnknownProject, ProjectImporting."""
        return self._report(project, point, VIEWS, figures)

    def figures_of_money(self, project: UUID, point: Point) -> Report:
        """Those that need no person. Raises UnknownProject, ProjectImporting."""
        return self._report(project, point, MONEY, figures_of_money)

    def readable(self, project: UUID, point: Point) -> Report:
        """All figures; those of money where the vault is closed."""
        closed = self.services.vault.closed
        return self.figures_of_money(project, point) if closed else self.figures(project, point)

    def explain(self, project: UUID, pointer: str, point: Point) -> dict[str, Any]:
        """A figure, its value and its derivation down to events. Raises UnknownFigure."""
        return self.explained(self.readable(project, point), pointer)

    def explained(self, report: Report, pointer: str) -> dict[str, Any]:
        """The same of figures at hand. Raises UnknownFigure."""
        if pointer not in report.figures.leaves:
            if self.services.vault.closed:
                raise VaultClosed(CLOSED)
            raise UnknownFigure(pointer)
        with self.services.pool.connection() as connection, connection.transaction():
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant)])
            return explanation(connection, self.tenant, report.figures, pointer)

    @contextmanager
    def reading(
        self,
        project: UUID | None,
        more_views: Sequence[str] = (),
        figures_of: Sequence[str] = VIEWS,
    ) -> Generator[Connection[Any]]:
        """A snapshot of the views of the figures and of others. Raises ProjectImporting."""
        if project is not None and is_importing(self.services.pool, self.tenant, project):
            raise ProjectImporting(str(project))
        views = list(dict.fromkeys((*figures_of, *more_views)))
        self.bring_up_to_date(views)
        with consistent(self.services.pool, self.tenant, views) as connection:
            yield connection

    def bring_up_to_date(self, views: Collection[str] | None = None) -> None:
        """Waits until the views (None: all) are where the log is now; works when nobody else does.

        Raises VaultClosed where a view needs persons and the ledger was restored without them.
        """
        services = self.services
        projections = services.projections if views is None else services.showing(views)
        with services.pool.connection() as connection:
            current = is_current(connection, self.tenant, projections)
        if current:
            return
        try:
            services.runner.catch_up(self.tenant, projections)
        except ProjectionStopped:
            if services.vault.closed:
                raise VaultClosed(CLOSED) from None
            raise

    def rows(self, project: UUID, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows of a query over the views, with the project among its values."""
        with (
            self.reading(project) as connection,
            connection.cursor(row_factory=dict_row, binary=True) as cursor,
        ):
            cursor.execute(query.encode(), {"project": project, **values})
            return cursor.fetchall()

    def _report(
        self,
        project: UUID,
        point: Point,
        views: Sequence[str],
        figures_of: Callable[[FactsInForce, RuleSet], Figures],
    ) -> Report:
        with collector_paused():
            with self.reading(project, figures_of=views) as connection:
                known_at = self.resolved(point)[1]
                facts = facts_in_force(connection, project, point.as_of, known_at, today(), views)
            rules = self.services.programmes.of(facts.act.rule_set)
            return Report(facts, rules, figures_of(facts, rules))

    def resolved(self, point: Point) -> tuple[date, int]:
        """The day and the position that a point stands for."""
        return point.as_of or today(), self._position(point.known_at)

    def _position(self, known_at: int | datetime | None) -> int:
        if known_at is None:
            return self.services.ledger(self.tenant).head()
        if isinstance(known_at, int):
            return known_at
        values = {"tenant": self.tenant, "time": known_at}
        return in_tenant(self.services.pool, self.tenant, POSITION_AT, values)[0][0]
