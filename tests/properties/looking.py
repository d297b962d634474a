"""Looking at the views in the middle of a list, while two runners fold the same page."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg

from projections.batch import Target, run_batch
from projections.facts_in_force import UnknownProject
from projections.generation import live_generation
from service.reports import Point, Reports
from tests.properties.steps import Dice
from tests.properties.world import World

ALWAYS = Point(as_of=date(2100, 1, 1))


def look(world: World, dice: Dice) -> None:
    """Brings the views up to date twice at once and remembers the figures of each project."""
    fold_twice(world)
    reports, head = Reports(world.services, world.tenant), world.commands.ledger.head()
    for project in world.of("projects"):
        try:
            written = reports.figures(project, ALWAYS).figures.written()
        except UnknownProject:
            continue
        world.looks.append((head, project, written))


def fold_twice(world: World) -> None:
    """Two runners without the lock between them: the position they check lets one of them write."""
    url = world.services.urls.projector
    with (
        psycopg.connect(url, autocommit=True) as first,
        psycopg.connect(url, autocommit=True) as second,
        ThreadPoolExecutor(2) as threads,
    ):
        for projection in world.services.projections:
            live = live_generation(first, projection)
            if live is None:
                continue
            target = Target(projection, live[0], world.services.unseal)
            both = [
                threads.submit(run_batch, connection, target, world.tenant)
                for connection in (first, second)
            ]
            assert len([one for one in both if one.result()]) <= 1
