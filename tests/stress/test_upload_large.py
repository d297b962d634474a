"""The largest file that is taken, through a real server: in bounded memory, and not a byte more."""

import os
import signal
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from service.api.upload import SIZE_MAX
from tests.service.api.sent_files import EVERYWHERE, FOLDER
from tests.stress.homes import copied_home, grantledger
from tests.stress.test_sent_import_killed import PATIENCE_S, serving

SEED_PLUS = Path(__file__).parents[1] / "data" / "seed-project-plus"
GROWTH_MB_MAX = 40
pytestmark = pytest.mark.long


def large(path: Path, size: int) -> Path:
    """A project of a few rows, with notes that make it large."""
    notes = zipfile.ZipInfo("notes.bin")

    def write(filler: int) -> int:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(SEED_PLUS.iterdir()):
                archive.write(file, file.name)
            archive.writestr(notes, os.urandom(filler))
        return path.stat().st_size

    assert write(size - write(0)) == size
    return path


def peak_mb(process: int) -> float:
    """The most memory that a process has had."""
    [line] = [
        line
        for line in Path(f"/proc/{process}/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    ]
    return int(line.split()[1]) / 1024


def send(client: httpx.Client, path: Path, **query: str) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    with path.open("rb") as file:
        headers = {"Content-Type": FOLDER, "Content-Length": str(path.stat().st_size)}
        answer = client.post(EVERYWHERE, content=file, headers=headers, params=query or None)
    return answer, time.monotonic() - began


def done(client: httpx.Client, answer: httpx.Response) -> dict[str, object]:
    assert answer.status_code == 202, answer.text
    until = time.monotonic() + PATIENCE_S
    ended = answer.json()
    while not ended["ended_at"] and time.monotonic() < until:
        ended = client.get(answer.headers["Location"], params={"wait": 30}).json()
    assert ended["status"] == "succeeded", ended
    return ended["result"]


def test_the_largest_file_is_taken_in_bounded_memory_and_no_larger_one(
    template: Path, tmp_path: Path
) -> None:
    small = large(tmp_path / "small.zip", 200_000)
    most = large(tmp_path / "most.zip", SIZE_MAX)
    more = large(tmp_path / "more.zip", SIZE_MAX + 1)
    with copied_home(template, "upload-large") as home:
        token = grantledger(home, "token", "create", "--name", "test").stdout.strip()
        with serving(home, token) as (process, client):
            assert done(client, send(client, small)[0])["outcome"] == "recorded"
            before = peak_mb(process.pid)
            answer, received_s = send(client, most)
            after = peak_mb(process.pid)
            began = time.monotonic()
            assert done(client, answer)["outcome"] == "nothing_new"
            worked_s, at_end = time.monotonic() - began, peak_mb(process.pid)
            refused, _ = send(client, more)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
    print(
        f"50 MB: accepted in {received_s:.1f} s, done {worked_s:.1f} s later; peak {before:.0f} MB"
        f" before, {after:.0f} MB when it was accepted, {at_end:.0f} MB at the end"
    )
    assert refused.status_code == 413
    assert refused.json()["type"].endswith(":content-too-large")
    assert at_end - before < GROWTH_MB_MAX
