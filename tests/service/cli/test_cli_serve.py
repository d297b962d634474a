"""`serve` and `demo` answer over HTTP, take the next free port, and end in order."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.cli.exit_codes import ExitCode
from service.cli.serving import CannotListen, Listening, listen
from tests.service.cli.running import NUMBER, SEED, expected_bytes, finished, ran, started

WAIT_S = 60


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A process that serves, and its address."""
    process = started(home, *arguments)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if b"/docs" in line:
                yield line.decode().strip().removesuffix("/docs"), process
                break
        else:
            pytest.fail(f"it does not serve: {finished(process).err}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_what_is_served_equals_the_report_and_a_signal_ends_it(
    both_seeds: Path, ending: signal.Signals
) -> None:
    token = ran(both_seeds, "token", "create", "--name", "test").out.decode().strip()
    with serving(both_seeds, "serve", "--port", "8400") as (url, process):
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=WAIT_S) as client:
            assert client.get("/healthz").status_code == 200
            found = client.get("/v1/projects", params={"limit": 100}).json()["items"]
            project = next(one for one in found if one["registration_number"] == NUMBER)
            figures = client.get(f"/v1/projects/{project['id']}/reports/figures").json()
        process.send_signal(ending)
        ended = finished(process, WAIT_S)

    assert figures == json.loads(expected_bytes(SEED))
    assert ended.code == ExitCode.OK
    assert token not in ended.err


def test_a_taken_port_gives_the_next_free_one_and_says_so(both_seeds: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving(both_seeds, "serve", "--port", str(port)) as (url, process):
            assert httpx.get(f"{url}/healthz").status_code == 200
            process.send_signal(signal.SIGTERM)
            ended = finished(process, WAIT_S)

    assert url != f"http://127.0.0.1:{port}"
    assert f"port {port} is taken" in ended.err


def test_a_demo_serves_until_it_is_stopped(home: Path) -> None:
    with serving(home, "demo", "--port", "8500") as (url, process):
        assert httpx.get(f"{url}/docs").status_code == 200
        process.send_signal(signal.SIGINT)
        ended = finished(process, WAIT_S)

    assert ended.code == ExitCode.OK


def test_an_address_that_is_not_here_is_refused() -> None:
    with pytest.raises(CannotListen):
        listen(Listening("192.0.2.1", 8000))
    with pytest.raises(CannotListen):
        listen(Listening("no.such.host.invalid", 8000))
