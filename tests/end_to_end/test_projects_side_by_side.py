"""Two projects of one organisation with the same people: the trail of each tells its own events."""

from pathlib import Path
from typing import Any
from uuid import UUID

from projections.audit_query import Wanted
from service.audit.trail import Trail
from service.composition import Services
from service.wording.wording import Wording
from tests.end_to_end.desk import Desk
from tests.end_to_end.running import ACTOR, SEED, Imported, fresh_tenant, import_folder
from tests.end_to_end.second_project import other_project

SHARED = "person-month.worked.v1"  # of a person, whichever project it was worked for


def trail_of(project: Imported) -> list[dict[str, Any]]:
    """Type, version of the fact and project of what the trail tells."""
    project.services.runner.catch_up(project.tenant)
    told = Trail(project.services, project.tenant, ACTOR, Wording("en"))
    wanted = Wanted(upto=project.head(), project=project.project)
    return [
        {"type": entry.type, "of": entry.fact_type, "project": entry.fact.get("project")}
        for page in told.pages(wanted)
        for entry, _, _ in page
    ]


def test_the_trail_of_a_project_has_all_of_its_own_events_and_none_of_another(
    services: Services, tmp_path: Path
) -> None:
    tenant = fresh_tenant(services)
    folders = (SEED, other_project(tmp_path / "other"))
    projects = [
        Imported(services, tenant, _made(services, tenant, folder), folder) for folder in folders
    ]
    for project in projects:  # so that what each counted of a month is also taken back
        Desk(project).correct("sd2", "MZ00100", project_hours="1.0")
        Desk(project).cancel("sd2", "MZ00004")
    trails = [trail_of(project) for project in projects]
    for project, trail in zip(projects, trails, strict=True):
        assert {one["project"] for one in trail} <= {None, str(project.project)}
    shared = [[one["type"] for one in trail if one["of"] == SHARED] for trail in trails]
    assert sorted(shared[0]) == sorted(shared[1])
    assert set(shared[0]) == {SHARED, "fact.cancelled.v1"}


def _made(services: Services, tenant: UUID, folder: Path) -> UUID:
    project = import_folder(services, tenant, folder).project
    assert project is not None
    return project
