"""Budget and indicators of a project as tables: by item or indicator, and by period.

Without `as_of` and `known_at` they are of all that is recorded, read from summaries.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta

from projections import budget_query, indicator_query
from projections.budget_query import BudgetLine, Sums
from projections.indicator_query import Progress
from projections.page_query import Row
from projections.project_query import act_of
from service.api.caller import AsCaller, Caller, Snapshot, answer
from service.api.fields import Code, Item, Money, Number, PeriodNumber, Text, decimal_text
from service.api.findings import ACT
from service.api.reports import AsOf, KnownAt, point_of
from service.api.route import ProjectId, read
from service.composition import today

Count = Annotated[int, Meta(examples=[12])]


class SpendingSums(Item, frozen=True, kw_only=True):
    """What became of a budget, CZK: blocked documents have a finding and count nowhere else."""

    recorded: Money
    blocked: Money
    declared: Money
    reduced: Money
    approved: Money


class PeriodSums(SpendingSums, frozen=True, kw_only=True):
    """The sums of one monitoring period."""

    period: PeriodNumber


class BudgetReportLine(SpendingSums, frozen=True, kw_only=True):
    """An item with its sums in all and by period."""

    code: Code
    name: Text
    budget: Money
    remaining: Money
    by_period: list[PeriodSums]


class BudgetReport(Item, frozen=True, kw_only=True):
    """Direct costs by item."""

    items: list[BudgetReportLine]
    total: SpendingSums
    budget: Money
    remaining: Money


class PeriodCount(Item, frozen=True, kw_only=True):
    """What counts in one monitoring period."""

    period: PeriodNumber
    value: Count


class IndicatorLine(Item, frozen=True, kw_only=True):
    """An indicator with its target and what is achieved."""

    code: Code
    name: Text
    unit: Text
    kind: Code
    target: Number
    achieved: Count
    by_period: list[PeriodCount]


class CommonIndicatorLine(Item, frozen=True, kw_only=True):
    """An EU common indicator: counted persons."""

    code: Code
    name: Text
    total: Count
    women: Count
    men: Count


class IndicatorReport(Item, frozen=True, kw_only=True):
    """Indicators with targets, and the EU common indicators."""

    indicators: list[IndicatorLine]
    common_indicators: list[CommonIndicatorLine]


@read(
    "/projects/{project_id:uuid}/reports/budget",
    permission="reports.read",
    operation_id="report_budget",
    summary="Budget and spending by item",
    tags=["reports"],
)
def report_budget(
    caller: AsCaller, project_id: ProjectId, as_of: AsOf = None, known_at: KnownAt = None
) -> Response[BudgetReport]:
    """What was planned, spent, declared and approved, by item and period."""
    point = _point(caller, as_of, known_at)
    with caller.reading(project_id, budget_query.VIEWS) as snapshot:
        lines = budget_query.budget_lines(
            snapshot.connection, project_id, point, (today(), snapshot.position)
        )
    total = budget_query.total([line.sums for line in lines])
    budget = sum((line.budget for line in lines), budget_query.NO_MONEY)
    content = BudgetReport(
        items=[_budget_line(line) for line in lines],
        total=SpendingSums(**_sums(total)),
        budget=decimal_text(budget),
        remaining=decimal_text(budget - total.recorded),
    )
    return answer(content, point[1] if point else snapshot.position)


@read(
    "/projects/{project_id:uuid}/reports/indicators",
    permission="reports.read",
    operation_id="report_indicators",
    summary="Indicators by period",
    tags=["reports"],
)
def report_indicators(
    caller: AsCaller, project_id: ProjectId, as_of: AsOf = None, known_at: KnownAt = None
) -> Response[IndicatorReport]:
    """What each indicator reached, by period; persons are counted once a project."""
    point = _point(caller, as_of, known_at)
    with caller.reading(project_id, indicator_query.VIEWS) as snapshot:
        found = indicator_query.progress(
            snapshot.connection, project_id, point, (today(), snapshot.position)
        )
        content = _indicators(caller, snapshot, project_id, found)
    return answer(content, point[1] if point else snapshot.position)


def _point(caller: Caller, as_of: date | None, known_at: str | None) -> tuple[date, int] | None:
    if as_of is None and known_at is None:
        return None
    return caller.reports.resolved(point_of(as_of, known_at))


def _sums(sums: Sums) -> dict[str, str]:
    return {name: decimal_text(value) for name, value in zip(sums._fields, sums, strict=True)}


def _budget_line(line: BudgetLine) -> BudgetReportLine:
    return BudgetReportLine(
        code=line.code,
        name=line.name,
        budget=decimal_text(line.budget),
        remaining=decimal_text(line.budget - line.sums.recorded),
        by_period=[
            PeriodSums(period=period, **_sums(sums)) for period, sums in line.by_period.items()
        ],
        **_sums(line.sums),
    )


def _indicators(
    caller: Caller, snapshot: Snapshot, project: UUID, found: Progress
) -> IndicatorReport:
    act = act_of(snapshot.rows(ACT, {"project": project})[0])
    rules = caller.services.programmes.of(act.rule_set)
    periods = [period.number for period in act.periods]
    women, men = rules.codes.sex_women, rules.codes.sex_men
    common = [
        CommonIndicatorLine(
            code=one.code,
            name=one.name,
            total=found.value(one.code),
            women=found.value(one.code, sex=women),
            men=found.value(one.code, sex=men),
        )
        for one in rules.common_indicators
    ]
    lines = [_indicator_line(found, target, periods) for target in found.targets]
    return IndicatorReport(indicators=lines, common_indicators=common)


def _indicator_line(found: Progress, target: Row, periods: list[int]) -> IndicatorLine:
    achieved = found.achieved(target, periods)
    return IndicatorLine(
        code=target["code"],
        name=target["name"],
        unit=target["unit"],
        kind=target["kind"],
        target=decimal_text(target["target"]),
        achieved=sum(achieved.values()),
        by_period=[PeriodCount(period=number, value=value) for number, value in achieved.items()],
    )
