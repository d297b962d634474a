"""Which projects there are, with their legal act as it stands.

`visible` are the projects that the reader may see; None: all of the organisation.
"""

from typing import cast

from domain.event import decode
from domain.project import Registered
from projections.page_query import PageQuery, Row

# In the order of their first registration, which no correction changes.
PROJECTS = PageQuery(
    views=("spend_project",),
    select="""SELECT p.project_id, p.act, (
            SELECT min(f.from_position) FROM views.spend_project AS f
            WHERE f.project_id = p.project_id) AS first_position
        FROM views.spend_project AS p
        WHERE p.to_position IS NULL
            AND (%(project)s::uuid IS NULL OR p.project_id = %(project)s::uuid)
            AND (%(visible)s::uuid[] IS NULL OR p.project_id = ANY(%(visible)s::uuid[]))""",
    order={"first_position": "bigint"},
)


def act_of(row: Row) -> Registered:
    """The legal act that a row holds."""
    return cast("Registered", decode("project.registered.v1", row["act"]))
