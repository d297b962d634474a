"""given(facts).when(fact).then(…): decisions of a stream without a database."""

from dataclasses import dataclass
from typing import Any

import pytest

from domain.event import Fact
from domain.rejection import Rejection
from domain.stream import Kind, Stream, replayed


@dataclass
class Given:
    """A stream after the given facts."""

    stream: Stream[Any]

    def when(self, fact: Fact) -> "When":
        """Decides a fact."""
        return When(self.stream, fact)


@dataclass
class When:
    """A decision that is about to be taken."""

    stream: Stream[Any]
    fact: Fact

    def then_recorded(self) -> Any:
        """The fact is recorded; the state after it."""
        self.stream.record(self.fact)
        return self.stream.state

    def then_refused(self, rejection: type[Rejection], pointer: str | None = None) -> None:
        """The fact is refused by this rejection, and nothing changed."""
        before = self.stream.version, self.stream.state
        with pytest.raises(rejection) as refused:
            self.stream.record(self.fact)
        assert type(refused.value) is rejection
        assert pointer is None or refused.value.pointer == pointer
        assert (self.stream.version, self.stream.state) == before


def given(kind: Kind[Any], *facts: Fact) -> Given:
    """A stream of a kind with these events."""
    return Given(replayed(kind, facts))
