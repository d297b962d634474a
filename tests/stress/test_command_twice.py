"""One command sent twice at the same moment by two connections is stored once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec

from service.commands.activities import NewOutput, record_output
from service.commands.execute import Recorded
from service.commands.projects import NewProject, register_project
from service.commands.work import Work
from service.composition import Services
from service.store.database import in_tenant
from tests.builders import registered

TRIES = 100
WAIT_S_MAX = 30
REQUEST = bytes(32)
EVENTS = """SELECT command_id, count(*) FROM ledger.event
    WHERE tenant_id = %s GROUP BY command_id"""


def new_project(services: Services, tenant: UUID) -> UUID:
    fields = msgspec.structs.asdict(registered())
    names = {field.name for field in msgspec.structs.fields(NewProject)}
    values = NewProject(**{name: fields[name] for name in names})
    project = uuid4()
    commands = services.commands(tenant, "system:test")
    commands.run(uuid4(), REQUEST, lambda work: register_project(work, project, values))
    return project


def new_output(project: UUID) -> Callable[[Work], Any]:
    """Two events in a stream of their own."""
    values = NewOutput(
        reference="O1",
        kind="analysis",
        title="Twice",
        written_on=date(2023, 2, 1),
        published_on=date(2023, 2, 2),
        published_at="https://example.org/1",
        counts=True,
    )
    stream = uuid4()
    return lambda work: record_output(work, project, stream, values)


def at_once(
    services: Services, tenant: UUID, sent: list[tuple[UUID, Callable[[Work], Any]]]
) -> list[Recorded]:
    """Each in a thread and connection of its own; none saves before all have decided."""
    decided = threading.Barrier(len(sent))

    def one(command: UUID, decide: Callable[[Work], Any]) -> Recorded:
        waited = threading.Event()  # a second decision, after a conflict, waits for nobody

        def together(work: Work) -> None:
            decide(work)
            if not waited.is_set():
                waited.set()
                decided.wait(WAIT_S_MAX)

        return services.commands(tenant, "system:test").run(command, REQUEST, together)

    with ThreadPoolExecutor(len(sent)) as threads:
        return [one.result() for one in [threads.submit(one, *each) for each in sent]]


def test_a_command_sent_twice_at_once_is_stored_once_with_one_answer(
    services: Services, fresh_tenant: UUID
) -> None:
    project = new_project(services, fresh_tenant)
    sent: list[UUID] = []
    for _ in range(TRIES):
        command, decide = uuid4(), new_output(project)
        first, second = at_once(services, fresh_tenant, [(command, decide), (command, decide)])
        assert (first.stream, first.position) == (second.stream, second.position)
        sent.append(command)
    found = dict(in_tenant(services.pool, fresh_tenant, EVENTS, [fresh_tenant]))
    assert {command: found[command] for command in sent} == dict.fromkeys(sent, 2)
    assert len(found) == TRIES + 1


def test_control_the_same_under_two_ids_is_stored_twice(
    services: Services, fresh_tenant: UUID
) -> None:
    """Only the command's id makes it one; both do reach the log at the same time."""
    project = new_project(services, fresh_tenant)
    for _ in range(TRIES // 10):
        sent = [(uuid4(), new_output(project)), (uuid4(), new_output(project))]
        first, second = at_once(services, fresh_tenant, sent)
        assert abs(first.position - second.position) == 2
    found = in_tenant(services.pool, fresh_tenant, EVENTS, [fresh_tenant])
    assert len(found) == 2 * (TRIES // 10) + 1
