"""A file as a body: which are taken, how many at once, and where they are meanwhile."""

import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from service.api import body_limits, upload
from service.composition import Services
from tests.end_to_end.running import SEED_PLUS
from tests.service.api.listening import served
from tests.service.api.raw_clients import Raw
from tests.service.api.requests import Api, problem_of
from tests.service.api.sent_files import EVERYWHERE, FOLDER, Sender, zipped


@pytest.fixture
def sender(services: Services, api: Api) -> Sender:
    return Sender(services, api)


@pytest.fixture
def small() -> bytes:
    return zipped(SEED_PLUS)


def test_a_body_of_another_type_too_large_or_empty_is_refused(
    sender: Sender, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = sender.send(small, media_type="text/csv")
    assert problem_of(refused) == "unsupported-media-type"
    assert FOLDER in refused.headers["Accept-Post"]
    assert problem_of(sender.send(b"")) == "malformed-request"
    monkeypatch.setattr(upload, "SIZE_MAX", 1000)
    assert problem_of(sender.send(bytes(1001))) == "content-too-large"
    assert problem_of(sender.send(iter([bytes(600), bytes(600)]))) == "content-too-large"
    wrong = [{"check_only": "maybe"}, {"encoding": "latin-1"}]
    for query in [*wrong, *({"reason": reason} for reason in (" ", "\0", "a\0b", "a\n"))]:
        answer = sender.send(b"x", **query)
        assert answer.json()["errors"][0]["pointer"] == next(iter(query)), answer.text
    assert sender.api.read("/v1/operations")["items"] == []
    assert sender.send(bytes(1000)).status_code == 202, "control"


def test_more_files_at_once_than_one_process_takes_are_asked_to_come_later(
    sender: Sender, small: bytes
) -> None:
    taken = [upload._slots.acquire(blocking=False) for _ in range(upload.AT_ONCE)]
    try:
        busy = sender.send(small)
    finally:
        for _ in taken:
            upload._slots.release()
    assert all(taken)
    assert problem_of(busy) == "unavailable"
    assert busy.headers["Retry-After"]
    for _ in range(upload.AT_ONCE + 1):
        assert problem_of(sender.send(b"")) == "malformed-request", "every place is given back"
    assert sender.send(small).status_code == 202


def test_slow_files_of_one_organisation_do_not_keep_those_of_others_away(
    services: Services, sender: Sender, other: Api
) -> None:
    head = f"POST {EVERYWHERE} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    head += f"Content-Type: {FOLDER}\r\nAuthorization: {sender.api.headers['Authorization']}\r\n"
    with served(services) as server:
        slow = [Raw(server.url) for _ in range(upload.AT_ONCE_OF_TENANT)]
        for one in slow:
            assert one.send(f"{head}\r\nbegun".encode())
        until = time.monotonic() + 60
        while upload._coming[sender.api.tenant] < len(slow):
            assert time.monotonic() < until
            time.sleep(0.01)
        where = server.url + EVERYWHERE
        asked = {
            api: httpx.post(where, headers=api.headers | {"Content-Type": FOLDER}, content=b"x")
            for api in (sender.api, other)
        }
        assert problem_of(asked[sender.api]) == "unavailable"
        assert asked[other].status_code == 202, asked[other].text
        for one in slow:
            one.socket.close()
        while upload._coming:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_a_disk_without_room_for_a_file_is_told(
    sender: Sender, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk = partial(Path("/dev/full").open, "w+b")
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "TemporaryFile", full_disk)
        for body in (b"x", bytes(1_000_000)):
            full = sender.send(body)
            assert (full.status_code, problem_of(full)) == (507, "insufficient-storage")
            assert full.headers["Retry-After"]
    assert sender.send(small).status_code == 202, "control: the places are given back"


def test_an_upload_leaves_no_file_behind(
    sender: Sender, small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    operation = sender.send(small).json()["id"]
    assert UUID(operation)
    assert list(tmp_path.iterdir()) == []
    assert sender.work()
    assert list(tmp_path.iterdir()) == []


def test_what_is_on_disk_takes_none_of_the_room_in_memory(
    services: Services, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_limits, "HELD_BYTES_MAX", 1_000_000)
    headers = sender.api.headers | {"Content-Type": FOLDER}

    def nothing(*_: object) -> None:
        return None

    with served(services) as server, httpx.Client(base_url=server.url, headers=headers) as client:
        taken = client.post(EVERYWHERE, content=bytes(5_000_000), timeout=60)
        assert taken.status_code == 202, taken.text
        monkeypatch.setattr(upload, "put_on_disk", nothing)
        control = client.post(EVERYWHERE, content=bytes(5_000_000), timeout=60)
    assert problem_of(control) == "unavailable"


def test_a_file_that_still_comes_when_the_server_ends_is_to_be_sent_again(
    services: Services, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_limits, "END_S", 0.1)
    headers = sender.api.headers | {"Content-Type": FOLDER}
    with served(services) as server:

        def slowly() -> Iterator[bytes]:
            yield b"x"
            server.tell_end()
            for _ in range(600):
                time.sleep(0.05)
                yield b"x"

        where = server.url + EVERYWHERE
        cut_off = httpx.post(where, headers=headers, content=slowly(), timeout=60)
    assert problem_of(cut_off) == "unavailable"
    assert cut_off.headers["Retry-After"]
    assert sender.api.read("/v1/operations")["items"] == []


def test_a_file_that_does_not_come_is_not_waited_for(
    services: Services, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts that each come soon enough; and then not to its end."""
    monkeypatch.setattr(upload, "SECONDS_MAX", 0.3)
    headers = sender.api.headers | {"Content-Type": FOLDER}

    def slowly() -> Iterator[bytes]:
        for _ in range(600):
            yield b"x"
            time.sleep(0.05)

    with served(services) as server:
        where = server.url + EVERYWHERE
        slow = httpx.post(where, headers=headers, content=slowly(), timeout=60)
        assert problem_of(slow) == "request-timeout"
        raw = Raw(server.url)
        lines = [f"POST {EVERYWHERE} HTTP/1.1", "Host: x", "Content-Length: 1000"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        assert raw.send("\r\n".join([*lines, "", "begun"]).encode())
        raw.socket.close()
    assert sender.api.read("/v1/operations")["items"] == []
    assert all(upload._slots.acquire(blocking=False) for _ in range(4)), "every place is free"
    for _ in range(4):
        upload._slots.release()
