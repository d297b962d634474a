"""A receiver of webhooks on loopback, which answers as a test says, and verifies signatures."""

import ssl
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

WAIT_S = 20


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")

    def verified(self, secret: str) -> Any:
        """The event, as the public library of Standard Webhooks takes it. Raises."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Answer:
    """What the receiver says: a status after a pause, or nothing at all."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    cut_off: bool = False


Answers = Callable[[Got, int], Answer]


class Receiver:
    """Keeps what it gets; `answers` decides by the request and how often its id came."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.got = answers, list[Got]()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers["content-length"]))
                receiver._take(self, Got(self.path, headers, body))

            def log_message(self, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/hook?from=grantledger"

    def _take(self, handler: BaseHTTPRequestHandler, got: Got) -> None:
        with self._lock:
            self.got.append(got)
            number = sum(one.id == got.id for one in self.got)
        answer = self.answers(got, number)
        time.sleep(answer.pause_s)
        if answer.cut_off:
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", "0")
        handler.end_headers()

    def encrypt(self, context: ssl.SSLContext) -> None:
        """From now on by TLS; shaken hands with in the thread of the connection."""
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.got]

    def wait_for(self, count: int, timeout_s: float = WAIT_S) -> None:
        until(lambda: len(self.got) >= count, timeout_s)

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def until(holds: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.03)


def take(got: Got, number: int) -> Answer:
    return Answer()


@contextmanager
def receiver(answers: Answers = take) -> Generator[Receiver]:
    opened = Receiver(answers)
    thread = threading.Thread(target=opened.serve)
    thread.start()
    try:
        yield opened
    finally:
        opened.close()
        thread.join()
