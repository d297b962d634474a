"""Projects: the legal act, registered and read."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain import project as domain_project
from domain.money import money_text
from projections.facts_in_force import UnknownProject
from projections.page_query import Row
from projections.project_query import PROJECTS, act_of
from service.api.caller import AsCaller, Recorded, answer
from service.api.fields import (
    Amount,
    Body,
    Code,
    Currency,
    Day,
    Ico,
    Id,
    Item,
    Number,
    Text,
    command_values,
)
from service.api.importing import importing_projects
from service.api.lists import Listing, of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import ProjectId, read, write
from service.commands import projects

Rate = Annotated[Number, Meta(description="A fraction of 1", examples=["0.85"])]
Title = Annotated[Text, Meta(examples=["Integration of labour migrants"])]
RegistrationNumber = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9./_-]{3,60}\Z",
        description="Registration number of the legal act",
        examples=["CZ.03.2.63/0.0/0.0/15_023/0000850"],
    ),
]


class Beneficiary(Body, frozen=True, kw_only=True):
    """The organisation that runs the project (příjemce)."""

    name: Annotated[Text, Meta(examples=["Multicultural Center Prague"])]
    ico: Ico
    kind: Annotated[Text, Meta(description="Legal form", examples=["NGO"])]


class Period(Body, frozen=True, kw_only=True):
    """A monitoring period (monitorovací období)."""

    number: Annotated[int, Meta(ge=1, le=1000, examples=[1])]
    start: Annotated[date, Meta(examples=["2026-01-01"])]
    end: Annotated[date, Meta(examples=["2026-12-31"])]
    report_due: Annotated[
        date, Meta(description="Report and claim are due", examples=["2027-01-31"])
    ]


class ProjectToRegister(Body, frozen=True, kw_only=True):
    """The legal act (právní akt) of a project."""

    registration_number: RegistrationNumber
    programme: Annotated[
        Code, Meta(description="The programme, which brings its rule set", examples=["OPZ"])
    ]
    budget_variant: Annotated[
        Code, Meta(description="Budget regime of the programme", examples=["direct-indirect-25"])
    ]
    title_en: Title
    title_cs: Title
    beneficiary: Beneficiary
    start: Annotated[date, Meta(description="First day", examples=["2026-01-01"])]
    end: Annotated[date, Meta(description="Last day", examples=["2026-12-31"])]
    currency: Currency
    total_eligible: Amount
    flat_rate: Annotated[Number, Meta(description="A fraction of 1", examples=["0.25"])]
    public_rate: Annotated[Number, Meta(description="EU and state share", examples=["1.00"])]
    eu_rate: Annotated[Number, Meta(description="A fraction of 1", examples=["0.85"])]
    state_rate: Annotated[Number, Meta(description="A fraction of 1", examples=["0.15"])]
    own_rate: Annotated[Number, Meta(description="A fraction of 1", examples=["0.00"])]
    initial_advance: Amount
    periods: Annotated[
        list[Period],
        Meta(min_length=1, max_length=200, description="Without gaps, from first to last day"),
    ]
    note: Text


class Project(Item, frozen=True, kw_only=True):
    """A project with its legal act as it stands; money in CZK, rates as fractions of 1."""

    id: Id
    state: Annotated[
        str,
        Meta(description="`ready`, or `importing` until its import has ended", examples=["ready"]),
    ]
    registration_number: RegistrationNumber
    programme: Code
    rule_set: Annotated[
        str, Meta(description="Version of the programme's rules", examples=["opz-1"])
    ]
    budget_variant: Code
    title_en: Title
    title_cs: Title
    beneficiary: Beneficiary
    start: Day
    end: Annotated[date, Meta(examples=["2026-12-31"])]
    currency: Currency
    total_eligible: Amount
    flat_rate: Rate
    public_rate: Rate
    eu_rate: Rate
    state_rate: Rate
    own_rate: Rate
    initial_advance: Amount
    periods: list[Period]
    note: Text


class ProjectPage(Item, frozen=True, kw_only=True):
    """A page of projects, in the order of their registration."""

    items: list[Project]
    next_cursor: NextCursor


@write(
    "/projects",
    permission="projects.register",
    operation_id="register_project",
    summary="Register a project",
    tags=["projects"],
)
def register_project(caller: AsCaller, data: JSONBody[ProjectToRegister]) -> Response[Recorded]:
    """Registers the legal act of a project.

    The programme brings the rule set in force, whose version stays with the project.
    """
    more = {
        "beneficiary": msgspec.convert(
            msgspec.to_builtins(data.beneficiary), domain_project.Beneficiary
        ),
        "periods": tuple(
            domain_project.Period(**msgspec.structs.asdict(period)) for period in data.periods
        ),
    }
    values = command_values(projects.NewProject, data, more)
    return caller.record(
        lambda work, project: projects.register_project(work, project, values),
        lambda project: f"/v1/projects/{project}",
    )


@read(
    "/projects",
    permission="projects.read",
    lists=Project,
    over="visible",
    operation_id="list_projects",
    summary="List projects",
    tags=["projects"],
)
def list_projects(
    caller: AsCaller, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response[ProjectPage]:
    """Lists the projects of the organisation that the caller has a role in."""
    visible = {"visible": caller.rights.projects_with("projects.read")}
    importing = importing_projects(caller.services.pool, caller.tenant)
    listing = Listing(
        query=PROJECTS,
        shown=lambda row: _project(row, importing),
        project=None,
        values=visible,
    )
    return of_view(caller, ProjectPage, listing, limit, cursor)


@read(
    "/projects/{project_id:uuid}",
    permission="projects.read",
    operation_id="get_project",
    summary="Read a project",
    tags=["projects"],
)
def get_project(caller: AsCaller, project_id: ProjectId) -> Response[Project]:
    """Reads a project, also while an import of it goes on."""
    importing = importing_projects(caller.services.pool, caller.tenant)
    with caller.reading(None, PROJECTS.views) as snapshot:
        values = {"project": project_id, "visible": [project_id]}
        rows, _ = PROJECTS.page(snapshot.connection, values, 1, None)
        if not rows:
            raise UnknownProject(str(project_id))
        version = snapshot.version(project_id)
    return answer(_project(rows[0], importing), snapshot.position, version)


def _project(row: Row, importing: set[UUID]) -> Project:
    act = act_of(row)
    money = {name: money_text(getattr(act, name)) for name in ("total_eligible", "initial_advance")}
    rates = {name: str(getattr(act, name)) for name in Project.__struct_fields__ if _is_rate(name)}
    plain: dict[str, Any] = {
        name: getattr(act, name)
        for name in Project.__struct_fields__
        if hasattr(act, name) and not isinstance(getattr(act, name), Decimal)
    }
    plain |= {
        "rule_set": act.rule_set.name,
        "beneficiary": Beneficiary(**msgspec.structs.asdict(act.beneficiary)),
        "periods": [Period(**msgspec.structs.asdict(period)) for period in act.periods],
    }
    state = "importing" if row["project_id"] in importing else "ready"
    values: dict[str, Any] = {**plain, **money, **rates}
    return Project(id=row["project_id"], state=state, **values)


def _is_rate(name: str) -> bool:
    return name.endswith("_rate")
