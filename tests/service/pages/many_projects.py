"""An organisation with many projects: the seed project's money, copied under ids of its own."""

import re
from collections.abc import Iterable
from uuid import UUID, uuid4, uuid5

import msgspec

from domain.event import decode
from domain.project import Registered
from service.composition import Services
from service.store.envelope import Envelope
from service.store.log import Command
from tests.end_to_end.copied_log import Stored, stored_events
from tests.end_to_end.running import ACTOR, Imported

ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PERSON = re.compile(rb'"person":"[0-9a-f-]{36}"')
# People's support is most of the log and no part of what is measured.
LEFT_OUT = ("activity.", "participant.", "output.", "exchange-rate.")
BATCH = 2000


def copy_projects(original: Imported, times: int) -> list[UUID]:
    """The project again and again in its own tenant; the ids of the copies."""
    services, tenant = original.services, original.tenant
    of_project = _of_money(stored_events(services, tenant))
    copies: list[UUID] = []
    for number in range(times):
        space = uuid4()
        copies.append(uuid5(space, str(original.project)))
        _append(services, tenant, [_copied(one, space, number) for one in of_project])
    return copies


def _of_money(events: Iterable[Stored]) -> list[Stored]:
    found = list(events)
    streams = {one.stream for one in found if one.type.startswith(LEFT_OUT)}
    return [one for one in found if one.stream not in streams]


def _copied(event: Stored, space: UUID, number: int) -> Envelope:
    persons = PERSON.findall(event.data)

    def other(found: re.Match[bytes]) -> bytes:
        if any(found[0] in person for person in persons):
            return found[0]
        return str(uuid5(space, found[0].decode())).encode()

    fact = decode(event.type, ID.sub(other, event.data))
    if isinstance(fact, Registered):
        registration = f"{fact.registration_number[:-4]}{number:04}"
        fact = msgspec.structs.replace(
            fact, registration_number=registration, title_en=f"{fact.title_en} {number}"
        )
    return Envelope(uuid5(space, str(event.stream)), event.version, fact)


def _append(services: Services, tenant: UUID, envelopes: list[Envelope]) -> None:
    for start in range(0, len(envelopes), BATCH):
        command = Command(ACTOR, uuid4())
        services.ledger(tenant).append([(command, envelopes[start : start + BATCH])])
