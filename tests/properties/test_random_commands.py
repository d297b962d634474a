"""Whatever commands come in whatever order: nothing is lost, and every figure adds up.

Properties 1 to 3 of the design through PostgreSQL: each example is a fresh tenant and a list of 30
to 60 commands, corrections, cancellations, repeated and stale ones among them. Statistics:
`pytest tests/properties --hypothesis-show-statistics`.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings

from service.composition import Services
from service.identity import create_tenant
from tests.properties import changing, recording, spending
from tests.properties.invariants import (
    acknowledged_is_stored,
    money_adds_up,
    points_agree,
    replay_is_live_state,
    summaries_are_sums,
    views_are_the_log,
)
from tests.properties.looking import fold_twice, look
from tests.properties.steps import Dice, Step, lists_of_steps
from tests.properties.world import World

EXAMPLES, EXAMPLES_LONG = 100, 400
Run = Callable[[World, Dice], None]
STEPS: dict[str, tuple[Run, tuple[str, ...]]] = {
    "project": (recording.project, ()),
    "item": (recording.item, ("projects",)),
    "target": (recording.target, ("projects",)),
    "rate": (recording.rate, ()),
    "document": (spending.document, ("projects",)),
    "work": (spending.work_record, ("projects",)),
    "travel": (spending.travel, ("projects",)),
    "pay": (spending.pay, ("documents",)),
    "claim": (spending.claim, ("projects",)),
    "decide": (spending.decide_claim, ("claims", "documents")),
    "pay_claim": (spending.pay_claim, ("claims",)),
    "activity": (recording.activity, ("projects",)),
    "participant": (recording.participant, ("projects",)),
    "attendance": (recording.attendance, ("activities", "participants")),
    "questionnaire": (recording.questionnaire, ("activities",)),
    "contact": (recording.contact, ("activities",)),
    "output": (recording.output, ("projects",)),
    "publish": (recording.publish, ("outputs",)),
    "correct": (changing.correction, ("projects",)),
    "cancel": (changing.cancellation, ("projects",)),
    "repeat": (changing.repeated, ("projects",)),
    "stale": (changing.stale, ("projects",)),
    "look": (look, ("projects",)),
}

# So that most of the commands of a list are about something.
BEGINNING = (
    Step("project", (0,)),
    *(Step("item", (0, 999, 2, number)) for number in range(4)),
    Step("activity", (0, 50, 0, 60, 2, 0)),
    *(Step("participant", (0, number, 0, 0, 1, 1)) for number in range(3)),
    Step("document", (4999, 999, 1, 8, 1, 0, 1, 0, 1)),
)
NO_RANDOM = "ignore:Do not use the `random` module"  # psycopg's pool does, beside the test


def run(world: World, step: Step) -> None:
    """One step, when what it is about exists."""
    function, needed = STEPS[step.kind]
    if all(world.of(kind) for kind in needed):
        function(world, Dice(step.numbers))
        if step.kind == "look":
            summaries_are_sums(world)
    else:
        event(f"{step.kind} skipped")


def check_list(services: Services, steps: list[Step]) -> None:
    """Runs a list on a fresh tenant and checks everything."""
    world = World(services, create_tenant(services.pool, services.vault))
    for step in (*BEGINNING, *steps):
        run(world, step)
    fold_twice(world)
    services.runner.catch_up(world.tenant)
    acknowledged_is_stored(world)
    replay_is_live_state(world)
    money_adds_up(world)
    views_are_the_log(world)
    points_agree(world)


checked = settings(
    deadline=None,
    phases=[*set(Phase) - {Phase.explain}],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.filterwarnings(NO_RANDOM)
@settings(checked, max_examples=EXAMPLES)
@given(steps=lists_of_steps())
def test_random_commands_lose_nothing_and_add_up(services: Services, steps: list[Step]) -> None:
    check_list(services, steps)


@pytest.mark.long
@pytest.mark.filterwarnings(NO_RANDOM)
@settings(checked, max_examples=EXAMPLES_LONG)
@given(steps=lists_of_steps())
def test_more_random_commands_lose_nothing_and_add_up(
    services: Services, steps: list[Step]
) -> None:
    check_list(services, steps)
