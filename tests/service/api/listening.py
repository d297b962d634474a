"""The app behind a real server, and readers that follow its events."""

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from service.api.server import LimitingServer
from service.app import create_app
from service.cli.serving import Listening, listen
from service.composition import Services

WAIT_S, CONNECTIONS = 20, 200


class Served:
    """A server in a thread; `end` is what a signal does."""

    def __init__(self, services: Services) -> None:
        self._socket = listen(Listening("127.0.0.1", 18400))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.app = create_app(services)
        self._server = LimitingServer(self.app, CONNECTIONS)
        self._thread = threading.Thread(target=self._server.run, args=[[self._socket]])

    def start(self) -> None:
        self._thread.start()
        for _ in range(500):
            if self._server.started:
                return
            threading.Event().wait(0.01)

    def tell_end(self) -> None:
        self._server.should_exit = True

    def end(self) -> None:
        self.tell_end()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive(), "it does not end"


@contextmanager
def served(services: Services) -> Generator[Served]:
    one = Served(services)
    one.start()
    try:
        yield one
    finally:
        one.end()


def follow(client: httpx.Client, after: int = 0, **query: Any) -> Iterator[dict[str, Any]]:
    """Events page by page until a page is empty and not waited for in vain any more."""
    while True:
        answer = client.get("/v1/events", params={"after": after, **query})
        assert answer.status_code == 200, answer.text
        events = answer.json()
        yield from events
        last, after = after, int(answer.headers["ledger-position"])
        if not events and after == last:
            return


def messages(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """The messages of a stream: their id and event; None: a heartbeat."""
    position, content = 0, None
    for line in lines:
        name, _, value = line.partition(": ")
        match name:
            case "id":
                position = int(value)
            case "data":
                content = json.loads(value)
            case "" if line == "" and position:
                yield position, content
                content = None
            case _:
                pass


@contextmanager
def streaming(client: httpx.Client, after: int = 0, **query: Any) -> Generator[Iterator[Any]]:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    with client.stream("GET", "/v1/events", params=query, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer.iter_lines())
