"""What is dated after today is in no figure of today, on whatever way the figure is read."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar.testing import TestClient

from domain.document import Allocation
from domain.project import Registered
from domain.streams import EXPENDITURE, PROJECT
from projections.facts_in_force import UnknownProject
from service.commands.execute import Commands
from service.commands.projects import NewItem, add_item
from service.commands.work import NO_REQUEST, Work
from service.composition import Services, today
from service.reports import Point
from tests import builders
from tests.builders import money
from tests.end_to_end.running import ACTOR, Http, Imported, fresh_tenant

NEXT_WEEK, DAY = timedelta(days=7), timedelta(days=1)


def registered_from(services: Services, begins_in: timedelta) -> Imported:
    """A project of one period with one item, that begins so many days from today."""
    tenant, project = fresh_tenant(services), uuid4()
    start = today() + begins_in
    period = type(builders.PERIODS[0])(
        number=1, start=start, end=start + NEXT_WEEK, report_due=start + 2 * NEXT_WEEK
    )
    act: Registered = builders.registered(
        effective_on=start, start=start, end=period.end, periods=(period,)
    )
    work = Work(services.ledger(tenant), services.vault, services.programmes, ACTOR)
    work.begin(uuid4())
    work.record(PROJECT, project, act)
    item = msgspec.structs.asdict(builders.item())
    del item["effective_on"], item["project"]
    add_item(work, project, msgspec.convert(item, NewItem))
    work.save()
    return Imported(services, tenant, project, folder=None)  # type: ignore[arg-type]


def spend(project: Imported, effective_on: Any) -> UUID:
    """A document of 121 CZK of that day."""
    stream = uuid4()
    allocation = Allocation(project=project.project, item="1.1.1", amount=money("121.00"))
    fact = builders.document(
        effective_on=effective_on, project=project.project, allocations=(allocation,)
    )
    services = project.services
    commands: Commands = services.commands(project.tenant, ACTOR)
    commands.run(uuid4(), NO_REQUEST, lambda work: work.record(EXPENDITURE, stream, fact))
    return stream


def test_a_project_that_has_not_begun_has_its_figures(services: Services) -> None:
    project = registered_from(services, NEXT_WEEK)
    assert project.figures()["direct_budget"] == "1000.00"
    with pytest.raises(UnknownProject):
        project.reports.figures(project.project, Point(as_of=today()))


def test_a_document_of_tomorrow_is_in_no_report_of_today(
    services: Services, client: TestClient
) -> None:
    project = registered_from(services, -DAY)
    http = Http(client, project)
    spend(project, today())
    spend(project, today() + DAY)
    [line] = http.get("/reports/budget")["items"]
    figures = http.figures()["budget_by_item"]["1.1.1"]
    assert line["recorded"] == figures["recorded"] == "121.00"
    tomorrow = (today() + DAY).isoformat()
    [line] = http.get("/reports/budget", as_of=tomorrow)["items"]
    assert line["recorded"] == "242.00"
