"""One unit of work: load streams, decide, and save everything in one transaction.

The same command functions serve the API, the command line and imports. The first two save one
command at a time; an import plans many and saves them in batches. Everything that a command wants
stored beside its events (sealed persons, imported rows) goes into the same transaction.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeGuard, TypeVar
from uuid import UUID, uuid4

from domain.event import Fact
from domain.stream import Kind, Stream, replayed
from domain.streams import kind_of
from service.programmes import Programmes
from service.store.database import Values
from service.store.envelope import Envelope
from service.store.log import Beside, Command, Ledger
from service.store.vault import NEW_KEYS, Vault

S = TypeVar("S")
NO_REQUEST = sha256(b"").digest()


@dataclass
class Pending:
    """One decided command: its events in order, and what is stored beside them.

    `seen` are versions of streams that must be unchanged when it is stored.
    """

    command: Command
    envelopes: list[Envelope] = field(default_factory=list[Envelope])
    beside: list[Beside] = field(default_factory=list[Beside])
    seen: dict[UUID, int] = field(default_factory=dict[UUID, int])


class Work:
    """Loads, decides, saves for one tenant and actor; not shared between threads."""

    def __init__(
        self,
        ledger: Ledger,
        vault: Vault,
        programmes: Programmes,
        actor: str,
        causation: UUID | None = None,
    ) -> None:
        self.ledger, self.vault, self.programmes = ledger, vault, programmes
        self.tenant, self.actor, self.causation = ledger.tenant, actor, causation
        self.pending: list[Pending] = []
        # A caller may name a record of another kind: as his kind it is read too, and holds nothing.
        self._of_kind: dict[tuple[str, UUID], Stream[Any]] = {}
        self._streams: dict[UUID, Stream[Any]] = {}  # as the kind first asked for
        self._undo: list[Callable[[], None]] = []

    def begin(self, command_id: UUID, request_hash: bytes = NO_REQUEST) -> Pending:
        """The command that the facts recorded next belong to."""
        command = Command(self.actor, command_id, request_hash, self.causation)
        self.pending.append(Pending(command))
        self._undo = []
        return self.pending[-1]

    def abandon(self) -> None:
        """Takes back the current command, whose rejection refused it; what came before stays."""
        self.pending.pop()
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def on_abandon(self, undo: Callable[[], None]) -> None:
        """What is to be taken back with the current command, beside its facts."""
        self._undo.append(undo)

    def imagined(
        self, stream: UUID, versions: Collection[int], decide: Callable[[], object]
    ) -> list[Fact]:
        """The facts of a stream that `decide` would record if those at `versions` were not there.

        Nothing of it stays. Raises what `decide` raises. The stream must be loaded.
        """
        real = self._streams[stream]
        key = real.kind.name, stream
        self._streams[stream] = self._of_kind[key] = real.without(versions)
        pending = self.begin(uuid4())
        try:
            decide()
            return [one.fact for one in pending.envelopes if one.originator_id == stream]
        finally:
            self.abandon()
            self._streams[stream] = self._of_kind[key] = real

    def preload(self, kind: Kind[Any], streams: Iterable[UUID]) -> None:
        """Loads many streams by one query; those not loaded before."""
        given = dict.fromkeys(streams)
        wanted = [stream for stream in given if (kind.name, stream) not in self._of_kind]
        if not wanted:
            return
        for stream, facts in self.ledger.facts_of(wanted).items():
            loaded = replayed(kind, facts)
            self._of_kind[kind.name, stream] = loaded
            self._streams.setdefault(stream, loaded)

    def load(self, kind: Kind[S], stream: UUID) -> Stream[S]:
        """The stream, empty when it does not exist yet."""
        if (kind.name, stream) not in self._of_kind:
            self.preload(kind, [stream])
        return self._of_kind[kind.name, stream]

    def load_any(self, stream: UUID) -> Stream[Any] | None:
        """A stream of whatever kind; None when it does not exist."""
        known = self._streams.get(stream)
        if known is not None and known.version:
            return known
        rows = self.ledger.select_stream_rows(stream)
        if not rows:
            return None
        kind = kind_of(rows[0].type)
        return self.load(kind, stream)

    def record(self, kind: Kind[Any], stream: UUID, fact: Fact) -> Fact:
        """Decides a fact of a stream and takes it into the current command."""
        loaded = self.load(kind, stream)
        version, state = loaded.version, loaded.state

        def undo() -> None:
            for later in range(version + 1, loaded.version + 1):
                loaded.in_force.pop(later, None)
                loaded.first_recorded.discard(later)
            loaded.version, loaded.state = version, state

        self._undo.append(undo)
        loaded.record(fact)
        return self._take(stream, loaded, fact)

    def correct(self, stream: UUID, version: int, new: Fact, reason: str) -> Fact:
        """Puts new values in the place of a fact of a loaded stream."""
        loaded = self._streams[stream]
        undo = _put_back(loaded, version)
        fact = loaded.correct(version, new, reason)
        self._undo.append(undo)
        return self._take(stream, loaded, fact)

    def cancel(self, stream: UUID, version: int, reason: str) -> Fact:
        """Takes back a fact of a loaded stream."""
        loaded = self._streams[stream]
        undo = _put_back(loaded, version)
        fact = loaded.cancel(version, reason)
        self._undo.append(undo)
        return self._take(stream, loaded, fact)

    def version_seen(self, stream: UUID) -> int:
        """The version of a stream before the current command; saving refuses another one."""
        loaded = self._streams.get(stream) or self.load_any(stream)
        if loaded is None:
            return 0
        own = sum(one.originator_id == stream for one in self.pending[-1].envelopes)
        self.pending[-1].seen[stream] = loaded.version - own
        return loaded.version - own

    def beside(self, *statements: Beside) -> None:
        """Stores something in the transaction of the current command."""
        self.pending[-1].beside.extend(statements)

    def save(self, *, keep: bool = True) -> list[list[int]]:
        """Appends all pending commands in one transaction; the positions of each.

        Without `keep` the transaction is rolled back: they would have been these.
        """
        pending, self.pending = self.pending, []
        return save_all(self.ledger, pending, keep=keep)

    def _take(self, stream: UUID, loaded: Stream[Any], fact: Fact) -> Fact:
        self.pending[-1].envelopes.append(Envelope(stream, loaded.version, fact))
        return fact


def _put_back(stream: Stream[Any], version: int) -> Callable[[], None]:
    """Undoes a correction or cancellation of the fact at a version."""
    before, state, fact = stream.version, stream.state, stream.in_force.get(version)

    def undo() -> None:
        stream.version, stream.state = before, state
        if fact is not None:
            stream.in_force[version] = fact

    return undo


def save_all(ledger: Ledger, pending: Sequence[Pending], *, keep: bool = True) -> list[list[int]]:
    """Appends decided commands in one transaction."""
    beside = joined(statement for one in pending for statement in one.beside)
    seen = {stream: version for one in pending for stream, version in one.seen.items()}
    commands = [(one.command, one.envelopes) for one in pending]
    return ledger.append(commands, beside, seen=seen, keep=keep)


def joined(statements: Iterable[Beside]) -> list[Beside]:
    """The same in fewer statements: those that differ only in their arrays become one.

    A batch of participants brings a few statements a person.
    """
    kept: list[Beside] = []
    arrays: dict[tuple[str, frozenset[tuple[str, Any]]], dict[str, list[Any]]] = {}
    for statement in statements:
        given: Mapping[str, Any] = statement.values if _named(statement.values) else {}
        own: dict[str, list[Any]] = {
            name: [*value] for name, value in given.items() if isinstance(value, list)
        }
        scalars = {name: value for name, value in given.items() if name not in own}
        key = statement.sql, frozenset(scalars.items())
        if own and key in arrays:
            for name, values in own.items():
                arrays[key][name].extend(values)
            continue
        if own:
            arrays[key] = own
            statement = Beside(statement.sql, scalars | own)
        kept.append(statement)
    # New rows of persons known before may now stand before the keys of new persons, without which
    # the rows of these are not stored.
    return sorted(kept, key=lambda statement: statement.sql != NEW_KEYS)


def _named(values: Values) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(values, Mapping)
