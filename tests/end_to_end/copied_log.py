"""A second tenant that is given a part of the first one's log, event by event and in order.

Persons are sealed anew under the second tenant's key; an event differs from its original only in
the hashes of the sealed rows and in the versions that corrections name.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec

from domain.event import Cancelled, Corrected, Fact, decode
from service.composition import Services
from service.store.database import in_tenant
from service.store.envelope import Envelope
from service.store.log import Beside, Command
from service.store.vault import ToSeal
from tests.end_to_end.running import ACTOR, Imported, fresh_tenant

LOG = """SELECT position, stream_id, version, type, data FROM ledger.event
    WHERE tenant_id = %s ORDER BY position"""
SEALED = re.compile(rb'"person":"([0-9a-f-]{36})","sha256":"([0-9a-f]{64})"')


class Stored(NamedTuple):
    """An event as the log holds it."""

    position: int
    stream: UUID
    version: int
    type: str
    data: bytes

    @property
    def fact(self) -> Fact:
        return decode(self.type, self.data)


def stored_events(services: Services, tenant: UUID) -> list[Stored]:
    rows = in_tenant(services.pool, tenant, LOG, [tenant])
    return [Stored(*row[:4], bytes(row[4])) for row in rows]


class Copy:
    """The second tenant; `take` gives it the next events."""

    def __init__(self, original: Imported, events: Iterable[Stored]) -> None:
        self.original, self.services = original, original.services
        self.tenant = fresh_tenant(self.services)
        self._hash_of, self._sealing = self._seal(events)
        self._versions: dict[UUID, dict[int, int]] = {}

    @property
    def project(self) -> Imported:
        original = self.original
        return Imported(self.services, self.tenant, original.project, original.folder)

    def take(self, events: Iterable[Stored]) -> None:
        """Appends copies of the events, in their order."""
        envelopes = [Envelope(one.stream, *self._copied(one)) for one in events]
        if envelopes:
            ledger = self.services.ledger(self.tenant)
            ledger.append([(Command(ACTOR, uuid4()), envelopes)], self._sealing)
            self._sealing = []

    def _copied(self, event: Stored) -> tuple[int, Fact]:
        versions = self._versions.setdefault(event.stream, {})
        versions[event.version] = len(versions) + 1
        data = SEALED.sub(self._resealed, event.data)
        fact = decode(event.type, data)
        if isinstance(fact, Corrected | Cancelled):
            fact = msgspec.structs.replace(fact, version=versions[fact.version])
        return versions[event.version], fact

    def _resealed(self, found: re.Match[bytes]) -> bytes:
        return found[0].replace(found[2], self._hash_of[found[2]])

    def _seal(self, events: Iterable[Stored]) -> tuple[dict[bytes, bytes], list[Beside]]:
        person_of = {
            found[2]: UUID(found[1].decode())
            for event in events
            for found in SEALED.finditer(event.data)
        }
        vault = self.services.vault
        hashes = {bytes.fromhex(sha256.decode()): sha256 for sha256 in person_of}
        read = vault.unseal(
            self.original.tenant, hashes.keys(), actor=ACTOR, purpose="copy of a log in tests"
        )
        to_seal = [ToSeal(person_of[hashes[one]], read[one], new_person=True) for one in hashes]
        sealed, beside = vault.seal_all(self.tenant, to_seal)
        new = (one.sha256.hex().encode() for one in sealed)
        return dict(zip(hashes.values(), new, strict=True)), list(beside)
