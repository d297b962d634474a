"""Servers in processes of their own, to be killed, or to be measured."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from service.identity import OWNER, create_tenant, create_user
from service.store import keys
from service.store.database import Pool
from service.store.urls import Urls
from service.store.vault import Vault
from service.tokens import create_token


@contextmanager
def served(
    urls: Urls, key: bytes, variant: Mapping[str, float] = MappingProxyType({})
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own, and its address; `variant` changes constants of modules."""
    command = [sys.executable, "-m", "tests.service.api.served"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        given: dict[str, object] = {"app": urls.app, "projector": urls.projector, "key": key.hex()}
        given |= {"variant": dict(variant)}
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


class Owner(NamedTuple):
    """An owner of an organisation of its own, whose vault opens with `key`."""

    key: bytes
    tenant: UUID
    headers: dict[str, str]


class Opened(NamedTuple):
    """A server of its own, and who may use it."""

    url: str
    process: subprocess.Popen[str]
    headers: dict[str, str]


def new_owner(pool: Pool) -> Owner:
    key = keys.new_key()
    vault = Vault(pool, key)
    tenant = create_tenant(pool, vault)
    user = create_user(pool, vault, tenant, "Planted-Owner", [OWNER])
    token = create_token(pool, tenant, user, "tests", None)
    return Owner(key, tenant, {"Authorization": f"Bearer {token}"})


@contextmanager
def opened(urls: Urls, owner: Owner, variant: Mapping[str, float]) -> Iterator[Opened]:
    """A server for an owner."""
    with served(urls, owner.key, variant) as (process, url):
        yield Opened(url, process, owner.headers)


def memory_max(process: subprocess.Popen[str]) -> int:
    """The most bytes of memory that the process had so far."""
    return _status(process, "VmHWM")


def forget_memory_max(process: subprocess.Popen[str]) -> int:
    """From now on the most is what it has now, which is the answer."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")
    return _status(process, "VmRSS")


def open_files(process: subprocess.Popen[str]) -> int:
    """How many files and connections the process has open."""
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def _status(process: subprocess.Popen[str], name: str) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024
