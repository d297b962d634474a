"""Many commands of one request: each for itself in transactions of a chunk, or all in one.

A chunk is decided in memory, in order, as if its commands came one after the other, over what one
query a kind has loaded. Commands that are recorded already answer with what they recorded; when
others were faster, the chunk is decided again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

import psycopg

from domain.stream import Kind
from projections.position import announce
from service.commands.execute import TRIES_MAX, Commands
from service.commands.persons import SealedNames, look_up_participants, seal_ahead
from service.commands.prepared import Prepared
from service.commands.work import Pending, Work
from service.store.log import BesideConflict, CommandReused, StoredRow, VersionConflict

CHUNK = 250  # a command of a bulk request records 4 events at most, so 1,000 in a transaction
REFUSALS_MAX = 100


@dataclass(frozen=True, slots=True)
class Numbered:
    """A command of the request, or why it is none; `index` is its place."""

    index: int
    command: UUID
    request_hash: bytes
    prepared: Prepared | Exception


@dataclass(frozen=True, slots=True)
class Done:
    """A recorded command: its first event's stream and version, and its last position."""

    index: int
    stream: UUID
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that recorded nothing."""

    index: int
    error: Exception


class SomeRefused(Exception):
    """Of commands that are recorded together some are refused; the first of them, in order."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(len(refused))
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Many:
    """Runs the commands of a request; `refusals` are the errors that refuse one of them only.

    Without `keep` everything is checked, also by the database, and rolled back.
    """

    commands: Commands
    refusals: tuple[type[Exception], ...]
    keep: bool

    def each(self, given: Iterable[Numbered]) -> Iterator[list[Done | Refused]]:
        """Records each that can be, a chunk in a transaction, and answers chunk by chunk.

        Raises CommandReused for another request under the same key; what was recorded stays.
        """
        iterator = iter(given)
        size = CHUNK if self.keep else None  # what is rolled back is not there for the next chunk
        while chunk := list(islice(iterator, size)):
            yield self._decided_again_while_others_are_faster(lambda of=chunk: self._chunk(of))

    def all_or_none(self, given: Sequence[Numbered]) -> list[Done]:
        """Records all in one transaction. Raises SomeRefused, CommandReused."""
        return self._decided_again_while_others_are_faster(lambda: self._all(given))

    def _decided_again_while_others_are_faster(self, decide: Callable[[], Any]) -> Any:
        for _ in range(TRIES_MAX - 1):
            with suppress(VersionConflict, BesideConflict, CommandReused):
                return decide()
        return decide()

    def _chunk(self, chunk: Sequence[Numbered]) -> list[Done | Refused]:
        earlier, deciding = self._begun(chunk)
        refused = [
            one
            for start in range(0, len(chunk), CHUNK)
            for one in deciding.decide(chunk[start : start + CHUNK], earlier)
        ]
        self._no_second_opinion(chunk, refused)
        done = [*_earlier(chunk, earlier), *deciding.save(keep=self.keep)]
        return sorted([*done, *refused], key=lambda one: one.index)

    def _all(self, given: Sequence[Numbered]) -> list[Done]:
        earlier, deciding = self._begun(given)
        refused: list[Refused] = []
        for start in range(0, len(given), CHUNK):
            refused += deciding.decide(given[start : start + CHUNK], earlier)
            if len(refused) >= REFUSALS_MAX:
                break
        self._no_second_opinion(given, refused)
        if refused:
            raise SomeRefused(refused[:REFUSALS_MAX])
        done = [*_earlier(given, earlier), *deciding.save(keep=self.keep)]
        return sorted(done, key=lambda one: one.index)

    def _no_second_opinion(self, given: Sequence[Numbered], refused: Sequence[Refused]) -> None:
        """Raises CommandReused where the same request, sent twice at once, was faster."""
        places = {one.index for one in refused}
        commands = [one.command for one in given if one.index in places]
        if commands and self.commands.ledger.events_of_commands(commands):
            raise CommandReused("recorded meanwhile")

    def _begun(self, given: Sequence[Numbered]) -> tuple[dict[UUID, list[StoredRow]], "_Deciding"]:
        found = self.commands.ledger.events_of_commands([one.command for one in given])
        for one in given:
            if one.command in found and found[one.command][0].request_hash != one.request_hash:
                raise CommandReused(str(one.command))
        return found, _Deciding(self.commands, self.refusals)


class _Deciding:
    """Commands that are decided together, before any of them is stored."""

    def __init__(self, commands: Commands, refusals: tuple[type[Exception], ...]) -> None:
        self._work = Work(commands.ledger, commands.vault, commands.programmes, commands.actor)
        self._known = SealedNames()
        self._refusals = refusals
        self._decided: list[tuple[int, Pending]] = []

    def decide(
        self, chunk: Sequence[Numbered], earlier: dict[UUID, list[StoredRow]]
    ) -> list[Refused]:
        """Decides those that are not recorded yet; the refused ones."""
        new = [one for one in chunk if one.command not in earlier]
        refused: list[Refused] = []
        self._look_up([(one, one.prepared) for one in new if isinstance(one.prepared, Prepared)])
        for one in new:
            if isinstance(one.prepared, Exception):
                refused.append(Refused(one.index, one.prepared))
                continue
            pending = self._work.begin(one.command, one.request_hash)
            try:
                one.prepared.decide(self._work, self._known, new_record(one))
            except self._refusals as error:
                self._work.abandon()
                refused.append(Refused(one.index, error))
            else:
                self._decided.append((one.index, pending))
        return refused

    def _look_up(self, chunk: Sequence[tuple[Numbered, Prepared]]) -> None:
        """What the commands read, by one query a kind."""
        work, known = self._work, self._known
        staff = [name for _, prepared in chunk for name in prepared.staff]
        suppliers = [name for _, prepared in chunk for name in prepared.suppliers]
        seal_ahead(work, known, staff, suppliers)
        people: dict[UUID, list[Any]] = {}
        streams: dict[str, tuple[Kind[Any], list[UUID]]] = {}
        for one, prepared in chunk:
            for project, person in prepared.participants:
                people.setdefault(project, []).append(person)
            for kind, stream in prepared.streams(work, known, new_record(one)):
                streams.setdefault(kind.name, (kind, []))[1].append(stream)
        for project, persons in people.items():
            look_up_participants(work, known, project, persons)
        for kind, wanted in streams.values():
            work.preload(kind, wanted)

    def save(self, *, keep: bool) -> list[Done]:
        """Stores the decided ones in one transaction."""
        if not self._decided:
            return []
        positions = self._work.save(keep=keep)
        if keep:
            with suppress(psycopg.Error):  # a hint for the runner; the commands are recorded
                announce(self._work.ledger.pool)
        return [
            Done(index, first.originator_id, first.originator_version, taken[-1])
            for (index, pending), taken in zip(self._decided, positions, strict=True)
            for first in pending.envelopes[:1]
        ]


def new_record(one: Numbered) -> UUID:
    """The id for what a command makes new."""
    return uuid5(one.command, "record")


def _earlier(given: Sequence[Numbered], earlier: dict[UUID, list[StoredRow]]) -> Iterator[Done]:
    for one in given:
        if rows := earlier.get(one.command):
            yield Done(one.index, rows[0].stream_id, rows[0].version, rows[-1].position)
