"""The files of the embedded server: a safe initdb, passwords, logs, locks, the socket's folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

from service.settings import SYSTEM_HOME
from service.store.embedded_account import SYSTEM_USER, Account, ServerUnavailable, account_for
from service.store.embedded_binaries import MAJOR, readable_install

PORT = 5432
SOCKET_PATH_BYTES_MAX = 100
LOG_BYTES_MAX = 4 * 2**20
LOGINS = ("postgres", "grantledger_app", "grantledger_projector")
RESTORING = "restoring"  # in a home: a restore into it has begun and not ended


class Files:
    """HOME/data, HOME/secrets, HOME/socket, the locks and the log, and who owns them.

    Only what is made here is given to the server's account: a home that exists, and every folder
    above it, keeps its owner and mode. Where the account cannot reach the data (root's home below
    a closed folder) the server gets an open handle of it, see `seen_by_server`.
    """

    def __init__(self, home: Path, system_user: str = SYSTEM_USER) -> None:
        self.home = home.absolute()
        self.data = self.home / "data"
        self.log = self.home / "server.log"
        self.system_user = system_user
        self.account: Account = account_for(self.home, system_user)

    def prepare(self) -> None:
        """Makes the home and the passwords where they are missing."""
        try:
            self.home.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.home, self.home / "secrets"):
                self.account.make_folder(folder)
            for login in LOGINS:
                self.password(login)
        except (PermissionError, NotADirectoryError) as refused:
            raise ServerUnavailable(
                f"{refused.filename}: {refused.strerror}; the home folder {self.home} must be a"
                " folder of the user who runs grantledger (GRANTLEDGER_HOME chooses another)"
            ) from refused

    def open(self, name: str, flags: int) -> int:
        """Opens HOME/name, made for the account when it is missing; links are refused."""
        handle = os.open(self.home / name, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self.account.own(handle)
        return handle

    def open_log(self) -> int:
        """The server's log to append to; one that has grown large becomes server.log.1."""
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES_MAX:
                self.log.rename(self.home / "server.log.1")
        return self.open(self.log.name, os.O_WRONLY | os.O_APPEND)

    def log_end(self) -> str:
        """The last lines of the server's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])

    def ready_data(self, lock: int) -> Path:
        """Makes the cluster if there is none; answers the folder of the programs that fit it.

        `lock` is that of the server: who is killed here leaves an initdb behind that still has it.
        """
        install = readable_install(self.account, self._binaries)
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            self._initdb(install, lock)
            found = MAJOR
        if found != MAJOR:
            raise ServerUnavailable(
                f"{self.data} was made by PostgreSQL {found}, this program carries {MAJOR}:"
                " use the version of grantledger that made it to write a backup and restore that"
                " into a new home, or set GRANTLEDGER_DATABASE_URL to a server of your own"
            )
        return install

    @contextlib.contextmanager
    def seen_by_server(self, folder: Path) -> Generator[tuple[str, tuple[int, ...]]]:
        """The path by which the account reaches `folder`, and the handles to hand down for it.

        A handle opened by root leads past closed parents (Linux: /proc/self/fd), which therefore
        can stay closed. Its processes are all forks of the first, so the number stays theirs.
        """
        if self.reachable(folder):
            yield str(folder), ()
            return
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            yield f"/proc/self/fd/{handle}", (handle,)
        finally:
            os.close(handle)

    def reachable(self, folder: Path) -> bool:
        """Whether the account may enter `folder`."""
        return not self.account.other or self.account.may("-x", folder)

    def socket_folder(self) -> Path:
        """Closed to others, with a path that fits an address (100 bytes) and a host name."""
        folder = self.home / "socket"
        self.account.make_folder(folder)
        path = os.fsencode(folder / f".s.PGSQL.{PORT}")
        if len(path) > SOCKET_PATH_BYTES_MAX or b"," in path or not self.reachable(folder):
            folder = self._run_folder()
            self.account.make_folder(folder)
        found = folder.lstat()
        if found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise ServerUnavailable(f"{folder} belongs to somebody else or is open to others")
        return folder

    def password(self, login: str) -> str:
        """The password of a database role, made at the first call."""
        path = self.home / "secrets" / login
        with contextlib.suppress(FileNotFoundError):
            return path.read_text()
        part = path.with_name(f".{login}.{secrets.token_hex(8)}")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24))
            self.account.own(handle)
            file.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):  # another process made it first: use that one
            os.link(part, path)  # whole or not at all
        part.unlink()
        _sync(path.parent)
        return path.read_text()

    def _initdb(self, install: Path, lock: int) -> None:
        """Under another name first: an initdb that was cut off is never taken for a cluster."""
        if self.data.exists() and any(self.data.iterdir()):
            raise ServerUnavailable(
                f"{self.data} holds something that is not a database of grantledger: move it away"
            )
        made = self.home / "data.new"
        if made.exists():
            shutil.rmtree(made)
        self.account.make_folder(made)
        options = [
            *("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--encoding=UTF8", "--data-checksums", "--no-instructions"),
            *("--username=postgres", "--auth=scram-sha-256", "--pwfile=/dev/stdin"),
        ]
        with (
            self.seen_by_server(made) as (seen, handles),
            (self.home / "secrets/postgres").open("rb") as password,
        ):
            done = subprocess.run(
                [str(install / "bin/initdb"), "-D", seen, *options],
                check=False,
                stdin=password,
                capture_output=True,
                text=True,
                errors="replace",
                cwd="/",
                env=server_environment(),
                pass_fds=(lock, *handles),
                **self.account.become,
            )
        if done.returncode:
            raise ServerUnavailable(f"initdb failed in {self.home}: {done.stderr.strip()}")
        made.rename(self.data)
        _sync(self.home)

    def _binaries(self) -> Path:
        """Where copies of the programs go: one for all homes when we run as the system user."""
        if self.account.other:
            SYSTEM_HOME.parent.mkdir(parents=True, exist_ok=True)
            self.account.make_folder(SYSTEM_HOME)
            if SYSTEM_HOME.stat().st_uid == self.account.uid:
                return SYSTEM_HOME / "binaries"
        return self.home / "binaries"

    def remove_stale_locks(self, socket_folder: Path) -> None:
        """Removes what a dead server left: by now its number may be any living process's."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for suffix in ("", ".lock"):
            (socket_folder / f".s.PGSQL.{PORT}{suffix}").unlink(missing_ok=True)

    def _run_folder(self) -> Path:
        """For sockets whose home does not do; others than root may not enter root's."""
        if self.account.other:
            run = Path("/run")
        else:
            run = Path(os.environ.get("XDG_RUNTIME_DIR", tempfile.gettempdir()))
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return (run if run.is_dir() else Path(tempfile.gettempdir())) / f"grantledger-{name}"

    def remove_run_folder(self) -> None:
        """Leaves nothing outside the home once the server has stopped."""
        with contextlib.suppress(OSError):
            self._run_folder().rmdir()


def server_environment() -> dict[str, str]:
    """The environment of the server's programs: no setting of ours may leak into the cluster."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _sync(folder: Path) -> None:
    """Makes new names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
