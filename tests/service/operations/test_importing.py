"""An import that is cancelled, killed or has to wait: nothing is lost, nothing counted twice."""

from typing import Any

import pytest

from service.composition import Services
from service.importing import run
from service.operations import importing, running
from service.operations.kinds import KINDS
from service.operations.running import Kind, Running
from tests.end_to_end.running import SEED_PLUS, expected_of
from tests.service.api.requests import Api, problem_of
from tests.service.api.sent_files import Sender, zipped


@pytest.fixture
def sender(services: Services, api: Api) -> Sender:
    return Sender(services, api)


@pytest.fixture
def small() -> bytes:
    return zipped(SEED_PLUS)


def figures(sender: Sender, project: str) -> Any:
    return sender.api.read(f"/v1/projects/{project}/reports/figures")


class Watched(Running):
    """Tells the test of each step before it is told to anybody else."""

    def progress(self, done: int, total: int | None) -> None:
        if total is not None:
            self.on_batch(done)  # type: ignore[attr-defined]
        super().progress(done, total)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is called with the rows that are recorded after each of many small batches."""
    calls: list[Any] = []
    monkeypatch.setattr(run, "EVENTS_MAX", 50)
    monkeypatch.setattr(running, "STORED_EVERY_S", 0.0)

    def watched(given: Running) -> Any:
        one = Watched(given.services, given.claimed, given.rights, given.folder, given.stop)
        one.on_batch = lambda done: [call(done) for call in calls]  # type: ignore[attr-defined]
        return importing.IMPORT.run(one)

    watching = Kind("import", watched, importing.IMPORT.needs)
    monkeypatch.setitem(KINDS, "import", watching)  # type: ignore[arg-type]
    return calls


def test_cancelled_between_batches_the_project_is_importing_until_the_file_completes_it(
    sender: Sender, small: bytes, batches: list[Any]
) -> None:
    seen: list[tuple[int, str]] = []
    answer = sender.send(small)
    where = answer.headers["Location"]

    def cancel(done: int) -> None:
        asked = sender.api.post(f"{where}/cancellation", {})
        seen.append((done, asked.json()["status"]))
        assert asked.status_code == 202

    batches.append(cancel)
    assert sender.work()
    assert sender.read(answer)["status"] == "cancelled"
    [(done, status)] = seen
    assert (status, 0 < done < 100) == ("running", True)
    [project] = sender.api.read("/v1/projects")["items"]
    path = f"/v1/projects/{project['id']}"
    assert problem_of(sender.api.get(f"{path}/reports/figures")) == "project-importing"
    batches.clear()
    rest = sender.result(small, f"{path}/imports")
    assert (rest["outcome"], rest["same"]) == ("recorded", done)
    assert figures(sender, project["id"]) == expected_of(SEED_PLUS)


def test_a_cancel_that_comes_after_the_last_batch_is_too_late(
    sender: Sender, small: bytes, batches: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "EVENTS_MAX", 10_000)
    answer = sender.send(small)
    record = run._record

    def recorded(*given: Any) -> None:
        record(*given)
        assert sender.api.post(f"{answer.headers['Location']}/cancellation", {}).status_code == 202

    monkeypatch.setattr(run, "_record", recorded)
    assert sender.work()
    ended = sender.read(answer)
    assert (ended["status"], ended["result"]["outcome"]) == ("succeeded", "recorded")
    assert ended["progress"]["done"] == ended["progress"]["total"] == ended["result"]["new"]


class Killed(BaseException):
    """The process ends here and now."""


def test_every_attempt_goes_on_where_the_last_one_was_cut_off_and_counts_once(
    sender: Sender, small: bytes, batches: list[Any]
) -> None:
    clean = Sender(sender.services, sender.api)
    progress: list[int] = []

    def die(done: int) -> None:
        progress.append(done)
        if len(progress) in (2, 4):
            raise Killed

    batches.append(die)
    answer = clean.send(small)
    for _ in range(2):
        with pytest.raises(Killed):
            clean.work()
    assert clean.work()
    ended = clean.read(answer)
    assert (ended["status"], ended["attempts"]) == ("succeeded", 3)
    result = ended["result"]
    assert result["same"] > 0, "of the attempts before"
    assert result["rows_recorded"] == result["new"] + result["same"]
    assert figures(clean, result["project_id"]) == expected_of(SEED_PLUS)


def test_a_cut_off_after_the_last_batch_still_says_what_was_recorded(
    sender: Sender, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = sender.send(small)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(importing, "_shortened", die)
        with pytest.raises(Killed):
            sender.work()
    assert sender.work()
    result = sender.read(answer)["result"]
    assert (result["outcome"], result["new"]) == ("recorded", 0)
    assert result["rows_recorded"] == result["same"] > 0


def test_while_another_import_of_the_project_goes_on_it_waits_and_then_says_so(
    sender: Sender, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sender.result(small)["registration_number"]
    monkeypatch.setattr(importing, "BUSY_S_MAX", 0.2)
    monkeypatch.setattr(importing, "BUSY_S", 0.01)
    with sender.services.pool.connection() as other:
        lock = run._lock(other, sender.api.tenant, number)
        assert sender.problem(small) == "project-importing"
        other.execute("SELECT pg_advisory_unlock(%s)", [lock])
    assert sender.result(small)["outcome"] == "nothing_new"
