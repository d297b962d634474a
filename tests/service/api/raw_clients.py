"""Clients that speak to the socket itself, so that they can be as slow and wrong as they like."""

import json
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

PATIENCE_S = 60.0  # of a test, for what should come after a second or two


@dataclass(frozen=True)
class Answer:
    """What a connection said until it ended; `status` 0: it ended without a word."""

    status: int
    headers: dict[str, str]
    content: bytes
    after_s: float

    @property
    def kind(self) -> str:
        """The kind of problem, which it must be."""
        assert self.headers["content-type"] == "application/problem+json", self
        problem = json.loads(self.content)
        assert problem["status"] == self.status
        assert problem["instance"].endswith(self.headers["x-request-id"])
        return problem["type"].removeprefix("urn:grantledger:problem:")


class Raw:
    """One connection."""

    def __init__(self, url: str, read_buffer: int | None = None) -> None:
        where = urlsplit(url)
        self.socket = socket.socket()
        if read_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect((where.hostname, where.port))
        self.began = time.monotonic()

    def send(self, data: bytes) -> bool:
        """False: the server has ended the connection."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def answer(self, *, whole_is_enough: bool = False) -> Answer:
        """What comes until the connection ends, or until an answer is whole."""
        raw = b""
        for piece in self._pieces():
            raw += piece
            if whole_is_enough and _is_whole(raw):
                break
        head, _, content = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines[1:]]
        headers = {name.lower(): value for name, value in pairs}
        status = int(lines[0].split()[1]) if raw else 0
        return Answer(status, headers, content, time.monotonic() - self.began)

    def _pieces(self) -> Iterator[bytes]:
        while True:
            try:
                piece = self.socket.recv(65_536)
            except ConnectionResetError:
                return
            if not piece:
                return
            yield piece

    def trickle(self, pieces: Iterable[bytes], each_s: float) -> Answer:
        """Piece by piece with pauses, until the server answers or ends it."""
        for piece in pieces:
            assert time.monotonic() - self.began < PATIENCE_S, "nobody ends it"
            if not self.send(piece) or select.select([self.socket], [], [], each_s)[0]:
                break
        return self.answer()

    def ended(self, within_s: float) -> bool:
        """Whether the server ends it in this time; what it says is read away."""
        until = time.monotonic() + within_s
        while (left := until - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0]:
                try:
                    if not self.socket.recv(65_536):
                        return True
                except ConnectionResetError:
                    return True
        return False

    def reset(self, within_s: float) -> bool:
        """Whether the server cuts it off in this time; nothing is read meanwhile."""
        polled = select.poll()
        polled.register(self.socket, 0)
        return bool(polled.poll(within_s * 1_000))

    def close(self) -> None:
        self.socket.close()


def _is_whole(raw: bytes) -> bool:
    head, _, content = raw.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: ([0-9]+)", head.lower())
    return length is not None and len(content) >= int(length[1])


def head(method: str, path: str, **headers: str) -> bytes:
    """A request as far as its body."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@contextmanager
def meanwhile(
    url: str, headers: dict[str, str], path: str = "/v1/me", *, repeats: bool = False
) -> Generator[list[float]]:
    """A usual client that asks all the time; how many seconds each of its answers took.

    Where it `repeats`, it asks again when it is told that there is no room, or cut off.
    """
    ended, took = threading.Event(), list[float]()
    failed = list[Any]()

    def answered(client: httpx.Client) -> httpx.Response | httpx.TransportError:
        try:
            return client.get(path)
        except httpx.TransportError as error:
            return error

    def ask() -> None:
        with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S) as client:
            while not took or not ended.wait(0.05):
                began = time.monotonic()
                while _is_to_repeat(answer := answered(client)) and repeats:
                    if time.monotonic() - began > PATIENCE_S:
                        break
                    time.sleep(2)  # as `Retry-After` says
                took.append(time.monotonic() - began)
                if isinstance(answer, httpx.TransportError) or answer.status_code != 200:
                    failed.append(answer)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()
    assert failed == []
    assert took


def _is_to_repeat(answer: httpx.Response | httpx.TransportError) -> bool:
    return isinstance(answer, httpx.TransportError) or answer.status_code == 503


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The results of calls that run at the same time; an error of one is raised."""
    results: list[Any] = [None] * len(calls)

    def run(number: int) -> None:
        try:
            results[number] = calls[number]()
        except BaseException as error:  # noqa: BLE001 it is raised where it is read
            results[number] = error

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
