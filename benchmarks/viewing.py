"""Rebuilds against set-based SQL into tables like theirs, and the report of figures.

`indicator_progress` has no reference: it counts sealed persons, whom no SQL can read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import psycopg

from benchmarks.importing import Imported
from benchmarks.measure import Line, by_turns, medians, noted, seconds
from benchmarks.set_based import AUDIT, BUDGET, differing, fill, prepare
from projections.facts_in_force import VIEWS
from projections.generation import live_generation
from projections.projection import Projection
from projections.reading import consistent
from service.reports import Point, Reports

STATEMENTS = {"budget_spend": BUDGET, "audit_trail": AUDIT}


@dataclass(frozen=True)
class Views:
    """The views of one import and the tables of the reference beside them."""

    imported: Imported

    def rebuild(self, projection: Projection) -> float:
        """Seconds to build it anew and to switch."""
        with noted(f"rebuild of {projection.name}"):
            return seconds(lambda: self.imported.services.runner.rebuild(projection.name))

    def set_based(self, projection: Projection) -> float:
        """Seconds for SQL to fill the same tables; proves that it filled them with the same."""
        urls = self.imported.services.urls
        with psycopg.connect(str(urls.admin), autocommit=True) as admin:
            admin.execute("CREATE SCHEMA IF NOT EXISTS reference")
            admin.execute("GRANT ALL ON SCHEMA reference TO grantledger_projector")
            with psycopg.connect(urls.projector, autocommit=True) as projector:
                live = live_generation(projector, projection)
                assert live is not None
                prepare(projector, projection, live[0])
                run = partial(fill, projector, STATEMENTS[projection.name], self.imported.tenant)
                took = seconds(run)
            assert not (found := differing(admin, projection, live[0])), found
        return took


def measure_rebuilds(imported: Imported, repeats: int) -> list[Line]:
    """A line a projection."""
    views = Views(imported)
    variants: dict[str, Callable[[], float]] = {}
    for projection in imported.services.projections:
        variants[projection.name] = partial(views.rebuild, projection)
        if projection.name in STATEMENTS:
            variants[f"{projection.name}, SQL"] = partial(views.set_based, projection)
    found = medians(by_turns(variants, repeats))
    return [
        Line(
            f"rebuild of `{projection.name}`",
            imported.events / found[projection.name],
            "events/s",
            "set-based SQL, rows in force only" if projection.name in STATEMENTS else "",
            imported.events / found[f"{projection.name}, SQL"]
            if projection.name in STATEMENTS
            else None,
        )
        for projection in imported.services.projections
    ]


def measure_report(imported: Imported, repeats: int) -> Line:
    """`report figures` of the whole project, in the process, against one SELECT of its rows."""
    reports = Reports(imported.services, imported.tenant)
    project = UUID(imported.process["project"])
    reports.bring_up_to_date()

    def figures() -> float:
        with noted("report figures"):
            return seconds(lambda: reports.figures(project, Point()).figures.written())

    variants = {
        "figures": figures,
        "select": lambda: seconds(lambda: _select(imported, project)),
    }
    found = medians(by_turns(variants, 3 * repeats))
    return Line(
        "`report figures`",
        found["figures"] * 1e3,
        "ms",
        "one SELECT that adds up the same rows",
        found["select"] * 1e3,
        less_is_better=True,
    )


def _select(imported: Imported, project: UUID) -> object:
    """One statement that reads every row the figures are made of, in the server."""
    counts = ", ".join(
        f"(SELECT count(v) FROM views.{view} AS v WHERE project_id = %(project)s"
        f" AND to_position IS NULL)"
        for view in VIEWS
    )
    with consistent(imported.services.pool, imported.tenant, VIEWS) as connection:
        return connection.execute(f"SELECT {counts}".encode(), {"project": project}).fetchone()
