"""Reservation streams: uniqueness and limits that cross streams, appended in the same save.

Owns: who holds a document number (the second is recorded and gets the finding
`duplicate_document`), how much of a person's month is taken over all contracts, and which project
has a registration number. The primary key of the log decides races.
"""

from decimal import Decimal
from uuid import UUID

from domain.event import Fact, stored


@stored("document-number.taken.v1")
class NumberTaken(Fact, frozen=True, kw_only=True):
    """A document bears this number of this supplier; the first one in the stream holds it."""

    project: UUID
    document: UUID


@stored("document-number.released.v1")
class NumberReleased(Fact, frozen=True, kw_only=True):
    """The document was cancelled or its number corrected."""

    project: UUID
    document: UUID


@stored("person-month.worked.v1")
class MonthWorked(Fact, frozen=True, kw_only=True):
    """Hours and FTE of one work record in this person's month."""

    project: UUID
    work_record: UUID
    hours: Decimal
    fte: Decimal


@stored("project-number.taken.v1")
class RegistrationTaken(Fact, frozen=True, kw_only=True):
    """The project that has this registration number."""

    project: UUID
