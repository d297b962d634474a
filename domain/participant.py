"""A participant (podpořená osoba): one record a person a project.

Owns: entry, the characteristics as at entry, and exit. Who the person is stays sealed: an event
holds a random id and the hash of the ciphertext.
"""

from datetime import date
from uuid import UUID

import msgspec

from domain.event import Fact, stored
from domain.person import SealedPerson
from domain.rejection import AlreadyRecorded, InvalidValue, NotFound


@stored("participant.entered.v1")
class Entered(Fact, frozen=True, kw_only=True):
    """The person entered the project; `effective_on` is the day of entry.

    Without a known day of entry (`entry_known` false: the record is incomplete) it is the
    project's first day. `identity` seals names and birth date.
    """

    project: UUID
    reference: str
    identity: SealedPerson
    entry_known: bool


@stored("participant.characteristics-recorded.v1")
class CharacteristicsRecorded(Fact, frozen=True, kw_only=True):
    """Sex, residence, labour status, education, disadvantage at entry, sealed."""

    project: UUID
    characteristics: SealedPerson


@stored("participant.left.v1")
class Left(Fact, frozen=True, kw_only=True):
    """The person left; `effective_on` is the last day in the project. The situation is sealed."""

    project: UUID
    situation: SealedPerson


class Participant(msgspec.Struct, frozen=True):
    """What decisions about a participant read."""

    entered: Entered | None = None
    characterised: bool = False
    left_on: date | None = None


def evolve(state: Participant, fact: Fact) -> Participant:
    """The state after a fact; never refuses."""
    match fact:
        case Entered():
            return msgspec.structs.replace(state, entered=fact)
        case CharacteristicsRecorded():
            return msgspec.structs.replace(state, characterised=True)
        case Left(effective_on=day):
            return msgspec.structs.replace(state, left_on=day)
        case _:
            return state


def check(state: Participant, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case Entered():
            if state.entered is not None:
                raise AlreadyRecorded(f"{state.entered.reference} is recorded", "/reference")
        case CharacteristicsRecorded():
            entered(state)
            if state.characterised:
                raise AlreadyRecorded("the characteristics at entry are recorded")
        case Left():
            entry = entered(state)
            if state.left_on is not None:
                raise AlreadyRecorded(f"the exit on {state.left_on} is recorded", "/exit_date")
            if fact.effective_on < entry.effective_on:
                raise InvalidValue(f"expected {entry.effective_on} or later", "/exit_date")
        case _:
            raise TypeError(type(fact).__qualname__)


def entered(state: Participant) -> Entered:
    """The entry. Raises NotFound."""
    if state.entered is None:
        raise NotFound("the participant is not recorded", "/participant_id")
    return state.entered
