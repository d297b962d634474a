"""Outputs of a project: documents written and published."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain.rejection import NotFound
from domain.streams import OUTPUT
from projections.activity_query import OUTPUTS
from projections.page_query import Row
from service.api.caller import AsCaller, Recorded, answer
from service.api.fields import (
    Body,
    Code,
    Day,
    Id,
    Item,
    MaybeVersion,
    PeriodNumber,
    Reference,
    Text,
    Version,
    command_values,
)
from service.api.filters import OnlyKind, OnlyPeriod, OnlyPublished, OnlyReference
from service.api.lists import Listing, of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import OutputId, ProjectId, read, write
from service.api.sorts import SortOfOutputs
from service.commands import activities
from service.commands.work import Work

OutputReference = Annotated[Reference, Meta(examples=["O01"])]
Kind = Annotated[Code, Meta(description="Kind of output", examples=["methodology"])]
Title = Annotated[Text, Meta(examples=["Integration manual for municipalities"])]
Counts = Annotated[
    bool, Meta(description="Of a kind that the indicator of documents counts", examples=[True])
]
Address = Annotated[
    Text, Meta(description="Where it is published", examples=["https://example.org/outputs/1"])
]
Written = Annotated[date, Meta(description="Finished", examples=["2026-02-27"])]


class OutputWritten(Body, frozen=True, kw_only=True):
    """An output (výstup) as written and, if it is, as published."""

    reference: OutputReference
    kind: Kind
    title: Title
    written_on: Written
    counts: Counts
    published_on: Day | None = None
    published_at: Address | None = None


class Publication(Body, frozen=True, kw_only=True):
    """Where and when an output was published."""

    published_on: Day
    published_at: Address


class Output(Item, frozen=True, kw_only=True):
    """An output as it stands; it counts from its publication."""

    id: Id
    version: Version
    publication_version: MaybeVersion
    reference: OutputReference
    kind: Kind
    title: Title
    written_on: Written
    counts: Counts
    published_on: Day | None
    published_at: Address | None
    period: PeriodNumber


class OutputPage(Item, frozen=True, kw_only=True):
    """A page of outputs, the earliest written first."""

    items: list[Output]
    next_cursor: NextCursor


PATH = "/projects/{project_id:uuid}/outputs"


@write(
    PATH,
    permission="outputs.record",
    operation_id="record_output",
    summary="Record an output",
    tags=["outputs"],
)
def record_output(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[OutputWritten]
) -> Response[Recorded]:
    """Records an output as written and, when both are given, as published."""
    values = command_values(activities.NewOutput, data)
    return caller.record(
        lambda work, output: activities.record_output(work, project_id, output, values),
        lambda output: f"/v1/projects/{project_id}/outputs/{output}",
    )


@write(
    f"{PATH}/{{output_id:uuid}}/publication",
    permission="outputs.record",
    changes="output_id",
    operation_id="publish_output",
    summary="Record a publication",
    tags=["outputs"],
)
def publish_output(
    caller: AsCaller, project_id: ProjectId, output_id: OutputId, data: JSONBody[Publication]
) -> Response[Recorded]:
    """Records that an output was published; it counts from that day."""

    def decide(work: Work, _: UUID) -> None:
        written = work.load(OUTPUT, output_id).state.written
        if written is None or written.project != project_id:
            raise NotFound("the project has no such output")
        activities.publish_output(work, output_id, data.published_on, data.published_at)

    return caller.record(decide)


@read(
    PATH,
    permission="outputs.read",
    lists=Output,
    operation_id="list_outputs",
    summary="List outputs",
    tags=["outputs"],
)
def list_outputs(
    caller: AsCaller,
    project_id: ProjectId,
    reference: OnlyReference = None,
    kind: OnlyKind = None,
    period: OnlyPeriod = None,
    published: OnlyPublished = None,
    sort: SortOfOutputs = "written_on",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[OutputPage]:
    """The outputs of a project, the earliest written first."""
    listing = Listing(
        query=OUTPUTS.sorted_by(sort),
        shown=_output,
        project=project_id,
        values={"output": None},
        only={"reference": reference, "kind": kind, "period": period, "published": published},
    )
    return of_view(caller, OutputPage, listing, limit, cursor)


@read(
    f"{PATH}/{{output_id:uuid}}",
    permission="outputs.read",
    operation_id="get_output",
    summary="Read an output",
    tags=["outputs"],
)
def get_output(caller: AsCaller, project_id: ProjectId, output_id: OutputId) -> Response[Output]:
    """One output as it stands."""
    row, position, version = caller.one(project_id, OUTPUTS, output_id, {"output": output_id})
    return answer(_output(row), position, version)


def _output(row: Row) -> Output:
    return Output(
        id=row["output_id"],
        version=row["written_version"],
        publication_version=row["published_version"],
        reference=row["reference"],
        kind=row["kind"],
        title=row["title"],
        written_on=row["written_on"],
        counts=row["counts"],
        published_on=row["published_on"],
        published_at=row["published_at"],
        period=row["period"] or 0,
    )
