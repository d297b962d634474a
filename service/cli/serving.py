"""Serving the API until a signal: a free port, the views kept up to date beside it, an orderly end.

uvicorn finishes the requests it has begun; then the runner finishes its batch, the webhooks the
attempts they have begun, operations the step that they are at, and the embedded database is stopped
by who leaves it last.
"""

import errno
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from service.cli.output import note
from service.composition import Services

HOST, PORT = "127.0.0.1", 8000
PORTS_TRIED = 100
PORT_MAX = 65535


class Work(Protocol):
    """What goes on beside the requests."""

    def run_forever(self, stop: threading.Event) -> None:
        """Until `stop` is set."""


class CannotListen(Exception):
    """The address cannot be listened on; the text says why."""


class Listening(NamedTuple):
    """Where requests are taken."""

    host: str
    port: int


def serve_until_stopped(services: Services, wanted: Listening, tell: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; `tell` is given the address. Raises CannotListen."""
    # The web framework is loaded only to serve.
    from service.api.errors import problem_of_operation
    from service.api.server import CONNECTIONS_MAX, LimitingServer, connections_max
    from service.app import create_app
    from service.operations.worker import Worker

    listener = listen(wanted)
    port: int = listener.getsockname()[1]
    if port != wanted.port:
        note(f"port {wanted.port} is taken: using {port}")
    if (connections := connections_max()) < CONNECTIONS_MAX:
        note(f"`ulimit -n` is low: at most {connections:,} connections are taken")
    app = create_app(services)
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    with _ended_by_signals(), _kept_up(services, Worker(services, problem_of_operation)):
        tell(f"http://{host}:{port}")
        LimitingServer(app, connections).run(sockets=[listener])


def listen(wanted: Listening) -> socket.socket:
    """A listening socket on the wanted port or the next free one. Raises CannotListen."""
    try:
        family, kind, protocol, _, _ = socket.getaddrinfo(
            wanted.host, wanted.port, type=socket.SOCK_STREAM
        )[0]
    except OSError:
        raise CannotListen(f"there is no address {wanted.host} here") from None
    last = min(wanted.port + PORTS_TRIED, PORT_MAX)
    for port in range(wanted.port, last + 1):
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((wanted.host, port))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                where = f"{wanted.host} port {port}"
                raise CannotListen(f"cannot listen on {where}: {error.strerror}") from None
        else:
            return listener
    raise CannotListen(f"no free port from {wanted.port} to {last}")


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """uvicorn repeats the signal that ended it; then it must not end us before we have cleaned."""
    ends = (signal.SIGTERM, signal.SIGINT)
    before = {one: signal.signal(one, _ignore) for one in ends}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _ignore(*_: object) -> None:
    """The end has begun."""


@contextmanager
def _kept_up(services: Services, operations: Work) -> Generator[None]:
    """Keeps the views up to date, sends webhooks and does operations, each in its own thread."""
    stop = threading.Event()
    works: dict[str, Work] = {
        "projections": services.runner,
        "webhooks": services.webhooks,
        "operations": operations,
    }
    threads = [
        threading.Thread(target=work.run_forever, args=[stop], name=name)
        for name, work in works.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
