"""As whom the embedded server runs: PostgreSQL refuses root, so root starts it as another user."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

SYSTEM_USER = "grantledger"


class ServerUnavailable(Exception):
    """The embedded server cannot be used; the text says why and what to do."""


class Become(TypedDict, total=False):
    """The arguments by which `subprocess` starts a process as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The user and group that own the server's files and processes."""

    uid: int
    gid: int

    @property
    def other(self) -> bool:
        """Whether it is not the user who runs this process (who then is root)."""
        return self.uid != os.geteuid()

    @property
    def become(self) -> Become:
        """Nothing for the running user himself: only root may change who he is."""
        if not self.other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, handle: int) -> None:
        """Gives an open file or folder to the account; by handle, so that no link is followed."""
        if self.other and os.fstat(handle).st_uid != self.uid:
            os.fchown(handle, self.uid, self.gid)

    def make_folder(self, folder: Path) -> None:
        """Makes `folder` the account's alone; one that exists is left as it is."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            return
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            self.own(handle)
        finally:
            os.close(handle)

    def may(self, test: str, path: Path) -> bool:
        """Whether the account passes `test` (a flag of test(1)) on `path`, parents included."""
        run = ["test", test, str(path)]
        return subprocess.run(run, check=False, cwd="/", **self.become).returncode == 0


def account_for(home: Path, system_user: str) -> Account:
    """The running user; for root the owner of an existing home, or else the system user."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if home.exists() and (owner := home.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _system_account(system_user)


def _system_account(name: str) -> Account:
    """Finds the system user or makes it, also while other processes are at the same."""
    said = ""
    for _ in range(50):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            said = _add_user(name)
            time.sleep(0.02)
        else:
            return Account(entry.pw_uid, entry.pw_gid)
    raise ServerUnavailable(
        "PostgreSQL does not run as root and the system user"
        f" {name} could not be made ({said}); make it with"
        f" `useradd --system --user-group {name}`, or run grantledger as an ordinary user"
    )


def _add_user(name: str) -> str:
    """What useradd said; a loser of the race hears "exists" or "cannot lock" and looks again."""
    run = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        done = subprocess.run(
            [*run, "--shell", "/usr/sbin/nologin", name],
            check=False,
            capture_output=True,
            text=True,
        )
    except OSError as absent:
        return f"useradd: {absent.strerror}"
    return done.stderr.strip()
