"""What becomes of an operation: done, failed, cancelled, taken up again, given back."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection, OperationalError

from domain.rejection import InvalidValue
from projections.runner import locked
from service.api.errors import problem_of_operation
from service.operations import running as running_module
from service.operations import store
from service.operations.files import LocalFile
from service.operations.running import Running
from service.operations.store import ATTEMPTS_MAX
from service.operations.worker import Worker
from service.store import keys
from tests.service.api.people import grant_role, user_with
from tests.service.operations.conftest import Stage

BIG = bytes(range(256)) * 10_000  # three pieces


class Killed(BaseException):
    """The process ends here and now: nothing of it is told to anybody."""


def killed(_: Running) -> Mapping[str, Any]:
    raise Killed


def work_and_die(stage: Stage) -> None:
    with pytest.raises(Killed):
        stage.work()


def local(tmp_path: Path, name: str, content: bytes) -> LocalFile:
    path = tmp_path / name
    path.write_bytes(content)
    return LocalFile(path, name, "text/plain")


def test_the_oldest_is_done_first_and_its_result_is_kept(stage: Stage) -> None:
    first, second = stage.ordered(), stage.ordered()
    assert stage.work()
    assert (stage.found(first).state, stage.found(second).state) == ("succeeded", "pending")
    assert stage.found(first).result == {"fine": True}
    assert stage.work()
    assert not stage.work(), "nothing waits any more"
    assert stage.found(second).attempts == 1


def test_what_is_asked_later_is_done_later_also_when_the_clock_was_put_back(
    stage: Stage, admin: Connection[Any]
) -> None:
    first = stage.ordered()
    by_an_hour = "UPDATE ledger.operation SET requested_at = requested_at + interval '1 hour'"
    admin.execute(f"{by_an_hour} WHERE operation_id = %s".encode(), [first])
    second = stage.ordered()
    assert stage.work()
    assert (stage.found(first).state, stage.found(second).state) == ("succeeded", "pending")


def test_files_come_back_as_they_were_given_and_go_with_the_end(
    stage: Stage, tmp_path: Path, admin: Connection[Any]
) -> None:
    files = [local(tmp_path, "big", BIG), local(tmp_path, "none", b"")]
    seen: list[bytes] = []

    def act(running: Running) -> Mapping[str, Any]:
        seen.extend(running.input(name).read_bytes() for name in ("big", "none"))
        running.keep(local(running.folder, "made", BIG[:-1]))
        return {}

    stage.act = act
    operation = stage.ordered(files)
    assert pieces(admin, "input", operation) == 3
    assert stage.work()
    assert seen == [BIG, b""]
    assert (pieces(admin, "input", operation), pieces(admin, "output", operation)) == (0, 3)
    answer = stage.api.get(f"/v1/operations/{operation}/files/made")
    assert answer.content == BIG[:-1]


def pieces(admin: Connection[Any], role: str, operation: UUID) -> int:
    query = f"SELECT count(*) FROM ledger.operation_{role} WHERE operation_id = %s"
    row = admin.execute(query.encode(), [operation]).fetchone()
    assert row is not None
    return row[0]


def test_pieces_are_sealed_and_bound_to_their_place(
    stage: Stage, tmp_path: Path, admin: Connection[Any]
) -> None:
    operation = stage.ordered([local(tmp_path, "big", BIG)])
    stored = admin.execute(
        "SELECT sealed FROM ledger.operation_input WHERE operation_id = %s ORDER BY number",
        [operation],
    ).fetchall()
    assert all(BIG[:64] not in bytes(one) for (one,) in stored)
    swap = "UPDATE ledger.operation_input SET sealed = %s WHERE operation_id = %s AND number = %s"
    admin.execute(swap, [stored[1][0], operation, 0])
    admin.execute(swap, [stored[0][0], operation, 1])
    stage.act = lambda running: {"size": len(running.input("big").read_bytes())}
    assert stage.work()
    found = stage.found(operation)
    assert (found.state, found.problem and found.problem["status"]) == ("failed", 500)
    with pytest.raises(keys.Unreadable):
        keys.decrypt(keys.new_key(), bytes(stored[0][0]), b"")


def test_what_it_raises_is_the_problem_that_a_request_would_have_got(stage: Stage) -> None:
    def refuse(_: Running) -> Mapping[str, Any]:
        raise InvalidValue("expected another", "/views/0")

    stage.act = refuse
    operation = stage.ordered()
    assert stage.work()
    problem = stage.found(operation).problem
    assert problem is not None
    assert problem["type"] == "urn:grantledger:problem:invalid-value"
    assert problem["errors"] == [{"pointer": "/views/0", "detail": "expected another"}]
    assert problem["instance"] == "urn:grantledger:request:request"


def test_an_error_of_ours_tells_nothing_of_the_inside(stage: Stage) -> None:
    def fail(_: Running) -> Mapping[str, Any]:
        raise ValueError("Planted-Participant")

    stage.act = fail
    operation = stage.ordered()
    assert stage.work()
    problem = stage.found(operation).problem
    assert problem is not None
    assert problem["type"] == "urn:grantledger:problem:internal-error"
    assert "Planted" not in str(problem)


def test_a_full_disk_is_told(stage: Stage) -> None:
    def fill(running: Running) -> Mapping[str, Any]:
        with Path("/dev/full").open("wb") as full:
            full.write(b"x")
        return {}

    stage.act = fill
    operation = stage.ordered()
    assert stage.work()
    problem = stage.found(operation).problem
    assert problem is not None
    assert problem["type"] == "urn:grantledger:problem:insufficient-storage"


def test_an_operation_of_a_killed_process_is_done_by_the_next(stage: Stage) -> None:
    operation = stage.ordered()
    stage.act = killed
    work_and_die(stage)
    assert stage.found(operation).state == "running"
    stage.act = lambda _: {"fine": True}
    assert stage.work()
    found = stage.found(operation)
    assert (found.state, found.attempts) == ("succeeded", 2)


def test_control_a_worker_that_takes_only_what_has_not_begun_leaves_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = stage.ordered()
    stage.act = killed
    work_and_die(stage)
    only_new = store.CLAIM.replace("state IN ('pending', 'running')", "state = 'pending'")
    monkeypatch.setattr(store, "CLAIM", only_new)
    assert not stage.work()
    assert stage.found(operation).state == "running"


def test_what_kills_every_process_is_given_up(stage: Stage) -> None:
    operation = stage.ordered()
    stage.act = killed
    for _ in range(ATTEMPTS_MAX):
        work_and_die(stage)
    assert stage.work()
    problem = stage.found(operation).problem
    assert problem is not None
    assert problem["type"] == "urn:grantledger:problem:operation-interrupted"


def test_an_error_of_the_system_does_not_end_the_worker(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()
    submit = ThreadPoolExecutor.submit

    def submitted(pool: ThreadPoolExecutor, *given: Any) -> Any:
        if failed.is_set() or pool._thread_name_prefix != "operations":
            return submit(pool, *given)
        failed.set()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submitted)
    operation = stage.ordered()
    worker = Worker(stage.services, problem_of_operation)
    thread = threading.Thread(target=worker.run_forever, args=[stage.stop])
    thread.start()
    try:
        until = time.monotonic() + 60
        while not stage.found(operation).ended:
            assert thread.is_alive()
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        stage.stop.set()
        thread.join()
    assert failed.is_set()


def test_what_another_process_works_on_is_left_to_it(stage: Stage) -> None:
    operation = stage.ordered()
    with psycopg.connect(stage.services.urls.app, autocommit=True) as connection:
        with locked(connection, f"operations of {stage.api.tenant}") as mine:
            assert mine
            assert not stage.work()
        assert stage.found(operation).attempts == 0
    assert stage.work(), "control"


def test_errors_of_the_database_are_tried_again_and_told_in_the_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Running) -> Mapping[str, Any]:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("service.operations.worker.RETRY_S", 0)
    stage.act = fail
    operation = stage.ordered()
    for attempt in range(1, ATTEMPTS_MAX):
        assert stage.work()
        found = stage.found(operation)
        assert (found.state, found.attempts) == ("running", attempt)
    assert stage.work()
    problem = stage.found(operation).problem
    assert problem is not None
    assert problem["type"] == "urn:grantledger:problem:unavailable"


def test_a_program_that_ends_gives_its_operation_back_and_counts_no_attempt(stage: Stage) -> None:
    def drain(running: Running) -> Mapping[str, Any]:
        stage.stop.set()
        running.progress(1, 2)
        return {"fine": False}

    stage.act = drain
    operation = stage.ordered()
    for _ in range(ATTEMPTS_MAX + 1):
        stage.stop.clear()
        assert stage.work()
        found = stage.found(operation)
        assert (found.state, found.attempts) == ("pending", 0)
    stage.stop.clear()
    stage.act = lambda _: {"fine": True}
    assert stage.work()
    assert stage.found(operation).state == "succeeded"


def test_progress_is_seen_while_it_goes_on_and_begins_anew_with_an_attempt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_module, "STORED_EVERY_S", 0.0)
    seen: list[tuple[int, int | None]] = []

    def act(running: Running) -> Mapping[str, Any]:
        for done, total in ((0, None), (3, 7), (7, 7)):
            running.progress(done, total)
            shown = stage.api.read(f"/v1/operations/{running.operation.operation_id}")
            assert shown["status"] == "running"
            seen.append((shown["progress"]["done"], shown["progress"]["total"]))
        raise Killed

    stage.act = act
    stage.ordered()
    work_and_die(stage)
    work_and_die(stage)
    assert seen == [(0, None), (3, 7), (7, 7)] * 2


def test_progress_is_stored_now_and_then_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_module, "STORED_EVERY_S", 3600.0)

    def act(running: Running) -> Mapping[str, Any]:
        for done in range(1, 10_000):
            running.progress(done, None)
        return {}

    stage.act = act
    operation = stage.ordered()
    assert stage.work()
    assert stage.found(operation).done == 1, "the first at once, the next after a while"


def test_a_cancel_ends_it_at_its_next_step_and_what_it_kept_is_not_stored(
    stage: Stage, tmp_path: Path, admin: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_module, "STORED_EVERY_S", 0.0)

    def act(running: Running) -> Mapping[str, Any]:
        running.keep(local(tmp_path, "made", b"x"))
        running.progress(0, 2)
        assert stage.cancel(running.operation.operation_id).status_code == 202
        assert stage.cancel(running.operation.operation_id).status_code == 202
        running.progress(1, 2)
        return {}

    stage.act = act
    operation = stage.ordered([local(tmp_path, "big", BIG)])
    assert stage.work()
    found = stage.found(operation)
    assert (found.state, found.result, found.problem) == ("cancelled", None, None)
    assert (pieces(admin, "input", operation), pieces(admin, "output", operation)) == (0, 0)


def test_a_cancel_at_the_last_step_comes_too_late(stage: Stage) -> None:
    def act(running: Running) -> Mapping[str, Any]:
        assert stage.cancel(running.operation.operation_id).status_code == 202
        return {}

    stage.act = act
    operation = stage.ordered()
    assert stage.work()
    assert stage.found(operation).state == "succeeded"


def test_an_operation_whose_process_died_is_cancelled_by_the_next(stage: Stage) -> None:
    operation = stage.ordered()
    stage.act = killed
    work_and_die(stage)
    assert stage.cancel(operation).status_code == 202
    assert stage.work()
    assert stage.found(operation).state == "cancelled"


def test_a_work_that_lost_its_lock_changes_nothing_any_more(stage: Stage) -> None:
    done: list[str] = []

    def act(running: Running) -> Mapping[str, Any]:
        stage.act = lambda _: {"by": "the second"}
        assert running.claimed._connection.execute("SELECT pg_advisory_unlock_all()")
        assert stage.work()
        done.append("the second")
        running.keep(local(running.folder, "made", b"x"))
        return {"by": "the first"}

    stage.act = act
    operation = stage.ordered()
    assert stage.work()
    found = stage.found(operation)
    assert (done, found.result, found.attempts) == (["the second"], {"by": "the second"}, 2)
    assert stage.api.read(f"/v1/operations/{operation}")["files"] == []


def forbidden(stage: Stage, operation: UUID) -> bool:
    assert stage.work()
    problem = stage.found(operation).problem
    return problem is not None and problem["type"].endswith(":forbidden")


def test_the_rights_are_those_of_the_moment_when_it_begins(stage: Stage) -> None:
    services, tenant = stage.services, stage.api.tenant
    finance = user_with(services, stage.api.client, tenant, "finance")
    assert not forbidden(stage, stage.ordered(actor=finance.user)), "control"
    waiting = stage.ordered(actor=finance.user)
    assert stage.api.post(f"/v1/users/{finance.user}/disablement", {}).status_code == 201
    assert forbidden(stage, waiting)


def test_a_role_that_was_taken_back_meanwhile_counts(stage: Stage) -> None:
    services, tenant = stage.services, stage.api.tenant
    project = stage.api.project()
    user = user_with(services, stage.api.client, tenant, "coordinator")
    membership = grant_role(services, tenant, user.user, "finance", project)
    of_project = {"actor": user.user, "project": UUID(project)}
    assert not forbidden(stage, stage.ordered(**of_project)), "control"
    assert forbidden(stage, stage.ordered(actor=user.user)), "not in the organisation"
    waiting = stage.ordered(**of_project)
    assert stage.api.post(f"/v1/memberships/{membership}/revocation", {}).status_code == 201
    assert forbidden(stage, waiting)


def test_it_may_no_more_than_the_token_that_it_was_asked_for_with(stage: Stage) -> None:
    assert not forbidden(stage, stage.ordered(scopes=["exports.read"])), "control"
    assert forbidden(stage, stage.ordered(scopes=["documents.read"]))


def test_each_tenant_is_served_by_turns(stage: Stage, other: Any) -> None:
    """Who was served least recently comes first, whoever asked first."""
    mine = [stage.ordered() for _ in range(2)]
    theirs = Stage.of(stage.services, other)
    theirs.ordered()
    work = "SELECT tenant_id FROM ledger.operations_with_work()"
    with psycopg.connect(stage.services.urls.app, autocommit=True) as connection:

        def turns() -> list[UUID]:
            found = [tenant for (tenant,) in connection.execute(work)]
            return [one for one in found if one in (stage.api.tenant, other.tenant)]

        assert set(turns()) == {stage.api.tenant, other.tenant}
        assert stage.work()
        assert turns() == [other.tenant, stage.api.tenant]
        assert theirs.work()
        assert turns() == [stage.api.tenant]
    assert [stage.found(one).state for one in mine] == ["succeeded", "pending"]
