"""An output (výstup): a document written and published. Owns: whether and when it counts."""

from datetime import date
from uuid import UUID

import msgspec

from domain.event import Fact, stored
from domain.rejection import AlreadyRecorded, InvalidValue, NotFound


@stored("output.written.v1")
class Written(Fact, frozen=True, kw_only=True):
    """The output was finished on `effective_on`.

    `counts` says whether it is of a kind that the indicator of documents (80500, 805000) counts.
    """

    project: UUID
    reference: str
    kind: str
    title: str
    counts: bool


@stored("output.published.v1")
class Published(Fact, frozen=True, kw_only=True):
    """The output was published on `effective_on` at an address."""

    project: UUID
    published_at: str


class Output(msgspec.Struct, frozen=True):
    """What decisions about an output read."""

    written: Written | None = None
    published_on: date | None = None


def evolve(state: Output, fact: Fact) -> Output:
    """The state after a fact; never refuses."""
    match fact:
        case Written():
            return msgspec.structs.replace(state, written=fact)
        case Published(effective_on=day):
            return msgspec.structs.replace(state, published_on=day)
        case _:
            return state


def check(state: Output, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case Written():
            if state.written is not None:
                raise AlreadyRecorded(f"{state.written.reference} is recorded", "/reference")
        case Published():
            if state.written is None:
                raise NotFound("the output is not recorded")
            if state.published_on is not None:
                raise AlreadyRecorded(f"published on {state.published_on}", "/published_on")
            if fact.effective_on < state.written.effective_on:
                expected = f"expected {state.written.effective_on} or later"
                raise InvalidValue(expected, "/published_on")
        case _:
            raise TypeError(type(fact).__qualname__)
