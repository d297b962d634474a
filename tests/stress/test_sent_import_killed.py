"""A server that ends in the middle of an import that was sent to it: the next one completes it."""

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Any

import httpx
import pytest

from service.composition import open_services
from tests.service.api.sent_files import EVERYWHERE, FOLDER, zipped
from tests.stress.homes import copied_home, grantledger, settings_of, started
from tests.stress.killed_import import TIMES, Uninterrupted, figures_of, uninterrupted
from tests.stress.stored import UNDAMAGED, stored

PATIENCE_S = 300  # of a machine that is five times slower
pytestmark = pytest.mark.long


@contextmanager
def serving(home: Path, token: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """`grantledger serve`, and a client of it."""
    with started(home, "service", "serve", "--port", "8650") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = next(line for line in process.stdout if "/docs" in line).strip()
        for said in (process.stdout, process.stderr):  # else it waits when a pipe is full
            threading.Thread(target=deque, args=[said, 0]).start()
        headers = {"Authorization": f"Bearer {token}"}
        url = address.removesuffix("/docs")
        with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S) as client:
            yield process, client


def wait_until_it_records(client: httpx.Client, where: str) -> dict[str, Any]:
    """The operation when some rows are recorded and a part of the next batch perhaps."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        operation = client.get(where).json()
        assert operation["status"] in ("pending", "running"), operation
        if operation["progress"]["done"]:
            time.sleep(SystemRandom().uniform(0, 0.2))
            return operation
        time.sleep(0.02)
    raise AssertionError("it does not begin")


def check_part(home: Path, whole: Uninterrupted) -> None:
    """Control: something is missing, nothing is damaged, and it would be noticed."""
    with open_services(settings_of(home)) as services:
        part = stored(services)
    assert part.damage == UNDAMAGED
    assert 0 < part.events < whole.stored.events
    [(state, done, total)] = part.runs
    assert (state, done, total) == ("running", part.row_count, whole.stored.row_count)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
def test_the_next_server_completes_what_was_sent_and_counts_nothing_twice(
    template: Path, folders: dict[int, Uninterrupted], how: signal.Signals
) -> None:
    whole = uninterrupted(template, folders, TIMES)
    with copied_home(template, f"sent-{how.name}") as home:
        token = grantledger(home, "token", "create", "--name", "test").stdout.strip()
        with serving(home, token) as (process, client):
            headers = {"Content-Type": FOLDER, "Idempotency-Key": "k"}
            answer = client.post(EVERYWHERE, content=zipped(whole.folder), headers=headers)
            assert answer.status_code == 202, answer.text
            where = answer.headers["Location"]
            seen = wait_until_it_records(client, where)
            process.send_signal(how)
            code = process.wait(PATIENCE_S)
        assert code == (0 if how == signal.SIGTERM else -signal.SIGKILL)
        check_part(home, whole)
        with serving(home, token) as (process, client):
            ended = client.get(where).json()
            until = time.monotonic() + PATIENCE_S
            while not ended["ended_at"] and time.monotonic() < until:
                ended = client.get(where, params={"wait": 30}).json()
            again = client.post(EVERYWHERE, content=zipped(whole.folder), headers=headers)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
        assert ended["status"] == "succeeded", ended
        assert ended["attempts"] == (1 if how == signal.SIGTERM else 2)
        result = ended["result"]
        assert result["same"] >= seen["progress"]["done"] > 0
        assert result["rows_recorded"] == result["same"] + result["new"] == whole.stored.row_count
        assert again.json()["id"] == ended["id"]
        with open_services(settings_of(home)) as services:
            assert stored(services) == whole.stored
            assert figures_of(services, whole.number) == whole.figures
