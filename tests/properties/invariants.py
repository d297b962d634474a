"""What must hold after every list of commands, whatever it was."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import event

from domain.claim import Submitted
from domain.document import DocumentRecorded
from domain.expenditure import Claimed
from domain.stream import replayed
from projections.facts_in_force import UnknownProject
from projections.verify import differences
from service.reports import Point, Reports
from service.store.database import in_tenant
from tests.properties.looking import ALWAYS
from tests.properties.world import World

LOG = """SELECT position, stream_id, version, command_id FROM ledger.event
    WHERE tenant_id = %s ORDER BY position"""
SUMMARIES = {
    "recorded and blocked": """SELECT project_id, item, period,
            CASE WHEN blocked_on IS NULL THEN 'recorded' ELSE 'blocked' END, amount
        FROM views.spend WHERE to_position IS NULL""",
    "declared": """SELECT project_id, item, period, 'declared', amount
        FROM views.claim_line WHERE to_position IS NULL""",
    "approved": """SELECT project_id, item, period, 'approved', amount - reduction
        FROM views.claim_line WHERE to_position IS NULL AND decided_on IS NOT NULL""",
    "reduced": """SELECT project_id, item, period, 'reduced', reduction
        FROM views.claim_line WHERE to_position IS NULL AND decided_on IS NOT NULL
            AND reduction <> 0""",
}
BUDGET_SUMMARY = """SELECT project_id, item, period, state, amount, documents
    FROM views.budget_summary WHERE documents <> 0 OR amount <> 0"""
PERSONS = "SELECT project_id, status FROM views.participant WHERE to_position IS NULL"
PERSON_SUMMARY = "SELECT project_id, status, persons FROM views.participant_summary"


def acknowledged_is_stored(world: World) -> None:
    """Every acknowledged command is stored as it was answered, and nothing else is."""
    rows = in_tenant(world.services.pool, world.tenant, LOG, [world.tenant])
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    versions: dict[UUID, int] = defaultdict(int)
    of_command: dict[UUID, list[tuple[int, UUID, int]]] = defaultdict(list)
    for position, stream, version, command in rows:
        assert version == versions[stream] + 1
        versions[stream] = version
        of_command[command].append((position, stream, version))
    for done in world.done:
        events = of_command.pop(done.command)
        answer = done.answer
        assert events[0][1:] == (answer.stream, answer.version)
        assert events[-1][0] == answer.position
    assert not of_command


def replay_is_live_state(world: World) -> None:
    """A stream read back and folded is as the commands left it in memory."""
    stored = world.services.ledger(world.tenant).facts_of(list(world.live))
    for id_, stream in world.live.items():
        again = replayed(stream.kind, stored[id_])
        assert (again.version, again.in_force) == (stream.version, stream.in_force)
        assert again.state == stream.state


def money_adds_up(world: World) -> None:
    """Splits stay within their document; a line is in one live claim at most."""
    claimed: Counter[tuple[UUID, int]] = Counter()
    declared: Counter[tuple[UUID, int]] = Counter()
    for id_, stream in world.live.items():
        for fact in stream.in_force.values():
            match fact:
                case DocumentRecorded():
                    splits = sum((one.amount for one in fact.allocations), Decimal(0))
                    assert abs(splits) <= abs(fact.amount)
                case Submitted():
                    declared.update((line.document, line.allocation) for line in fact.lines)
                case Claimed():
                    claimed[id_, fact.allocation] += 1
                case _:
                    pass
    assert set(declared.values()) <= {1}
    assert claimed == declared


def figures_add_up(written: Mapping[str, Any]) -> None:
    """Approved = declared − reduced, and EU + state + own = total to the haléř, in every claim."""
    for claim in written["claims"]:
        money = {
            name: Decimal(value)
            for name, value in claim.items()
            if isinstance(value, str) and name != "submitted_on"
        }
        assert money["approved_direct"] == money["declared_direct"] - money["reductions"]
        total = money["approved_direct"] + money["flat_rate_amount"]
        assert money["eligible_total"] == total
        assert money["eu"] + money["state"] + money["own"] == total
        assert money["public"] == money["eu"] + money["state"]
    for item in written["budget_by_item"].values():
        assert Decimal(item["remaining"]) == Decimal(item["budget"]) - Decimal(item["recorded"])
    persons = written["participants"]
    assert persons["counted"] + persons["not_counted_incomplete"] == persons["reached_threshold"]
    assert persons["women"] + persons["men"] == persons["counted"]
    assert sum(persons["counted_by_period"].values()) <= persons["counted"]


def views_are_the_log(world: World) -> None:
    """The views are a fold of the log from its first event; sums are the sums of open facts."""
    services = world.services
    for projection in services.projections:
        found = list(differences(services.pool, projection, world.tenant, services.unseal))
        assert not found, (projection.name, found[:3])
    summaries_are_sums(world)


def summaries_are_sums(world: World) -> None:
    """The same by queries that know nothing of how the summaries are kept."""

    def rows(query: str) -> list[tuple[Any, ...]]:
        return in_tenant(world.services.pool, world.tenant, query, [])

    amounts: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    documents: Counter[tuple[Any, ...]] = Counter()
    for query in SUMMARIES.values():
        for *key, amount in rows(query):
            amounts[tuple(key)] += amount
            documents[tuple(key)] += 1
    kept = {tuple(key): (amount, count) for *key, amount, count in rows(BUDGET_SUMMARY)}
    assert kept == {key: (amounts[key], documents[key]) for key in documents}
    persons = Counter((project, status) for project, status in rows(PERSONS))
    assert {(p, s): n for p, s, n in rows(PERSON_SUMMARY) if n} == dict(persons)


def points_agree(world: World) -> None:
    """The last position is now, and what was seen at an earlier one is seen there for ever."""
    reports, head = Reports(world.services, world.tenant), world.commands.ledger.head()
    for project in world.of("projects"):
        try:
            now = reports.figures(project, ALWAYS).figures.written()
        except UnknownProject:
            continue
        figures_add_up(now)
        if now["participants"]["counted"]:
            event("persons counted")
        at_head = Point(as_of=ALWAYS.as_of, known_at=head)
        assert reports.figures(project, at_head).figures.written() == now
    for position, project, seen in world.looks:
        point = Point(as_of=ALWAYS.as_of, known_at=position)
        assert reports.figures(project, point).figures.written() == seen
