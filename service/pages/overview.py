"""The overview of a project: what a project manager looks at in the morning."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromQuery

from domain.deadlines import deadlines
from domain.project import Registered
from projections.budget_query import NO_MONEY
from projections.overview_query import VIEWS, Overview, act_at, overview
from service.api.caller import AsCaller, Caller, Snapshot
from service.api.route import ProjectId, read
from service.composition import today
from service.pages.point import Asked, asked
from service.pages.rendering import AnyRequest, page


@read("/projects/{project_id:uuid}", permission="reports.read")
def show_overview(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    as_of: FromQuery[str | None] = None,
    known_at: FromQuery[str | None] = None,
) -> Response[str]:
    """The project at a point of both times, by default now."""
    wanted = asked(as_of, known_at)
    with caller.reading(project_id, VIEWS) as snapshot:
        act, wanted = _act(caller, snapshot, project_id, wanted)
        rules = caller.services.programmes.of(act.rule_set)
        sexes = (rules.codes.sex_women, rules.codes.sex_men)
        point = None if wanted.is_now else caller.reports.resolved(wanted.point)
        now = (max(today(), act.start), snapshot.position)
        found = overview(snapshot.connection, project_id, act, sexes, point, now)
    claimed = {row["period"] for row in found.claims if row["period"] is not None}
    return page(
        request,
        "overview.html",
        status=400 if wanted.errors else 200,
        section="overview",
        project=project_id,
        act=act,
        asked=wanted,
        query=wanted.query,
        found=found,
        figures=found.figures,
        recorded=(recorded := _recorded(found)),
        remaining=Decimal(found.figures["direct_budget"]) - recorded,
        rule_of={rule.code: rule for rule in rules.findings},
        deadlines=deadlines(act, claimed, found.as_of),
    )


def _act(
    caller: Caller, snapshot: Snapshot, project: UUID, wanted: Asked
) -> tuple[Registered, Asked]:
    """The legal act at the point; where there was none yet, the fault and the act of now."""
    act: Registered | None = None
    if not wanted.is_now:
        as_of, known_at = caller.reports.resolved(wanted.point)
        act = act_at(snapshot.connection, project, known_at)
        if act is None:
            wanted = wanted.refused("known_at", "too_early")
        elif as_of < act.start:
            wanted = wanted.refused("as_of", "too_early")
    if act is None:
        act = act_at(snapshot.connection, project, snapshot.position)
    assert act is not None, "the snapshot has the project"
    return act, wanted


def _recorded(found: Overview) -> Decimal:
    """What is recorded on all items."""
    by_item: dict[str, Any] = found.figures["budget_by_item"]
    return sum((Decimal(item["recorded"]) for item in by_item.values()), NO_MONEY)
