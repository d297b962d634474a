"""A stream in memory: the facts in force, and the state that decisions read.

Corrections and cancellations work alike in every stream: they name the version of the fact first
recorded. `in_force` keeps each fact under that version with the values that hold now; the state is
the fold of the facts in force, in order.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from domain.activity import Held
from domain.calendar import last_day_of_month
from domain.event import Cancelled, Corrected, Fact, corrected_fact, correction, name_of
from domain.project import Registered
from domain.rejection import AlreadyCancelled, NotFound, Rejection
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded

S = TypeVar("S")


class StillNeeded(Rejection):
    """A later fact of the record rests on it: change or cancel that first, or the whole record."""

    code = "still_needed"


@dataclass(frozen=True)
class Kind(Generic[S]):
    """A kind of stream: its name, its empty state, its fold and its check."""

    name: str
    initial: S
    evolve: Callable[[S, Fact], S]
    check: Callable[[S, Fact], None]


@dataclass
class Stream(Generic[S]):
    """One stream as loaded: `version` is that of its last event, 0 for a new one."""

    kind: Kind[S]
    version: int = 0
    in_force: dict[int, Fact] = field(default_factory=dict[int, Fact])
    first_recorded: set[int] = field(default_factory=set[int])
    state: S = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.kind.initial

    def apply(self, fact: Fact) -> None:
        """Takes the next event; never refuses."""
        self.version += 1
        match fact:
            case Corrected():
                self.in_force[fact.version] = corrected_fact(fact)
                self.state = self._folded()
            case Cancelled():
                self.in_force.pop(fact.version, None)
                self.state = self._folded()
            case _:
                self.first_recorded.add(self.version)
                self.in_force[self.version] = fact
                self.state = self.kind.evolve(self.state, fact)

    def record(self, fact: Fact) -> Fact:
        """Decides a fact: checks it against the state and applies it. Raises its rejection."""
        self.kind.check(self.state, fact)
        self.apply(fact)
        return fact

    def fact_at(self, version: int) -> Fact:
        """The fact in force first recorded at `version`. Raises NotFound, AlreadyCancelled."""
        if version in self.in_force:
            return self.in_force[version]
        if version in self.first_recorded:
            raise AlreadyCancelled("the fact was cancelled", "/version")
        raise NotFound(f"the stream has no fact of version {version}", "/version")

    def correct(self, version: int, new: Fact, reason: str) -> Fact:
        """Puts new values in the place of a fact; they are checked as if first recorded."""
        old = self.fact_at(version)
        self.kind.check(self._folded(without=version), new)
        self._refuse_unless_all_hold({**self.in_force, version: new})
        fact = correction(version, old, new, reason)
        self.apply(fact)
        return fact

    def cancel(self, version: int, reason: str) -> Fact:
        """Takes a fact back. Raises StillNeeded when a later fact rests on it."""
        old = self.fact_at(version)
        rest = {one: fact for one, fact in self.in_force.items() if one != version}
        self._refuse_unless_all_hold(rest)
        fact = Cancelled(effective_on=old.effective_on, version=version, reason=reason)
        self.apply(fact)
        return fact

    def without(self, versions: Collection[int]) -> "Stream[S]":
        """The stream as if these facts had not been recorded; to ask what would be, not to save."""
        facts = {one: fact for one, fact in self.in_force.items() if one not in versions}
        rest = Stream(self.kind, self.version, facts, set(self.first_recorded))
        rest.state = rest._folded()
        return rest

    def _refuse_unless_all_hold(self, facts: Mapping[int, Fact]) -> None:
        """What was recorded later must still be allowed, or it would hang in the air."""
        state = self.kind.initial
        for version in sorted(facts):
            try:
                self.kind.check(state, facts[version])
            except Rejection as rejection:
                later = name_of(type(facts[version]))
                text = f"{later} (version {version}) rests on it: {rejection.detail}"
                raise StillNeeded(text, "/version") from None
            state = self.kind.evolve(state, facts[version])

    def _folded(self, without: int | None = None) -> S:
        state = self.kind.initial
        for version in sorted(self.in_force):
            if version != without:
                state = self.kind.evolve(state, self.in_force[version])
        return state


def replayed(kind: Kind[S], facts: Iterable[Fact]) -> Stream[S]:
    """The stream after all its events, in version order."""
    stream = Stream(kind)
    for fact in facts:
        stream.apply(fact)
    return stream


def redated(fact: Fact) -> Fact:
    """The fact with the effective date that follows from its own values, where one does.

    Other facts have no date beside `effective_on`.
    """
    match fact:
        case Registered(start=start):
            return msgspec.structs.replace(fact, effective_on=start)
        case Held(end=end):
            return msgspec.structs.replace(fact, effective_on=end)
        case WorkRecorded(month=month):
            return msgspec.structs.replace(fact, effective_on=last_day_of_month(month))
        case TravelRecorded(returned_at=returned_at):
            return msgspec.structs.replace(fact, effective_on=returned_at.date())
        case _:
            return fact
