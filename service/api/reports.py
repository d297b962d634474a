"""Reports of a project, at a point of both times, and where each figure comes from.

`as_of` is the effective axis: what had happened by that day. `known_at` is the recorded axis: what
the ledger knew at a position or time. Default: today, and everything recorded.
"""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.params import QueryParameter

from domain.rejection import InvalidValue
from service.api.caller import AsCaller
from service.api.fields import MOMENT_PATTERN
from service.api.route import ProjectId, read
from service.reports import Point

AsOf = Annotated[
    date | None,
    QueryParameter(description="What had happened by the end of this day; default today"),
]
KnownAt = Annotated[
    str | None,
    QueryParameter(
        pattern=MOMENT_PATTERN,
        description="What the ledger knew at this position, or at this time (RFC 3339 with offset)",
    ),
]
Figure = Annotated[
    str,
    QueryParameter(
        pattern=r"^[^\x00]{0,300}\Z",
        description="JSON Pointer of a figure in the report, such as `/claims/0/declared_direct`",
    ),
]
POSITION_MAX = 2**63 - 1
encode_sorted = msgspec.json.Encoder(order="sorted").encode


def point_of(as_of: date | None, known_at: str | None) -> Point:
    """The point of both times that a report is asked at. Raises InvalidValue."""
    return Point(as_of, _known_at(known_at) if known_at is not None else None)


def _known_at(text: str) -> int | datetime:
    if text.isascii() and text.isdigit():
        if (position := int(text)) <= POSITION_MAX:
            return position
    else:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            time = None
        if time is not None and time.tzinfo is not None:
            return time
    raise InvalidValue("expected a position, or a time with offset", "known_at")


def json_answer(content: Any, position: int) -> Response[bytes]:
    """An object with its keys sorted, as the command line writes it."""
    headers = {"Ledger-Position": str(position)}
    return Response(encode_sorted(content), media_type="application/json", headers=headers)


@read(
    "/projects/{project_id:uuid}/reports/figures",
    permission="reports.read",
    operation_id="report_figures",
    summary="All figures of a project",
    tags=["reports"],
)
def report_figures(
    caller: AsCaller, project_id: ProjectId, as_of: AsOf = None, known_at: KnownAt = None
) -> Response[dict[str, Any]]:
    """Every figure of the project: budget, findings, claims, settlement, participants, indicators.

    Money, percentages and means are strings with 2 decimals, counts are numbers. The address of a
    figure is its JSON Pointer in this object; `provenance` opens it.
    """
    report = caller.reports.figures(project_id, point_of(as_of, known_at))
    return json_answer(report.figures.written(), report.facts.known_at)  # type: ignore[return-value]


@read(
    "/projects/{project_id:uuid}/reports/claims",
    permission="reports.read",
    operation_id="report_claims",
    summary="Claims and settlement of a project",
    tags=["reports"],
)
def report_claims(
    caller: AsCaller, project_id: ProjectId, as_of: AsOf = None, known_at: KnownAt = None
) -> Response[dict[str, Any]]:
    """The claims with their amounts and shares, and what is still to be paid or returned."""
    report = caller.reports.figures(project_id, point_of(as_of, known_at))
    written = report.figures.written()
    parts = {name: written[name] for name in ("claims", "settlement")}
    return json_answer(parts, report.facts.known_at)  # type: ignore[return-value]


@read(
    "/projects/{project_id:uuid}/provenance",
    permission="reports.read",
    operation_id="explain_figure",
    summary="Where a figure comes from",
    tags=["reports"],
)
def explain_figure(
    caller: AsCaller,
    project_id: ProjectId,
    figure: Figure,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response[dict[str, Any]]:
    """A figure, its value and its derivation.

    `sum` and `count` list facts with the events and documents behind them, `value` is one fact or
    a rule's parameter, `difference`, `product`, `round`, `ratio` and `mean` name their operands.
    """
    point = point_of(as_of, known_at)
    position = caller.services.ledger(caller.tenant).head()
    return json_answer(caller.reports.explain(project_id, figure, point), position)  # type: ignore[return-value]
