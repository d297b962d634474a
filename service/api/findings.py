"""Findings (zjištění): the grant rules that documents of a project break."""

from datetime import date
from typing import Annotated

from litestar import Response
from litestar.params import QueryParameter
from msgspec import Meta

from domain.rule_set import FindingRule
from projections.page_query import Row
from projections.project_query import act_of
from projections.spending_query import FINDINGS
from service.api.caller import AsCaller
from service.api.claims import DocumentId
from service.api.fields import Item, Reference
from service.api.lists import Listing, of_snapshot
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import ProjectId, read
from service.api.sorts import SortOfFindings
from service.finding_words import rule_in_words
from service.wording.wording import Wording

ACT = """SELECT act FROM views.spend_project
    WHERE project_id = %(project)s AND to_position IS NULL LIMIT 1"""
OnlyCode = Annotated[
    str | None,
    QueryParameter(pattern=r"^[a-z_]{1,60}\Z", description="Only findings with this code"),
]


class Finding(Item, frozen=True, kw_only=True):
    """A rule that a document breaks from a day on."""

    document_id: DocumentId
    reference: Reference
    code: Annotated[str, Meta(description="The rule", examples=["duplicate_document"])]
    since: Annotated[date, Meta(description="Holds from this day", examples=["2026-03-31"])]
    blocking: Annotated[
        bool, Meta(description="Keeps the document out of claims and sums", examples=[True])
    ]
    title_en: Annotated[str, Meta(examples=["Document recorded twice"])]
    title_cs: Annotated[str, Meta(examples=["Doklad je zaznamenán dvakrát"])]
    resolved_by_en: Annotated[
        str, Meta(description="What would resolve it", examples=["Correct the document number."])
    ]
    resolved_by_cs: Annotated[
        str, Meta(description="What would resolve it", examples=["Opravit číslo dokladu."])
    ]


class FindingPage(Item, frozen=True, kw_only=True):
    """A page of findings by document and code."""

    items: list[Finding]
    next_cursor: NextCursor


@read(
    "/projects/{project_id:uuid}/findings",
    permission="reports.read",
    lists=Finding,
    operation_id="list_findings",
    summary="List findings",
    tags=["findings"],
)
def list_findings(
    caller: AsCaller,
    project_id: ProjectId,
    code: OnlyCode = None,
    sort: SortOfFindings = "reference",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[FindingPage]:
    """The findings of the project's documents as they stand; they are computed, never recorded."""
    with caller.reading(project_id, FINDINGS.views) as snapshot:
        act = act_of(snapshot.rows(ACT, {"project": project_id})[0])
        rules = {rule.code: rule for rule in caller.services.programmes.of(act.rule_set).findings}
        listing = Listing(
            query=FINDINGS.sorted_by(sort),
            shown=lambda row: _finding(row, rules[row["code"]]),
            project=project_id,
            values={"code": code},
        )
        return of_snapshot(caller, snapshot, FindingPage, listing, limit, cursor)


def _finding(row: Row, rule: FindingRule) -> Finding:
    english, czech = (rule_in_words(rule, Wording(language)) for language in ("en", "cs"))
    return Finding(
        **row,
        blocking=rule.blocking,
        title_en=english.title,
        title_cs=czech.title,
        resolved_by_en=english.resolved_by,
        resolved_by_cs=czech.resolved_by,
    )
