"""A command with all its values, to be run alone or among many of one request.

What it reads is said beside what it decides, so that for many it is looked up together: the
persons it names and the streams it loads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.stream import Kind
from service.commands.persons import NewPerson, SealedNames, StaffName, SupplierName
from service.commands.work import Work

Streams = Sequence[tuple[Kind[Any], UUID]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """`decide` and `streams` get the persons known so far and the id for a new record."""

    decide: Callable[[Work, SealedNames, UUID], object]
    streams: Callable[[Work, SealedNames, UUID], Streams]
    staff: Sequence[StaffName] = ()
    suppliers: Sequence[SupplierName] = ()
    participants: Sequence[tuple[UUID, NewPerson]] = ()

    def alone(self, work: Work, new_record: UUID) -> None:
        """Decides it as the only command of a request."""
        self.decide(work, SealedNames(), new_record)
