"""At every position of any history: summaries are the sums of facts, and history is kept.

A random history is recorded in one tenant, then given event by event to a second one whose views
follow at every step: what is in force there is what the first tenant's views say of that position.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from service.composition import Services
from tests.end_to_end.conftest import services_of_a_fresh_database
from tests.end_to_end.copied_log import Copy, stored_events
from tests.end_to_end.desk import Desk
from tests.end_to_end.explained import Explained
from tests.end_to_end.histories import Step, play, steps
from tests.end_to_end.made_projects import Made, made_projects
from tests.end_to_end.running import SEED_PLUS, Imported, imported
from tests.end_to_end.view_rows import facts_in_force, history, not_as_folded, wrong_sums

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
EXAMPLES, EXAMPLES_LONG = 4, 30
SLOW = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)


@pytest.fixture(scope="module")
def alone(
    server_url: tuple[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """A database for this module: a rebuild builds the views of all its tenants."""
    with services_of_a_fresh_database(server_url, tmp_path_factory.mktemp("home")) as opened:
        yield opened


def recorded(services: Services, made: Made, chosen: list[Step]) -> Imported:
    """A made project, imported, with the steps done; the live path folds after each of them."""
    with tempfile.TemporaryDirectory() as name:
        project = imported(services, made.write(Path(name)))
    for step in chosen:
        play(project, [step])
        services.runner.catch_up(project.tenant)
    return project


def follow(project: Imported, every: int = 1) -> None:
    """Gives a copy the events a few at a time and compares its views with the first one's."""
    services = project.services
    services.runner.catch_up(project.tenant)
    events = stored_events(services, project.tenant)
    copy = Copy(project, events)
    for first in range(0, len(events), every):
        page = events[first : first + every]
        copy.take(page)
        services.runner.catch_up(copy.tenant)
        position = page[-1].position
        assert wrong_sums(services, copy.tenant) == [], position
        then = facts_in_force(services, project.tenant, position)
        assert facts_in_force(services, copy.tenant, position) == then, position
        assert copy.project.figures() == project.figures(known_at=position), position


def check(services: Services, examples: int) -> None:
    @settings(SLOW, max_examples=examples)
    @given(made_projects(), steps())
    def holds(made: Made, chosen: list[Step]) -> None:
        project = recorded(services, made, chosen)
        assert wrong_sums(services, project.tenant) == []
        assert not_as_folded(project) == []
        assert Explained(project).wrong() == []
        follow(project)

    holds()


def test_at_every_position_summaries_are_sums_and_history_is_kept(alone: Services) -> None:
    check(alone, EXAMPLES)


@pytest.mark.long
def test_at_every_position_of_30_histories_the_same_holds(alone: Services) -> None:
    check(alone, EXAMPLES_LONG)


def test_the_live_path_and_a_rebuild_give_the_same_views(alone: Services) -> None:
    before: dict[UUID, list[str]] = {}

    @settings(SLOW, max_examples=EXAMPLES)
    @given(made_projects(), steps())
    def record(made: Made, chosen: list[Step]) -> None:
        tenant = recorded(alone, made, chosen).tenant
        before[tenant] = history(alone, tenant)

    record()
    for projection in alone.projections:
        alone.runner.rebuild(projection.name)
    assert len(before) >= EXAMPLES
    for tenant, live in before.items():
        assert history(alone, tenant) == live
        assert wrong_sums(alone, tenant) == []


def test_a_sum_that_is_off_is_told(alone: Services) -> None:
    """The control: one document added to a summary is seen."""
    project = imported(alone, SEED_PLUS)
    project.figures()
    assert wrong_sums(alone, project.tenant) == []
    with psycopg.connect(alone.urls.projector) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(project.tenant)])
        connection.execute("UPDATE views.finding_summary SET documents = documents + 1")
    assert len(wrong_sums(alone, project.tenant)) > 0


def test_two_work_records_of_a_month_are_judged_together_when_either_is_corrected(
    alone: Services,
) -> None:
    """0.8 and 0.4 of one person's February are too much; 0.5 and 0.4 are not."""
    project = imported(alone, SEED_PLUS)
    desk = Desk(project)
    for change in (
        {"row": "MZ00015", "first_name": "Jana", "last_name": "Horáková"},
        {"row": "MZ00013", "fte": "0.5"},
        {"row": "MZ00013", "fte": "0.8"},
        {"row": "MZ00013", "month": "2024-03-01"},
    ):
        desk.correct("sd2", **change)
        alone.runner.catch_up(project.tenant)
        assert not_as_folded(project) == []
        assert wrong_sums(alone, project.tenant) == []
