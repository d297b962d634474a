"""A PostgreSQL 18 of our own, from the wheel's programs: start, share, survive, stop.

Two advisory file locks do all of it. `server.lock` is taken exclusively by whoever starts the
server and *inherited by the server's processes*: while it is held, some process of the server
lives, whatever `postmaster.pid` says. `users.lock` is held shared by every user; who gets it
exclusively on leaving is the last one and stops the server. A killed user leaves the server
running: the next one finds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from service.store.embedded_account import SYSTEM_USER, ServerUnavailable
from service.store.embedded_files import PORT, Files, server_environment

DATABASE = "grantledger"
CONNECTIONS_MAX = 80
STARTS_MAX = 3
TRIES_MAX = 20
POLL_S = 0.01
POLL_S_MAX = 0.25
FOREIGN_S_MAX = 5.0

# Errors go to whom they concern, not to the log: a message or its details may hold a person's data.
OPTIONS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": str(CONNECTIONS_MAX),
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


class Postmaster(NamedTuple):
    """The first process of a running server and where it listens."""

    pid: int
    socket_folder: str
    port: str


class Server:
    """`with Server(home) as server: psycopg.connect(server.url("grantledger_app"))`.

    Starts the server of `home` or uses the one that runs, of whatever process; while at least one
    user lives it is started again when it dies.
    """

    def __init__(self, home: Path, system_user: str = SYSTEM_USER) -> None:
        self.files = Files(home, system_user)
        self.home, self.data = self.files.home, self.files.data
        self._foreign_since: float | None = None
        self.starts = 0  # how often this process started it

    def __enter__(self) -> Server:
        self.files.prepare()
        self._leaving, self._wake = threading.Event(), os.eventfd(0)
        self._handle, self._foreign_since = -1, None
        self._users = self.files.open("users.lock", os.O_RDWR)
        self._watcher: threading.Thread | None = None
        try:
            fcntl.flock(self._users, fcntl.LOCK_SH)  # waits while a last user stops the server
            self._ensure_database()
        except BaseException:
            self._leave()
            raise
        self._watcher = threading.Thread(target=self._watch, name="embedded-server", daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    @property
    def pid(self) -> int:
        """The number of the server's first process; another one after a restart."""
        return self._postmaster.pid

    def url(self, login: str, database: str = DATABASE) -> str:
        """The connection string of one of the roles `embedded_files.LOGINS`."""
        return make_conninfo(
            host=self._postmaster.socket_folder,
            port=self._postmaster.port,
            user=login,
            password=self.files.password(login),
            dbname=database,
        )

    def processes(self) -> list[int]:
        """Every living process of this server: each has the data folder as its own folder."""
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and self._is_ours(int(entry.name)):
                found.append(int(entry.name))
        return sorted(found)

    def _is_ours(self, pid: int) -> bool:
        """Whether `pid` is a process of this server, not just a number from an old file."""
        try:
            there = Path(f"/proc/{pid}/cwd").stat()
            program = Path(f"/proc/{pid}/comm").read_text().strip()
            return os.path.samestat(there, self.data.stat()) and program == "postgres"
        except OSError:  # gone, somebody else's, or there is no data folder yet
            return False

    def _ensure(self) -> None:
        """Returns when the server answers, started here or by somebody else, or when we leave."""
        starts, pause_s = 0, POLL_S
        while not self._answers() and not self._leaving.is_set():
            lock = self._server_lock()
            if lock is None:
                self._leaving.wait(pause_s)  # starting or recovering: as long as that goes on
                pause_s = min(pause_s * 1.2, POLL_S_MAX)
                continue
            try:
                if starts == STARTS_MAX:  # it ended each time, and no other user started one
                    raise ServerUnavailable(
                        f"the database in {self.home} does not start:\n{self.files.log_end()}"
                    )
                self._start(lock)
                starts += 1
            finally:
                os.close(lock)  # the server keeps its inherited copy

    def _answers(self) -> bool:
        """Looks for a server of this folder that takes connections, and remembers it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            found = Postmaster(int(lines[0]), lines[4], lines[3])
        except (FileNotFoundError, IndexError, ValueError):
            return False
        address = make_conninfo(host=found.socket_folder, port=found.port, connect_timeout=2)
        if PGconn.ping(address.encode()) != Ping.OK:
            return False
        try:
            handle = os.pidfd_open(found.pid)
        except ProcessLookupError:
            return self._not_ours()
        if not self._is_ours(found.pid):
            os.close(handle)
            return self._not_ours()
        self._forget()
        self._postmaster, self._handle, self._foreign_since = found, handle, None
        return True

    def _not_ours(self) -> bool:
        """Something answers that we cannot see: for a moment while it ends, or for good."""
        now = time.monotonic()
        since = self._foreign_since = self._foreign_since or now
        if now - since > FOREIGN_S_MAX:
            raise ServerUnavailable(
                f"the server of {self.home} runs in another container: run the command there"
            )
        time.sleep(POLL_S)
        return False

    def _start(self, lock: int) -> None:
        """Runs while we hold `server.lock`: no process of this folder's server lives."""
        install = self.files.ready_data(lock)
        socket_folder = self.files.socket_folder()
        self.files.remove_stale_locks(socket_folder)
        quoted = str(socket_folder).replace('"', '""')
        options = {**OPTIONS, "unix_socket_directories": f'"{quoted}"'}
        log = self.files.open_log()
        try:
            with self.files.seen_by_server(self.data) as (seen, handles):
                child = subprocess.Popen(
                    [
                        *(str(install / "bin/postgres"), "-D", seen),
                        *(f"--{name}={value}" for name, value in options.items()),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C is for us, not for the server
                    cwd="/",
                    env=server_environment(),
                    pass_fds=(lock, *handles),
                    **self.files.account.become,
                )
        finally:
            os.close(log)
        self.starts += 1
        threading.Thread(target=child.wait, daemon=True).start()  # leaves no zombie

    def _server_lock(self) -> int | None:
        """The exclusive lock that no living server leaves free; None when one lives."""
        lock = self.files.open("server.lock", os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock

    def _ensure_database(self) -> None:
        """Starts the server and makes the database at first use; it may die in between."""
        said = ""
        for _ in range(TRIES_MAX):
            self._ensure()
            try:
                return self._make_database()
            except psycopg.OperationalError as refused:
                said = str(refused).strip()
                if "password authentication failed" in said:
                    raise ServerUnavailable(
                        f"the server of {self.home} refuses its own password; was the folder"
                        f" {self.home}/secrets replaced?"
                    ) from refused
                time.sleep(POLL_S)
        raise ServerUnavailable(f"the server of {self.home} ends again and again: {said}")

    def _make_database(self) -> None:
        """Makes the empty database; the migrations make everything inside."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            named = (DATABASE,)
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, named).fetchone():
                return
            connection.execute("SELECT pg_advisory_lock(1)")  # one of several first users
            if not connection.execute(query, named).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _watch(self) -> None:
        """Restarts a server that died under its users; whoever gets the lock first does it."""
        while not self._leaving.is_set():
            ready = select.poll()
            ready.register(self._handle, select.POLLIN)
            ready.register(self._wake, select.POLLIN)
            ready.poll()
            try:
                if not self._leaving.is_set():
                    self._ensure()
            except (ServerUnavailable, OSError):
                self._leaving.wait(1)  # its users see their connections fail; try again

    def _leave(self) -> None:
        self._leaving.set()
        os.eventfd_write(self._wake, 1)
        if self._watcher:
            self._watcher.join()
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._stop()
        except BlockingIOError:
            pass  # others use it: leave it running
        finally:
            self._forget()
            os.close(self._users)
            os.close(self._wake)

    def _stop(self) -> None:
        """Returns when the server's last process is gone, or when none of it can be seen."""
        give_up = time.monotonic() + FOREIGN_S_MAX
        while (lock := self._server_lock()) is None:
            with contextlib.suppress(FileNotFoundError, IndexError, ValueError, ProcessLookupError):
                pid = int((self.data / "postmaster.pid").read_text().split()[0])
                handle = os.pidfd_open(pid)
                try:
                    if self._is_ours(pid):
                        signal.pidfd_send_signal(handle, signal.SIGINT)  # fast shutdown
                finally:
                    os.close(handle)
            if time.monotonic() > give_up and not self.processes():
                return  # it runs in another container
            time.sleep(POLL_S)
        self.files.remove_run_folder()
        os.close(lock)

    def _forget(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
