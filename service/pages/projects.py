"""The front page: the list of projects; with one project, that one."""

from typing import Any

from litestar import Response
from litestar.response import Redirect

from projections.project_query import PROJECTS, act_of
from service.api.caller import AsCaller
from service.api.importing import importing_projects
from service.api.route import read
from service.pages.addresses import project_path
from service.pages.paging import PAGE_SIZE, Cursor
from service.pages.rendering import AnyRequest, page


@read("/", permission="projects.read", over="visible")
def show_projects(
    request: AnyRequest, caller: AsCaller, cursor: Cursor = None
) -> Response[str] | Redirect:
    """The projects of the organisation in the order of their registration."""
    visible = caller.rights.projects_with("projects.read")
    rows, after, _ = caller.page(None, PROJECTS, PAGE_SIZE, cursor, {"visible": visible})
    importing = importing_projects(caller.services.pool, caller.tenant)
    if len(rows) == 1 and cursor is None and after is None:
        return Redirect(project_path(rows[0]["project_id"]), status_code=303)
    projects: list[dict[str, Any]] = [
        {
            "id": row["project_id"],
            "act": act_of(row),
            "importing": row["project_id"] in importing,
        }
        for row in rows
    ]
    return page(request, "projects.html", section="", projects=projects, cursor=cursor, after=after)
