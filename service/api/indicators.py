"""Indicators of a project and their targets."""

from typing import Annotated

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from projections import indicator_query
from projections.page_query import Row
from service.api.caller import AsCaller, Recorded
from service.api.fields import (
    Body,
    Code,
    Id,
    Item,
    Number,
    Text,
    Version,
    command_values,
    decimal_text,
)
from service.api.lists import whole
from service.api.route import ProjectId, read, write
from service.commands import projects

IndicatorCode = Annotated[Code, Meta(description="Code of the indicator", examples=["60000"])]
IndicatorName = Annotated[Text, Meta(examples=["Celkový počet účastníků"])]
Unit = Annotated[Text, Meta(examples=["person"])]
Kind = Annotated[Code, Meta(description="Such as output or result", examples=["output"])]
Source = Annotated[
    Code,
    Meta(
        description="What counts: participants, documents, questionnaires, activity:<kind>, manual",
        examples=["participants"],
    ),
]
Target = Annotated[Number, Meta(description="The value to reach", examples=["70"])]


class TargetToSet(Body, frozen=True, kw_only=True):
    """An indicator and its target (cílová hodnota)."""

    code: IndicatorCode
    name: IndicatorName
    unit: Unit
    kind: Kind
    target: Target
    source: Source


class Indicator(Item, frozen=True, kw_only=True):
    """An indicator with its target; the fact `version` of the record `id`."""

    id: Id
    version: Version
    code: IndicatorCode
    name: IndicatorName
    unit: Unit
    kind: Kind
    target: Target
    source: Source


class Indicators(Item, frozen=True, kw_only=True):
    """The indicators of a project."""

    items: list[Indicator]


@write(
    "/projects/{project_id:uuid}/indicators",
    permission="indicators.plan",
    operation_id="set_target",
    summary="Set an indicator's target",
    tags=["indicators"],
)
def set_target(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[TargetToSet]
) -> Response[Recorded]:
    """Sets the target of an indicator, and what its value counts."""
    values = command_values(projects.NewTarget, data)
    return caller.record(
        lambda work, _: projects.set_target(work, project_id, values),
        lambda _: f"/v1/projects/{project_id}/indicators",
    )


@read(
    "/projects/{project_id:uuid}/indicators",
    permission="projects.read",
    lists=Indicator,
    operation_id="list_indicators",
    summary="List indicators and targets",
    tags=["indicators"],
)
def list_indicators(caller: AsCaller, project_id: ProjectId) -> Response[Indicators]:
    """The indicators in the order in which their targets were set; values are in the report."""
    with caller.reading(project_id, indicator_query.VIEWS) as snapshot:
        found = indicator_query.targets(snapshot.connection, project_id)
    content = Indicators(items=[_indicator(row) for row in found])
    return whole(caller, content, snapshot.position)


def _indicator(row: Row) -> Indicator:
    return Indicator(
        id=row["stream_id"],
        version=row["fact_version"],
        code=row["code"],
        name=row["name"],
        unit=row["unit"],
        kind=row["kind"],
        target=decimal_text(row["target"]),
        source=row["counts"],
    )
