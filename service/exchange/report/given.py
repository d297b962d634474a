"""What the sections of a report are made from: read once, at the report's point of both times."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_interval

from projections import budget_query, indicator_query
from projections.activity_query import ACTIVITIES_AT, OUTPUTS_AT
from projections.facts_in_force import Row
from projections.indicator_query import Progress
from service.charts.chart import Chart
from service.charts.drawing import svg
from service.charts.project_charts import project_charts
from service.exchange.export import Source
from service.exchange.report.document import Picture
from service.wording.wording import LOCALES, Wording

VIEWS = (*budget_query.VIEWS, *indicator_query.VIEWS, "support")
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Given:
    """`figures`: as `report figures` writes them; `charts` by name."""

    source: Source
    figures: Mapping[str, Any]
    progress: Progress
    charts: Mapping[str, Chart]
    activities: list[Row]
    outputs: list[Row]

    @property
    def wording(self) -> Wording:
        """The words of the report's language."""
        return self.source.wording

    def text(self, key: str, **values: object) -> str:
        """A text of the area `report`."""
        return self.wording.text(f"report.{key}", **values)

    def day(self, value: date | None) -> str:
        """A day that no line break divides."""
        return self.wording.day(value).replace(" ", NO_BREAK) if value else self.text("none")

    def days(self, start: date, end: date) -> str:
        """From a day to a day: `16.–17. 6. 2016`, `16–17 Jun 2016`."""
        locale = LOCALES[self.wording.language]
        written = format_interval(start, end, "yMMMd", locale=locale)
        return re.sub(r"\s", NO_BREAK, written)

    def money(self, value: str | None) -> str:
        """An amount as the figures have it; none where nothing was paid."""
        return self.text("none") if value is None else self.wording.money(value)

    def czk(self, value: str | Decimal) -> str:
        """An amount with its currency."""
        return self.text("card.money", amount=self.wording.money(value))

    def percent(self, value: Decimal | None) -> str:
        """A percentage, none without a whole."""
        if value is None:
            return self.text("none")
        return self.wording.text("charts.percent", value=self.wording.number(value))

    def rate(self, fraction: Decimal) -> str:
        """A rate of the legal act as a percentage."""
        return self.percent(fraction * 100)

    def picture(self, name: str) -> Picture:
        """A chart, in colours of print."""
        chart = self.charts[name]
        drawn = svg(chart, "print", self.wording.language)
        return Picture(chart.title, chart.alternative, drawn)


def given(source: Source) -> Given:
    """Reads everything."""
    point = (source.as_of, source.known_at)
    project, connection = source.order.project, source.connection
    lines = budget_query.budget_lines(connection, project, point, point)
    progress = indicator_query.progress(connection, project, point, point)
    charts = project_charts(source.act, source.rules, lines, progress, source.as_of, source.wording)
    return Given(
        source=source,
        figures=source.figures.written(),
        progress=progress,
        charts={chart.name: chart for chart in charts},
        activities=list(source.rows(ACTIVITIES_AT)),
        outputs=list(source.rows(OUTPUTS_AT)),
    )
