"""What a list of commands runs against, and what it must find again: a tenant and its memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from hypothesis import event

from domain.activity import Held
from domain.budget import ItemAdded
from domain.claim import Submitted
from domain.event import Cancelled, Corrected, Fact
from domain.expenditure import Recorded as Document
from domain.output import Written
from domain.participant import Entered
from domain.project import Registered
from domain.rejection import Rejection
from domain.stream import Stream
from service.commands.execute import Commands, Recorded
from service.commands.work import Work
from service.composition import Services
from service.store.envelope import Envelope

ACTOR = "system:test"
Decide = Callable[[Work], object]
KEPT: dict[type[Fact], str] = {
    Registered: "projects",
    Submitted: "claims",
    Held: "activities",
    Entered: "participants",
    Written: "outputs",
}


@dataclass(frozen=True)
class Done:
    """A command that was acknowledged."""

    command: UUID
    request: bytes
    decide: Decide
    answer: Recorded


@dataclass
class World:
    """A tenant, what was acknowledged, and every stream as the commands left it in memory."""

    services: Services
    tenant: UUID
    known: dict[str, list[UUID]] = field(default_factory=dict[str, list[UUID]])
    items: dict[UUID, list[str]] = field(default_factory=dict[UUID, list[str]])
    facts: list[tuple[UUID, int, Fact]] = field(default_factory=list[tuple[UUID, int, Fact]])
    live: dict[UUID, Stream[Any]] = field(default_factory=dict[UUID, Stream[Any]])
    done: list[Done] = field(default_factory=list[Done])
    looks: list[tuple[int, UUID, Any]] = field(default_factory=list[tuple[int, UUID, Any]])

    @property
    def commands(self) -> Commands:
        """Where the commands run."""
        return self.services.commands(self.tenant, ACTOR)

    def work(self) -> Work:
        """A unit of work of its own, for what happens beside `commands`."""
        ledger = self.services.ledger(self.tenant)
        return Work(ledger, self.services.vault, self.services.programmes, ACTOR)

    def of(self, kind: str) -> list[UUID]:
        """The known streams of a kind, as they came."""
        return self.known.setdefault(kind, [])

    def run(self, kind: str, decide: Decide) -> None:
        """Runs one command and remembers what it recorded; a rejection records nothing."""
        command, request = uuid4(), uuid4().bytes * 2
        taken: list[tuple[Envelope, Stream[Any]]] = []

        def watched(work: Work) -> None:
            decide(work)
            taken[:] = taken_by(work)

        try:
            answer = self.commands.run(command, request, watched)
        except Rejection as rejection:
            event(f"{kind} refused: {rejection.code}")
            return
        event(f"{kind} recorded")
        assert not answer.replayed
        self.remember(taken)
        self.done.append(Done(command, request, decide, answer))

    def remember(self, taken: Sequence[tuple[Envelope, Stream[Any]]]) -> None:
        """What a command recorded, and the streams as it left them."""
        for envelope, stream in taken:
            id_, version, fact = envelope.originator_id, envelope.originator_version, envelope.fact
            self.live[id_] = stream
            if isinstance(fact, Corrected | Cancelled):
                continue
            self.facts.append((id_, version, fact))
            if isinstance(fact, Submitted) and fact.lines:
                event("claim with lines")
            if isinstance(fact, Document):
                self.of("documents").append(id_)
            elif type(fact) in KEPT:
                self.of(KEPT[type(fact)]).append(id_)
            elif isinstance(fact, ItemAdded):
                self.items.setdefault(fact.project, []).append(fact.code)


def taken_by(work: Work) -> list[tuple[Envelope, Stream[Any]]]:
    """What the current command recorded; its streams are in memory, whatever their kind."""
    taken: list[tuple[Envelope, Stream[Any]]] = []
    for envelope in work.pending[-1].envelopes:
        stream = work.load_any(envelope.originator_id)
        assert stream is not None
        taken.append((envelope, stream))
    return taken
