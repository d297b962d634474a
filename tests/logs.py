"""Envelopes to append, calls at the same moment, and what must hold of every log."""

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from domain.event import Cancelled, decode
from service.store.database import Pool, in_tenant
from service.store.envelope import Envelope
from service.store.leaf import leaf_hash
from service.store.log import Command

ACTOR = "system:test"
DAY = date(2026, 3, 31)
ROWS = """SELECT position, stream_id, version, type, data, event_id, recorded_at, actor, command_id,
    command_index, causation, leaf_hash FROM ledger.event WHERE tenant_id = %s ORDER BY position"""


def noted(stream: UUID, version: int, text: str = "a note") -> Envelope:
    """A fact with free text; nothing but the log is asked about it."""
    return Envelope(stream, version, Cancelled(effective_on=DAY, version=1, reason=text))


def by(command_id: UUID | None = None, request: bytes = b"request") -> Command:
    """A command of the tests."""
    return Command(ACTOR, command_id or uuid4(), request)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The answers, or errors, of calls that begin at the same moment."""
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = calls[number]()
        except Exception as error:  # noqa: BLE001 it is the answer
            answers[number] = error

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def stored_rows(pool: Pool, tenant: UUID) -> list[tuple[Any, ...]]:
    """A tenant's whole log."""
    return in_tenant(pool, tenant, ROWS, [tenant])


def first_wrong(tenant: UUID, rows: Sequence[tuple[Any, ...]]) -> str | None:
    """What does not hold of a log: positions and versions gapless, clock never back, leaves."""
    versions: dict[UUID, int] = {}
    indexes: dict[UUID, int] = {}
    clock: datetime | None = None
    for expected, row in enumerate(rows, 1):
        position, stream, version, name, data, event, at, actor, command, index, cause, leaf = row
        if position != expected:
            return f"position {position} follows {expected - 1}"
        if version != versions.get(stream, 0) + 1:
            return f"version at position {position}"
        if index != indexes.get(command, -1) + 1:
            return f"command index at position {position}"
        if clock is not None and at < clock:
            return f"clock at position {position}"
        computed = leaf_hash(
            tenant_id=tenant,
            position=position,
            event_id=event,
            stream_id=stream,
            version=version,
            type=name,
            recorded_at=at,
            actor=actor,
            command_id=command,
            causation=cause,
            data=data,
        )
        if leaf != computed:
            return f"leaf at position {position}"
        decode(name, data)
        versions[stream], indexes[command], clock = version, index, at
    return None
