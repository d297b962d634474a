"""The charts of a project as images: of one point of both times, so a browser may keep them."""

from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter

from domain.project import Registered
from domain.rule_set import RuleSet
from projections import budget_query, indicator_query
from projections.facts_in_force import UnknownProject
from projections.indicator_query import Progress
from projections.overview_query import Overview, act_at
from service.api.caller import AsCaller
from service.api.route import ProjectId, read
from service.charts.chart import Chart
from service.charts.drawing import svg
from service.charts.project_charts import project_charts
from service.charts.themes import Theme
from service.pages.addresses import address, project_path
from service.pages.rendering import HEADERS
from service.wording.wording import Language, Wording

MONEY = ("spend_project", *budget_query.VIEWS)
OF_PEOPLE = ("indicator_progress", "participants_over_time")
NOBODY = Progress([], [])
# Still `Vary: Cookie`: what a browser keeps is shown again to the same session only.
KEPT = {**HEADERS, "Cache-Control": "private, max-age=31536000, immutable"}
Position = Annotated[int, QueryParameter(ge=0, le=2**63 - 1)]


class ChartShown(NamedTuple):
    """A chart with the addresses of its images."""

    chart: Chart
    light: str
    dark: str


def charts_shown(
    project: UUID, act: Registered, rules: RuleSet, found: Overview, wording: Wording
) -> list[ChartShown]:
    """The charts of an overview, of exactly its point."""
    at = {
        "as_of": found.as_of.isoformat(),
        "known_at": str(found.known_at),
        "language": wording.language,
    }

    def image(chart: Chart, theme: Theme) -> str:
        return address(project_path(project, "charts", chart.name), {**at, "theme": theme})

    progress = found.progress or NOBODY
    charts = project_charts(act, rules, found.lines, progress, found.as_of, wording)
    return [
        ChartShown(one, image(one, "light"), image(one, "dark"))
        for one in charts
        if found.progress is not None or one.name not in OF_PEOPLE
    ]


@read("/projects/{project_id:uuid}/charts/{name:str}", permission="reports.read")
def show_chart(
    caller: AsCaller,
    project_id: ProjectId,
    name: FromPath[str],
    as_of: FromQuery[date],
    known_at: Position,
    language: FromQuery[Language],
    theme: FromQuery[Theme],
) -> Response[str]:
    """One chart as SVG; what it shows stands in a table of the page too."""
    of_people = name in OF_PEOPLE
    views = (*MONEY, *indicator_query.VIEWS) if of_people else MONEY
    with caller.reading(project_id, views) as snapshot:
        act = act_at(snapshot.connection, project_id, known_at)
        if act is None:
            raise UnknownProject(str(project_id))
        point = (as_of, min(known_at, snapshot.position))
        lines = budget_query.budget_lines(snapshot.connection, project_id, point, point)
        counted = (
            indicator_query.progress(snapshot.connection, project_id, point, point)
            if of_people
            else NOBODY
        )
    rules = caller.services.programmes.of(act.rule_set)
    wording = Wording(language)
    for chart in project_charts(act, rules, lines, counted, as_of, wording):
        if chart.name == name:
            return Response(svg(chart, theme, language), media_type="image/svg+xml", headers=KEPT)
    raise NotFoundException
