"""A fact as the library wants it, and the mapper between facts and stored events."""

from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from domain.event import Fact, decode, encode, name_of


class Envelope(msgspec.Struct, frozen=True):
    """A fact and its place: ids and versions are columns of the log, not JSON."""

    originator_id: UUID
    originator_version: int
    fact: Fact


class FactBytes(Transcoder):
    """The library's mapper asks for one; ours takes the bytes of `domain.event` instead."""

    def encode(self, obj: object) -> bytes:
        """Only a fact has bytes."""
        assert isinstance(obj, Fact)
        return encode(obj)

    def decode(self, data: bytes) -> object:  # noqa: ARG002 the library's signature
        """Bytes alone do not say what they are: the stored name beside them does."""
        raise TypeError("a fact is decoded by its stored name")


class FactMapper(Mapper[UUID]):
    """Stored names come from a closed registry, so no class path is in the log."""

    def __init__(self) -> None:
        super().__init__(FactBytes())

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Raises UnknownFact for a fact that is not registered."""
        assert isinstance(domain_event, Envelope)
        return StoredEvent(
            domain_event.originator_id,
            domain_event.originator_version,
            name_of(type(domain_event.fact)),
            encode(domain_event.fact),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Envelope:
        """Raises UnknownFact for a stored name that is not registered."""
        stream = stored_event.originator_id
        assert isinstance(stream, UUID)
        fact = decode(stored_event.topic, stored_event.state)
        return Envelope(stream, stored_event.originator_version, fact)
