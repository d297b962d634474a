"""The four charts of a project, from the sums by item and period and the counts by period.

Pages take them as the fold keeps them, reports at their point of both times: `budget_query` and
`indicator_query` give either, and the charts add nothing up but periods.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from domain.money import round_money
from domain.project import Registered
from domain.rule_set import RuleSet
from projections.budget_query import BudgetLine
from projections.indicator_query import Progress
from projections.indicator_tables import PERSONS
from service.charts.chart import Chart
from service.charts.indicator_progress import Indicator, indicator_progress
from service.charts.participants_over_time import Persons, participants_over_time
from service.charts.spending_by_item import Item, spending_by_item
from service.charts.spending_over_time import Spending, Spent, spending_over_time
from service.wording.wording import Wording

NOTHING = Decimal("0.00")


def project_charts(
    act: Registered,
    rules: RuleSet,
    lines: Sequence[BudgetLine],
    progress: Progress,
    as_of: date,
    wording: Wording,
) -> tuple[Chart, ...]:
    """Indicators, spending over time, spending by item, participants over time."""
    targets = [row["target"] for row in progress.targets if row["counts"] == "participants"]
    return (
        indicator_progress(indicators_of(act, progress), wording),
        spending_over_time(spending_of(act, lines, as_of), wording),
        spending_by_item(items_of(lines), wording),
        participants_over_time(
            persons_of(act, rules, progress, as_of), targets[0] if targets else None, wording
        ),
    )


def indicators_of(act: Registered, progress: Progress) -> list[Indicator]:
    """What each indicator achieved in the periods of the project."""
    numbers = [period.number for period in act.periods]
    return [
        Indicator(row["name"], row["target"], sum(progress.achieved(row, numbers).values()))
        for row in progress.targets
    ]


def items_of(lines: Sequence[BudgetLine]) -> list[Item]:
    """The items by code and name."""
    return [
        Item(f"{one.code} {one.name}", one.budget, one.sums.recorded, one.sums.approved)
        for one in lines
    ]


def spending_of(act: Registered, lines: Sequence[BudgetLine], as_of: date) -> Spending:
    """Sums up to each period: recorded by the period of payment, approved by that of the claim.

    What is recorded by then but paid in no period that has begun is outside.
    """
    budget = sum((one.budget for one in lines), NOTHING)
    days = (act.end - act.start).days + 1
    recorded = approved = NOTHING
    points: list[Spent] = []
    for period in act.periods:
        sums = [one.by_period[period.number] for one in lines if period.number in one.by_period]
        recorded += sum((one.recorded for one in sums), NOTHING)
        approved += sum((one.approved for one in sums), NOTHING)
        plan = round_money(budget * ((period.end - act.start).days + 1) / days)
        begun = period.start <= as_of
        points.append(Spent(period, plan, recorded if begun else None, approved if begun else None))
    paid = [point.recorded for point in points if point.recorded is not None]
    whole = sum((one.sums.recorded for one in lines), NOTHING)
    return Spending(act.start, budget, points, whole - (paid[-1] if paid else NOTHING))


def persons_of(act: Registered, rules: RuleSet, progress: Progress, as_of: date) -> list[Persons]:
    """Women and men counted up to each period."""
    women = men = 0
    found: list[Persons] = []
    for period in act.periods:
        women += progress.value(PERSONS, period=period.number, sex=rules.codes.sex_women)
        men += progress.value(PERSONS, period=period.number, sex=rules.codes.sex_men)
        begun = period.start <= as_of
        found.append(Persons(period.number, women if begun else None, men if begun else None))
    return found
