"""The charts of a project show its figures, at a point of both times and as the fold keeps them."""

from datetime import date
from decimal import Decimal
from itertools import accumulate

import pytest

from domain.project import Registered
from projections import budget_query, indicator_query
from projections.reading import consistent
from service.charts.project_charts import (
    indicators_of,
    items_of,
    persons_of,
    project_charts,
    spending_of,
)
from service.wording.wording import Wording
from tests.end_to_end.running import Imported

Read = tuple[Registered, list[budget_query.BudgetLine], indicator_query.Progress, date]
VIEWS = list(dict.fromkeys((*budget_query.VIEWS, *indicator_query.VIEWS)))
POINTS = [None, date(2017, 9, 15), date(2023, 11, 1)]


def read(project: Imported, as_of: date | None) -> Read:
    """What the charts are made from; without a day as a page reads it, from the summaries."""
    facts = project.report(as_of).facts
    now = (facts.as_of, facts.known_at)
    point = now if as_of else None
    services = project.services
    with consistent(services.pool, project.tenant, VIEWS) as connection:
        lines = budget_query.budget_lines(connection, project.project, point, now)
        progress = indicator_query.progress(connection, project.project, point, now)
    return facts.act, lines, progress, facts.as_of


@pytest.fixture(params=["opz", "opz-plus"])
def project(request: pytest.FixtureRequest, seed: Imported, seed_plus: Imported) -> Imported:
    return {"opz": seed, "opz-plus": seed_plus}[request.param]


@pytest.mark.parametrize("as_of", POINTS)
def test_charts_show_the_figures(project: Imported, as_of: date | None) -> None:
    if as_of and as_of < project.report().facts.act.start:
        as_of = None
    act, lines, progress, day = read(project, as_of)
    figures = project.figures(as_of)
    by_item = figures["budget_by_item"].values()

    amounts = [(str(i.budget), str(i.recorded), str(i.approved)) for i in items_of(lines)]
    assert amounts == [(i["budget"], i["recorded"], i["approved"]) for i in by_item]

    spending = spending_of(act, lines, day)
    known = [point for point in spending.points if point.recorded is not None]
    assert len(known) == sum(period.start <= day for period in act.periods)
    recorded = known[-1].recorded or Decimal(0)
    assert recorded + spending.recorded_outside == sum(Decimal(i["recorded"]) for i in by_item)
    assert known[-1].approved == sum(Decimal(i["approved"]) for i in by_item)
    assert str(spending.points[-1].plan) == str(spending.budget) == figures["direct_budget"]

    shown = [(one.target, one.achieved) for one in indicators_of(act, progress)]
    assert shown == [(i["target"], i["achieved"]) for i in figures["indicators"].values()]

    rules = project.services.programmes.of(act.rule_set)
    persons = persons_of(act, rules, progress, day)
    totals = [one.women + (one.men or 0) for one in persons if one.women is not None]
    counted = list(accumulate(figures["participants"]["counted_by_period"].values()))
    assert totals == counted[: len(totals)]
    assert set(counted[len(totals) :]) <= {counted[len(totals) - 1]}


def test_a_page_and_a_report_of_the_same_day_show_the_same_charts(project: Imported) -> None:
    wording = Wording("cs")
    rules = project.services.programmes.of(project.report().facts.act.rule_set)
    day = project.report().facts.as_of
    charts = [
        project_charts(act, rules, lines, progress, shown, wording)
        for act, lines, progress, shown in (read(project, None), read(project, day))
    ]
    assert charts[0] == charts[1]
    assert [chart.name for chart in charts[0]] == [
        "indicator_progress",
        "spending_over_time",
        "spending_by_item",
        "participants_over_time",
    ]
    act, lines, progress, _ = read(project, act_middle(project))
    assert project_charts(act, rules, lines, progress, day, wording) != charts[0], "control"


def act_middle(project: Imported) -> date:
    """A day in the middle of the project."""
    act = project.report().facts.act
    return act.start + (act.end - act.start) / 2
