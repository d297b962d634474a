"""Claims of a project with all their amounts, and one claim line by line."""

from litestar import Response

from domain.rejection import NotFound
from projections.claim_query import CLAIMS, LINES_PAGED
from projections.overview_query import act_at, claims_and_settlement
from service.api.caller import AsCaller
from service.api.route import ClaimId, ProjectId, read
from service.composition import today
from service.pages.addresses import figure_link
from service.pages.paging import PAGE_SIZE, Cursor
from service.pages.rendering import AnyRequest, page

VIEWS = ("spend_project", *CLAIMS.views)
AMOUNTS = (
    *("documents", "declared_direct", "reductions", "approved_direct", "flat_rate_amount"),
    *("eligible_total", "public", "eu", "state", "own", "paid_amount"),
)


@read("/projects/{project_id:uuid}/claims", permission="claims.read")
def show_claims(request: AnyRequest, caller: AsCaller, project_id: ProjectId) -> Response[str]:
    """All claims and the settlement."""
    with caller.reading(project_id, VIEWS) as snapshot:
        act = act_at(snapshot.connection, project_id, snapshot.position)
        assert act is not None, "the snapshot has the project"
        now = (max(today(), act.start), snapshot.position)
        claims, figures = claims_and_settlement(snapshot.connection, project_id, act, now)
    return page(
        request,
        "claims.html",
        section="claims",
        project=project_id,
        query={},
        claims=claims,
        figures=figures,
        amounts=AMOUNTS,
        link=figure_link(project_id, {}),
    )


@read("/projects/{project_id:uuid}/claims/{claim_id:uuid}", permission="claims.read")
def show_claim(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    claim_id: ClaimId,
    cursor: Cursor = None,
) -> Response[str]:
    """One claim: what it declares, document by document."""
    values = {"project": project_id, "claim": claim_id}
    cursors = caller.cursors()
    after = cursors.read(cursor, LINES_PAGED.order)
    with caller.reading(project_id, VIEWS) as snapshot:
        found, _ = CLAIMS.page(snapshot.connection, values, 1, None)
        if not found:
            raise NotFound("the project has no such claim")
        lines, last = LINES_PAGED.page(snapshot.connection, values, PAGE_SIZE, after)
    return page(
        request,
        "claim.html",
        section="claims",
        project=project_id,
        query={},
        claim=found[0],
        lines=lines,
        cursor=cursor,
        after=cursors.after(last),
    )
