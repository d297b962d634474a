"""The embedded server's life: shared, left behind, killed, restarted, stopped by its last user."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from service.store.embedded import OPTIONS, Server
from service.store.embedded_account import ServerUnavailable
from service.store.embedded_files import Files

USER = """
import sys
from pathlib import Path
from service.store.embedded import Server
with Server(Path(sys.argv[1])) as server:
    print(server.pid, server.starts, flush=True)
    sys.stdin.read(1)
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home that the server's account can reach, made once: each test leaves it stopped."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-embedded-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


class User:
    """Another process that uses the server."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home)],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ready(self) -> tuple[int, int]:
        """The server's number and how often this process started it."""
        assert self.process.stdout
        pid, starts = self.process.stdout.readline().split()
        return int(pid), int(starts)

    def leave(self) -> None:
        self.process.communicate("x")
        assert self.process.returncode == 0


def query(server: Server, text: str, login: str = "postgres") -> object:
    with psycopg.connect(server.url(login)) as connection:
        row = connection.execute(text.encode()).fetchone()
        assert row
        return row[0]


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the second if it ends while it is read
        return False
    return status.rsplit(") ", 1)[1][0] != "Z"


def wait_until(true: Callable[[], bool], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_cluster_is_utf8_with_checksums_and_durable(home: Path) -> None:
    with Server(home) as server:
        shown = {
            name: query(server, f"SHOW {name}")
            for name in ("server_encoding", "data_checksums", "listen_addresses", "timezone")
        }
        durable = [query(server, f"SHOW {n}") for n in ("fsync", "full_page_writes")]
        locale = query(
            server,
            "SELECT concat(datlocprovider, ' ', datlocale) FROM pg_database"
            " WHERE datname = current_database()",
        )
        assert query(server, "SELECT current_database()") == "grantledger"
    assert shown == {
        "server_encoding": "UTF8",
        "data_checksums": "on",
        "listen_addresses": "",
        "timezone": "UTC",
    }
    assert durable == ["on", "on"]
    assert locale == "b C.UTF-8"
    assert not {"fsync", "full_page_writes", "synchronous_commit"} & OPTIONS.keys()


def test_a_second_process_uses_the_server_and_the_last_one_stops_it(home: Path) -> None:
    first = User(home)
    pid, starts = first.ready()
    second = User(home)
    assert (starts, *second.ready()) == (1, pid, 0)
    first.leave()
    assert alive(pid)
    second.leave()
    assert not alive(pid)


def test_leaving_a_shared_server_takes_no_time(home: Path) -> None:
    with Server(home):
        start = time.monotonic()
        with Server(home):
            pass
        assert time.monotonic() - start < 0.5


def test_four_processes_at_once_start_one_server(home: Path) -> None:
    users = [User(home) for _ in range(4)]
    found = [user.ready() for user in users]
    assert len({pid for pid, _ in found}) == 1
    assert sum(starts for _, starts in found) == 1
    for user in users:
        user.leave()
    assert not alive(found[0][0])


def test_a_server_left_by_a_killed_process_is_found_and_used(home: Path) -> None:
    parent = User(home)
    pid, _ = parent.ready()
    parent.process.kill()
    parent.process.communicate()
    assert alive(pid)
    with Server(home) as server:
        assert (server.pid, server.starts) == (pid, 0)
        assert query(server, "SELECT 1") == 1
    assert not alive(pid)


def test_an_initdb_left_by_a_killed_process_is_waited_for() -> None:
    """It would go on writing into the folder in which the next one begins."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-embedded-"))
    folder.chmod(0o755)
    try:
        for number in range(3):
            home = folder / str(number)
            user = User(home)
            while not (home / "data.new/PG_VERSION").exists():
                time.sleep(0.001)
            user.process.kill()
            user.process.communicate()
            assert not (home / "data").exists()
            with Server(home) as server, psycopg.connect(server.url("postgres")) as admin:
                assert admin.execute("SELECT 1").fetchone() == (1,)
            assert not (home / "data.new").exists()
    finally:
        shutil.rmtree(folder)


def test_a_killed_postmaster_is_restarted_under_its_users(home: Path) -> None:
    with Server(home) as server:
        other = User(home)
        killed, _ = other.ready()
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: server.pid != killed)
        assert query(server, "SELECT 1") == 1
        other.leave()
        assert alive(server.pid)


def test_every_process_killed_at_once_loses_no_commit(home: Path) -> None:
    with Server(home) as server:
        with psycopg.connect(server.url("postgres")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed, processes = server.pid, server.processes()
        assert killed in processes
        assert len(processes) > 4
        assert os.getpid() not in processes
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):  # it ended with the one before
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: server.pid != killed)
        assert not set(processes) & set(server.processes())
        assert query(server, "SELECT answer FROM kept") == 42
    assert server.processes() == []


def stale_locks(home: Path, pid: int) -> None:
    """What a server leaves whose machine lost power, with a number that is somebody's now."""
    lines = [pid, home / "data", 0, 5432, home / "socket", "", 0, "ready"]
    text = "".join(f"{line}\n" for line in lines)
    (home / "data/postmaster.pid").write_text(text)
    (home / "socket/.s.PGSQL.5432.lock").write_text(text)


def test_a_stale_pid_with_a_living_number_does_not_stop_the_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become = Files(home).account.become
    with subprocess.Popen(["sleep", "60"], cwd="/", **become) as foreign:
        try:
            stale_locks(home, foreign.pid)
            with Server(home) as server:
                assert query(server, "SELECT 1") == 1
            # The control: the files left in place make PostgreSQL refuse.
            stale_locks(home, foreign.pid)
            monkeypatch.setattr(Files, "remove_stale_locks", lambda *_: None)
            with pytest.raises(ServerUnavailable, match="lock file"), Server(home):
                pass
            assert foreign.poll() is None
        finally:
            foreign.kill()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with Server(home):
        pass
    settings = home / "data/postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    with pytest.raises(ServerUnavailable, match="no_such_setting"), Server(home):
        pass
    settings.write_text(before)


def test_a_copied_home_does_not_use_the_server_of_the_original(home: Path) -> None:
    with Server(home) as server:
        run = ["cp", "-a", str(home), str(home.parent / "copy")]
        subprocess.run(run, check=True)
        with Server(home.parent / "copy") as copy:
            assert copy.pid != server.pid
            assert not set(copy.processes()) & set(server.processes())


def test_a_wrong_password_is_refused(home: Path) -> None:
    with Server(home) as server:
        right = psycopg.conninfo.conninfo_to_dict(server.url("postgres"))
        wrong = psycopg.conninfo.make_conninfo("", **{**right, "password": "wrong"})
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_the_log_holds_no_values_of_rows(home: Path) -> None:
    with Server(home) as server, psycopg.connect(server.url("postgres"), autocommit=True) as own:
        own.execute("CREATE TEMP TABLE person (name text PRIMARY KEY, n int CHECK (n > 0))")
        for values in ("'Jana Nová', 1), ('Jana Nová', 1", "'Jana Nová', 0", "'x', 'Jana Nová'"):
            with pytest.raises(psycopg.Error):
                own.execute(f"INSERT INTO person VALUES ({values})".encode())
        own.execute("SET log_min_messages = 'error'")  # the control
        with pytest.raises(psycopg.Error):
            own.execute("INSERT INTO person VALUES ('x', 'Planted')")
    log = (home / "server.log").read_text()
    assert "Planted" in log
    assert "Jana" not in log
