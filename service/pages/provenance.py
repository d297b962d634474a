"""Where a figure comes from: how it is derived, down to facts, events and documents."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import FromQuery, QueryParameter

from projections.derivation import Figures
from projections.page_query import rows
from projections.reading import consistent
from service.api.caller import AsCaller, Caller
from service.api.reports import Figure
from service.api.route import ProjectId, read
from service.pages.addresses import figure_link, project_path
from service.pages.language import wording_of
from service.pages.point import asked
from service.pages.rendering import AnyRequest, page
from service.reports import UnknownFigure
from service.wording.wording import Wording

FACTS_SHOWN = 100
MONEY = re.compile(r"-?[0-9]+\.[0-9]{2}")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
STREAMS = """SELECT stream_id, kind, reference FROM views.audit_stream
    WHERE stream_id = ANY(%(streams)s::uuid[]) AND to_position IS NULL LIMIT 1000"""
PageNumber = Annotated[int, QueryParameter(ge=1, le=10_000)]
Node = dict[str, Any]


@read("/projects/{project_id:uuid}/figure", permission="reports.read")
def show_figure(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    figure: Figure,
    as_of: FromQuery[str | None] = None,
    known_at: FromQuery[str | None] = None,
    number: PageNumber = 1,
) -> Response[str]:
    """A figure, its value, and what it is made of."""
    wanted = asked(as_of, known_at)
    if wanted.errors:
        raise UnknownFigure(figure)
    report = caller.reports.readable(project_id, wanted.point)
    found = caller.reports.explained(report, figure)
    node = _paged(found["derivation"], (number - 1) * FACTS_SHOWN)
    query = wanted.query
    turned = {**query, "figure": figure}
    return page(
        request,
        "figure.html",
        section="",
        project=project_id,
        act=report.facts.act,
        query=query,
        report=report,
        found=found,
        node=node,
        words=InWords(report.figures, wording_of(request)),
        link=figure_link(project_id, query),
        streams=_streams(caller, {UUID(one) for one in _stream_ids(node)}),
        path=project_path(project_id, "figure"),
        turned=turned,
        number_shown=number,
        more=_has_more(found["derivation"], number * FACTS_SHOWN),
    )


@dataclass(frozen=True)
class InWords:
    """Addresses and values of figures in the words of a language."""

    figures: Figures
    wording: Wording

    def crumbs(self, pointer: str) -> str:
        """A figure's address in words."""
        return " › ".join(crumbs(pointer, self.figures, self.wording))

    def of(self, pointer: str) -> str:
        """A figure's value."""
        return self.shown(self.figures.figure(pointer))

    def shown(self, value: Any) -> str:
        """A value as it is written in the language."""
        return shown(value, self.wording)


def crumbs(pointer: str, figures: Figures, wording: Wording) -> list[str]:
    """A figure's address in words; what data bring stands as it is."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    words = [wording.known(f"pages.figure.{token}", token) for token in tokens]
    match tokens:
        case ["claims", index, *_]:
            number = figures.figure(f"/claims/{index}/claim")
            return [wording.text("pages.claims.number", number=number), *words[2:]]
        case [_, *_, "by_period" | "counted_by_period", period]:
            return [*words[:-2], wording.counted("shared.period", int(period))]
        case _:
            return words


def shown(value: Any, wording: Wording) -> str:
    """A value as it is written in the language: money, a number, a day, else as it is."""
    text = str(value)
    if value is None:
        return "–"
    if MONEY.fullmatch(text):
        return wording.money(text)
    if NUMBER.fullmatch(text):
        return wording.number(text)
    try:
        return wording.day(date.fromisoformat(text))
    except ValueError:
        return text


def _paged(node: Node, start: int) -> Node:
    """The derivation with a page of the facts of each of its lists."""
    paged = dict(node)
    if "facts" in node:
        paged["count"] = len(node["facts"])
        paged["facts"] = node["facts"][start : start + FACTS_SHOWN]
    if "of" in node:
        paged["of"] = [one if isinstance(one, str) else _paged(one, start) for one in node["of"]]
    return paged


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for one in node.get("of", ()):
        if not isinstance(one, str):
            yield from _nodes(one)


def _has_more(node: Node, end: int) -> bool:
    return any(len(one.get("facts", ())) > end for one in _nodes(node))


def _facts(node: Node) -> Iterator[Node]:
    for one in _nodes(node):
        yield from one.get("facts", ())
        if one.get("fact"):
            yield one["fact"]


def _stream_ids(node: Node) -> Iterator[str]:
    for fact in _facts(node):
        yield fact["event"]["stream_id"]
        if fact["document_id"]:
            yield fact["document_id"]


def _streams(caller: Caller, ids: Iterable[UUID]) -> dict[str, Node]:
    """What the records of the facts shown are called: one statement."""
    with consistent(caller.services.pool, caller.tenant, ("audit_stream",)) as connection:
        found = rows(connection, STREAMS, {"streams": list(ids)})
    return {str(row["stream_id"]): row for row in found}
