"""`grantledger report figures|budget|indicators|claims|findings`: at a point of both times."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import click

from service.cli.figure_tables import (
    show_budget,
    show_claims,
    show_figures,
    show_findings,
    show_indicators,
)
from service.cli.output import notes, write_json
from service.cli.session import (
    as_of_option,
    json_option,
    known_at_option,
    language_option,
    project_option,
    session,
    tenant_option,
    told_by,
)
from service.finding_words import findings_in_words
from service.reports import Point, Report, Reports
from service.wording.wording import Language, Wording

EPILOG = """\b
Examples:
  grantledger report figures --project CZ.03.2.63/0.0/0.0/15_023/0000850
  grantledger report figures --project … --as-of 2017-03-31 --json
  grantledger report figures --project … --known-at 2017-05-02T09:00 --json
  grantledger report findings --project … --language cs"""
Command = Callable[..., None]


@click.group(epilog=EPILOG)
def report() -> None:
    """What the ledger says about a project."""


def _options(command: Command) -> Command:
    for option in (tenant_option, json_option, known_at_option, as_of_option, project_option):
        command = option(command)
    return command


def read_report(
    tenant: UUID | None,
    number: str,
    as_of: date | None,
    known_at: int | datetime | None,
    figures_of: Callable[[Reports, UUID, Point], Report] = Reports.figures,
) -> Report:
    """The report of the project with this number."""
    with session(tenant) as opened, notes().status("reading"), told_by(number):
        reports = opened.reports
        return figures_of(reports, reports.project(number), Point(as_of, known_at))


@report.command(epilog=EPILOG)
@_options
def figures(
    number: str,
    as_of: date | None,
    known_at: int | datetime | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """All figures of a project; --json gives each its address for `explain`."""
    found = read_report(tenant, number, as_of, known_at)
    if as_json:
        write_json(found.figures.written())
    else:
        show_figures(number, found)


@report.command()
@_options
def budget(
    number: str,
    as_of: date | None,
    known_at: int | datetime | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Budget, spending and what was approved, by item."""
    found = read_report(tenant, number, as_of, known_at, Reports.figures_of_money)
    written: dict[str, Any] = found.figures.written()
    if as_json:
        names = ("total_eligible_budget", "direct_budget", "flat_budget", "budget_by_item")
        write_json({name: written[name] for name in names})
    else:
        show_budget(number, found)


@report.command()
@_options
def indicators(
    number: str,
    as_of: date | None,
    known_at: int | datetime | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Indicators: target, achieved, by monitoring period."""
    found = read_report(tenant, number, as_of, known_at)
    if as_json:
        written: dict[str, Any] = found.figures.written()
        write_json({name: written[name] for name in ("indicators", "common_indicators")})
    else:
        show_indicators(number, found)


@report.command(epilog=EPILOG)
@_options
def claims(
    number: str,
    as_of: date | None,
    known_at: int | datetime | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Payment claims: declared, approved, shares and payments; what is still due."""
    found = read_report(tenant, number, as_of, known_at, Reports.figures_of_money)
    if as_json:
        written: dict[str, Any] = found.figures.written()
        write_json({name: written[name] for name in ("claims", "settlement")})
    else:
        show_claims(number, found)


@report.command(epilog=EPILOG)
@_options
@language_option
def findings(
    number: str,
    as_of: date | None,
    known_at: int | datetime | None,
    language: Language,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Documents that break a grant rule, what the rule means, and what would resolve it."""
    report = read_report(tenant, number, as_of, known_at, Reports.figures_of_money)
    wording = Wording(language)
    found = findings_in_words(report.facts.of["finding"], report.rules, wording)
    if as_json:
        items = [
            {
                "document": one.document,
                "code": one.code,
                "blocking": one.blocking,
                "since": one.since.isoformat(),
                **one.rule._asdict(),
            }
            for one in found
        ]
        write_json({"findings": items})
    else:
        show_findings(number, found, wording)
