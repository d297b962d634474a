"""Operations of a kind that the test itself plays, done when the test says so."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from service.api.errors import problem_of_operation
from service.composition import Services
from service.operations.files import LocalFile
from service.operations.kinds import KINDS
from service.operations.operation import AskedBy, Operation, Order
from service.operations.running import Kind, Running
from service.operations.store import begin, operation_of
from service.operations.worker import Worker
from service.permissions import Permission
from service.store.database import transaction_of
from tests.service.api.conftest import api, client, other, services
from tests.service.api.requests import Api

__all__ = ["api", "client", "other", "services"]
PLAYED = "played"
Act = Callable[[Running], Mapping[str, Any]]


@dataclass
class Stage:
    """An organisation's operations, and a worker that does one when it is told to."""

    services: Services
    api: Api
    stop: threading.Event
    act: Act = lambda _: {"fine": True}

    @staticmethod
    def of(services: Services, api: Api) -> "Stage":
        return Stage(services, api, threading.Event())

    def ordered(
        self,
        inputs: Sequence[LocalFile] = (),
        *,
        actor: UUID | None = None,
        scopes: Sequence[str] | None = None,
        **given: Any,
    ) -> UUID:
        """An operation that waits."""
        operation, vault = uuid4(), self.services.vault
        by = AskedBy(str(actor or self.api.user), scopes, "request")
        order = Order(kind=PLAYED, **given)
        with transaction_of(self.services.pool, self.api.tenant) as connection:
            begin(connection, vault, self.api.tenant, operation, by, order, inputs)
        return operation

    def work(self) -> bool:
        """One turn of a process of its own."""
        worker = Worker(self.services, problem_of_operation)
        with psycopg.connect(self.services.urls.app, autocommit=True) as connection:
            return worker.work_one(connection, self.api.tenant, self.stop)

    def found(self, operation: UUID) -> Operation:
        with transaction_of(self.services.pool, self.api.tenant) as connection:
            return operation_of(connection, self.api.tenant, operation, None)

    def cancel(self, operation: UUID) -> Any:
        return self.api.post(f"/v1/operations/{operation}/cancellation", {})


@pytest.fixture
def stage(services: Services, api: Api, monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage.of(services, api)

    def needs(order: Order) -> Sequence[Permission]:
        return order.parameters.get("needs", ["exports.read"])

    monkeypatch.setitem(
        KINDS,  # type: ignore[arg-type]
        PLAYED,
        Kind(PLAYED, lambda running: stage.act(running), needs),
    )
    return stage
