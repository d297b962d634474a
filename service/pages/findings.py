"""The findings of a project: each document that breaks a rule, and what would resolve it."""

from litestar import Response
from litestar.params import FromQuery

from projections.overview_query import act_at
from projections.spending_query import FINDINGS
from service.api.caller import AsCaller
from service.api.route import ProjectId, read
from service.finding_words import rule_in_words
from service.pages.language import wording_of
from service.pages.paging import PAGE_SIZE, Cursor
from service.pages.rendering import AnyRequest, page


@read("/projects/{project_id:uuid}/findings", permission="reports.read")
def show_findings(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    code: FromQuery[str | None] = None,
    cursor: Cursor = None,
) -> Response[str]:
    """By document, of all rules or of one."""
    cursors = caller.cursors()
    after = cursors.read(cursor, FINDINGS.order)
    with caller.reading(project_id, FINDINGS.views) as snapshot:
        act = act_at(snapshot.connection, project_id, snapshot.position)
        assert act is not None, "the snapshot has the project"
        rules = caller.services.programmes.of(act.rule_set).findings
        chosen = code if code in {rule.code for rule in rules} else None
        values = {"project": project_id, "code": chosen}
        rows, last = FINDINGS.page(snapshot.connection, values, PAGE_SIZE, after)
    return page(
        request,
        "findings.html",
        section="findings",
        project=project_id,
        query={},
        rules=rules,
        rule_of={rule.code: rule for rule in rules},
        words_of={rule.code: rule_in_words(rule, wording_of(request)) for rule in rules},
        chosen=chosen,
        rows=rows,
        cursor=cursor,
        after=cursors.after(last),
    )
