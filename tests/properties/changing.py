"""What happens to facts that are recorded: corrected, cancelled, sent again, decided too late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import event

from domain.activity import AttendanceRecorded, ContactRecorded, Held, QuestionnaireRecorded
from domain.budget import ItemAdded
from domain.claim import ClaimPaid, Decided, Submitted
from domain.document import DocumentRecorded
from domain.event import Fact
from domain.expenditure import Paid
from domain.output import Published, Written
from domain.participant import CharacteristicsRecorded, Entered
from domain.project import Registered, TargetSet
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from service.commands.corrections import Correction, cancel, correct
from service.commands.execute import Recorded
from service.commands.projects import set_target
from service.commands.work import Work
from service.store.log import CommandReused, VersionConflict
from tests.properties.recording import new_target
from tests.properties.steps import Dice
from tests.properties.world import Done, World, taken_by

Changes = dict[str, Any]


def _document(fact: DocumentRecorded, dice: Dice) -> Changes:
    """Another amount, number, or date of supply; a foreign document keeps its amount."""
    match dice.number(4):
        case 0 if fact.fx is None:
            more = dice.money().copy_sign(fact.amount)
            allocations = msgspec.to_builtins(fact.allocations)
            allocations[0]["amount"] = str(fact.allocations[0].amount + more)
            changed = {name: str(getattr(fact, name) + more) for name in ("net", "gross", "amount")}
            return {**changed, "allocations": allocations}
        case 1:
            return {"document_number": f"2023-{dice.number(5)}"}
        case 2:
            return {"effective_on": str(dice.day())}
        case _:
            return {"supplier_ico": None, "supplier_name": f"Supplier {dice.number(4)}"}


def _work(fact: WorkRecorded, dice: Dice) -> Changes:
    more = dice.money()
    match dice.number(3):
        case 0:
            return {"gross_wage": str(fact.gross_wage + more), "amount": str(fact.amount + more)}
        case 1:
            return {"month": str(dice.day(360).replace(day=1))}
        case _:
            return {"last_name": f"Number {dice.number(4)}", "fte": str(dice.number(5) / 4)}


def _travel(fact: TravelRecorded, dice: Dice) -> Changes:
    more = dice.money()
    return {"fare": str(fact.fare + more), "amount": str(fact.amount + more)}


def _registered(fact: Registered, dice: Dice) -> Changes:
    if dice.number(2):
        return {"flat_rate": "0.20"}
    part = Decimal("0.0100")
    return {"eu_rate": str(fact.eu_rate - part), "state_rate": str(fact.state_rate + part)}


def _held(fact: Held, dice: Dice) -> Changes:
    end = fact.start + timedelta(days=dice.number(90))
    return {"end": str(end), "hours": dice.number(60), "kind": "conference"}


def _date(fact: Fact, dice: Dice) -> Changes:
    return {"effective_on": str(dice.day())}


CHANGES: dict[type[Fact], Callable[[Any, Dice], Changes]] = {
    DocumentRecorded: _document,
    WorkRecorded: _work,
    TravelRecorded: _travel,
    Registered: _registered,
    Held: _held,
    **dict.fromkeys((Paid, Submitted, Decided, Published), _date),
    TargetSet: lambda _, dice: {"target": str(dice.number(50))},
    ItemAdded: lambda fact, _: {"count": "2", "total": str(fact.unit_price * 2)},
    ClaimPaid: lambda _, dice: {"amount": str(dice.money())},
    AttendanceRecorded: lambda _, dice: {"quantity": str(dice.number(50) + 1)},
    QuestionnaireRecorded: lambda _, dice: {"content": dice.number(5) + 1},
    ContactRecorded: lambda _, dice: {"minutes": dice.number(60) + 1},
    Written: lambda _, dice: {"counts": dice.often()},
    Entered: lambda _, dice: {"last_name": f"Number {dice.number(20)}"},
    CharacteristicsRecorded: lambda *_: {"sex": "POHMUZI", "municipality": "Brno"},
}


def correction(world: World, dice: Dice) -> None:
    """New values for any fact of which it is known what may change."""
    stream, version, fact = dice.one_of([one for one in world.facts if type(one[2]) in CHANGES])
    fact = world.live[stream].in_force.get(version, fact)
    changes = CHANGES[type(fact)](fact, dice)
    order = Correction(stream, version, changes, "counted again", dice.day())
    world.run(f"correct {type(fact).__name__}", lambda work: correct(work, order))


def cancellation(world: World, dice: Dice) -> None:
    """Any fact, or now and then all of a stream."""
    stream, version, fact = dice.one_of(world.facts)
    if isinstance(fact, Registered) and dice.often():
        return  # most of what follows would be refused
    one = version if dice.often() else None
    on = dice.day()

    def decide(work: Work) -> None:
        cancel(work, stream, one, "recorded by mistake", on)

    world.run(f"cancel {type(fact).__name__}", decide)


def repeated(world: World, dice: Dice) -> None:
    """A command sent again answers as the first time and records nothing; another is refused."""
    done, head = dice.one_of(world.done), world.commands.ledger.head()
    answer = world.commands.run(done.command, done.request, done.decide)
    assert answer == replace(done.answer, replayed=True)
    with pytest.raises(CommandReused):
        world.commands.run(done.command, bytes(32), done.decide)
    assert world.commands.ledger.head() == head
    event("repeat answered as before")


def stale(world: World, dice: Dice) -> None:
    """Two decide on the same stream; the later save is refused whole, and decided again."""
    project = dice.one_of(world.of("projects"))
    if world.live[project].state.registered is None:
        return
    code = f"T{len(world.facts)}"
    first, second = world.work(), world.work()
    for work in (first, second):
        values = msgspec.structs.replace(new_target(dice), code=f"{code}.{work is first}")
        work.begin(uuid4())
        set_target(work, project, values)
    command, taken = first.pending[-1].command, taken_by(first)
    version, position = taken[0][0].originator_version, first.save()[0][-1]
    answer = Recorded(project, version, version, position, replayed=False)
    world.remember(taken)
    world.done.append(Done(command.command_id, command.request_hash, _never, answer))
    with pytest.raises(VersionConflict):
        second.save()
    assert world.commands.ledger.head() == position
    event("stale save refused")
    world.run("stale retry", lambda work: set_target(work, project, values))


def _never(work: Work) -> None:
    raise AssertionError("a recorded command is not decided again")
