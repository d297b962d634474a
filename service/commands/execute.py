"""Runs one command: at most once, and again from the start when somebody else was faster.

A command id that is recorded already answers with its first events, whatever has changed since;
so a retry after a lost answer is safe.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import psycopg

from domain.rejection import Rejection
from projections.position import announce
from service.commands.work import Work
from service.programmes import Programmes
from service.store.log import BesideConflict, CommandReused, Ledger, VersionConflict
from service.store.vault import Vault

TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a command recorded: its first event's stream and version, and its last position.

    `head` is the version that this stream had then. `replayed`: it had been recorded before.
    """

    stream: UUID
    version: int
    head: int
    position: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class Commands:
    """Where and as whom commands run."""

    ledger: Ledger
    vault: Vault
    programmes: Programmes
    actor: str

    def run(
        self,
        command_id: UUID,
        request_hash: bytes,
        decide: Callable[[Work], object],
        *,
        keep: bool = True,
    ) -> Recorded:
        """Decides and saves. Raises a Rejection, CommandReused, or VersionConflict at last.

        Without `keep` everything is checked, also by the database, and rolled back.
        """
        for attempt in range(TRIES_MAX):
            if earlier := self._recorded_before(command_id, request_hash):
                return earlier
            work = Work(self.ledger, self.vault, self.programmes, self.actor)
            pending = work.begin(command_id, request_hash)
            try:
                decide(work)
            except Rejection:
                # The same command may have been recorded since it was looked up: no second opinion.
                if earlier := self._recorded_before(command_id, request_hash):
                    return earlier
                raise
            try:
                positions = work.save(keep=keep)[0]
            except (VersionConflict, BesideConflict):
                if attempt == TRIES_MAX - 1:
                    raise
                continue
            if keep:
                with suppress(psycopg.Error):  # a hint for the runner; the command is recorded
                    announce(self.ledger.pool)
            events = [(one.originator_id, one.originator_version) for one in pending.envelopes]
            return _recorded(events, positions[-1], replayed=False)
        raise AssertionError("the last try returns or raises")

    def _recorded_before(self, command_id: UUID, request_hash: bytes) -> Recorded | None:
        rows = self.ledger.events_of_command(command_id)
        if not rows:
            return None
        if rows[0].request_hash != request_hash:
            raise CommandReused(str(command_id))
        events = [(row.stream_id, row.version) for row in rows]
        return _recorded(events, rows[-1].position, replayed=True)


def _recorded(events: Sequence[tuple[UUID, int]], position: int, *, replayed: bool) -> Recorded:
    stream, version = events[0]
    head = max(number for one, number in events if one == stream)
    return Recorded(stream, version, head, position, replayed)
