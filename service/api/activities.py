"""Activities of a project: workshops, study visits, conferences, helpdesks."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain.activity import FORMS, Held, held
from domain.rejection import NotFound
from domain.streams import ACTIVITY
from projections.activity_query import ACTIVITIES
from projections.page_query import Row
from service.api.caller import AsCaller, Recorded, answer
from service.api.fields import (
    Body,
    Code,
    Country,
    Id,
    Item,
    Number,
    PeriodNumber,
    Reference,
    Text,
    Version,
    command_values,
    decimal_text,
    word_of,
)
from service.api.filters import (
    HeldSince,
    HeldUntil,
    OnlyKeyActivity,
    OnlyKind,
    OnlyPeriod,
    OnlyReference,
)
from service.api.lists import Listing, of_view
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import ActivityId, ProjectId, read, write
from service.api.sorts import SortOfActivities
from service.commands import activities
from service.commands.prepared import Prepared
from service.commands.work import Work

ActivityReference = Annotated[Reference, Meta(examples=["A001"])]
KeyActivity = Annotated[
    Code, Meta(description="Key activity of the legal act (klíčová aktivita)", examples=["KA3"])
]
Kind = Annotated[Code, Meta(description="Kind of activity", examples=["participatory_workshop"])]
NameEn = Annotated[Text, Meta(examples=["Participatory workshop, Brno"])]
NameCs = Annotated[Text, Meta(examples=["Participativní workshop Brno"])]
Start = Annotated[date, Meta(description="First day", examples=["2026-03-30"])]
End = Annotated[date, Meta(description="Last day", examples=["2026-03-31"])]
Hours = Annotated[
    Number,
    Meta(description="Support that the whole activity offers to one person", examples=["14"]),
]
Form = Annotated[str, word_of(FORMS, "How it was held", "in_person")]


class ActivityHeld(Body, frozen=True, kw_only=True):
    """An activity (aktivita) that took place."""

    reference: ActivityReference
    key_activity: KeyActivity
    kind: Kind
    name_en: NameEn
    name_cs: NameCs
    start: Start
    end: End
    place: Annotated[Text | None, Meta(examples=["Brno"])]
    country: Country | None
    hours: Hours
    form: Form


class Activity(Item, frozen=True, kw_only=True):
    """An activity as it stands."""

    id: Id
    version: Version
    reference: ActivityReference
    key_activity: KeyActivity
    kind: Kind
    name_en: NameEn
    name_cs: NameCs
    start: Start
    end: End
    place: Annotated[str | None, Meta(examples=["Brno"])]
    country: Annotated[str | None, Meta(examples=["CZ"])]
    hours: Hours
    form: Form
    period: PeriodNumber


class ActivityPage(Item, frozen=True, kw_only=True):
    """A page of activities, the earliest first."""

    items: list[Activity]
    next_cursor: NextCursor


def held_in(work: Work, project: UUID, activity: UUID) -> Held:
    """The activity of the project. Raises NotFound, also for another project's."""
    found = held(work.load(ACTIVITY, activity).state)
    if found.project != project:
        raise NotFound("the project has no such activity")
    return found


@write(
    "/projects/{project_id:uuid}/activities",
    permission="activities.record",
    operation_id="hold_activity",
    summary="Record an activity",
    tags=["activities"],
)
def hold_activity(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[ActivityHeld]
) -> Response[Recorded]:
    """Records an activity that took place; it counts on its last day."""
    return caller.record(
        prepared_activity(project_id, data).alone,
        lambda activity: f"/v1/projects/{project_id}/activities/{activity}",
    )


def prepared_activity(project_id: UUID, data: ActivityHeld) -> Prepared:
    """The command that records an activity."""
    values = command_values(activities.NewActivity, data)
    return Prepared(
        lambda work, _, activity: activities.hold_activity(work, project_id, activity, values),
        lambda _, __, activity: [(ACTIVITY, activity)],
    )


@read(
    "/projects/{project_id:uuid}/activities",
    permission="activities.read",
    lists=Activity,
    operation_id="list_activities",
    summary="List activities",
    tags=["activities"],
)
def list_activities(
    caller: AsCaller,
    project_id: ProjectId,
    reference: OnlyReference = None,
    kind: OnlyKind = None,
    key_activity: OnlyKeyActivity = None,
    since: HeldSince = None,
    until: HeldUntil = None,
    period: OnlyPeriod = None,
    sort: SortOfActivities = "start",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[ActivityPage]:
    """The activities of a project, the earliest first."""
    only = {"reference": reference, "kind": kind, "key_activity": key_activity, "period": period}
    listing = Listing(
        query=ACTIVITIES.sorted_by(sort),
        shown=_activity,
        project=project_id,
        values={"activity": None},
        only={**only, "since": since, "until": until},
    )
    return of_view(caller, ActivityPage, listing, limit, cursor)


@read(
    "/projects/{project_id:uuid}/activities/{activity_id:uuid}",
    permission="activities.read",
    operation_id="get_activity",
    summary="Read an activity",
    tags=["activities"],
)
def get_activity(
    caller: AsCaller, project_id: ProjectId, activity_id: ActivityId
) -> Response[Activity]:
    """One activity as it stands."""
    row, position, version = caller.one(
        project_id, ACTIVITIES, activity_id, {"activity": activity_id}
    )
    return answer(_activity(row), position, version)


def _activity(row: Row) -> Activity:
    return Activity(
        id=row["activity_id"],
        version=row["held_version"],
        reference=row["reference"],
        key_activity=row["key_activity"],
        kind=row["kind"],
        name_en=row["name_en"],
        name_cs=row["name_cs"],
        start=row["starts_on"],
        end=row["ends_on"],
        place=row["place"],
        country=row["country"],
        hours=decimal_text(row["hours"]),
        form=row["form"],
        period=row["period"],
    )
