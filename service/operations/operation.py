"""An operation: long work that was asked for, goes on by itself and ends once.

    pending -> running -> succeeded | failed | cancelled

A process that ends or dies leaves it `running`; the next one takes it up again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

State = Literal["pending", "running", "succeeded", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("succeeded", "failed", "cancelled")
Document = Mapping[str, Any]  # as JSON has it


class Cancelled(Exception):
    """Somebody asked that the operation ends."""


class TakenOver(Exception):
    """The operation is no longer this process's: it lost its lock, and another one has it."""


class NoLongerAllowed(Exception):
    """Who asked for the operation may not do it any more."""


class Interrupted(Exception):
    """The operation was begun several times, and its process did not live to its end."""


@dataclass(frozen=True, slots=True)
class AskedBy:
    """Who asked, with what of his rights, in which request. `scopes` None: all."""

    actor: str
    scopes: Sequence[str] | None
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be done. `parameters` hold no persons."""

    kind: str
    parameters: Document = field(default_factory=dict[str, Any])
    project: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An operation as stored. `total` None: nobody knows how much there is to do."""

    tenant: UUID
    operation_id: UUID
    kind: str
    project: UUID | None
    parameters: Document
    actor: str
    scopes: list[str] | None
    request_id: str
    state: State
    done: int
    total: int | None
    attempts: int
    requested_at: datetime
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    result: Document | None
    problem: Document | None

    @property
    def order(self) -> Order:
        """What was ordered."""
        return Order(kind=self.kind, parameters=self.parameters, project=self.project)

    @property
    def ended(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.state in ENDED
