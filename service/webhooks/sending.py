"""One attempt: to the address that was judged, once, within a time, without following anything.

A name is resolved once for a connection, every address that it has is judged, and the connection is
made to one of these very addresses; the name is asked for again only in TLS and in `Host`. So a
name that resolves otherwise a moment later leads nowhere. Only the answer's head is read.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpcore

from service.webhooks.addresses import AddressRefused, check_address, is_inside, target_of

TIMEOUT_S = 15.0
ADDRESSES_TRIED_MAX = 2
DELIVERED, GONE = "delivered", 410
Resolve = Callable[[str, int], Sequence[str]]


class Outcome(NamedTuple):
    """How an attempt ended: `delivered`, `status` (another one than 2xx), or why it has none."""

    what: str
    status: int | None = None
    retry_after_s: float | None = None
    duration_ms: int = 0

    @property
    def delivered(self) -> bool:
        """Whether the event was taken."""
        return self.what == DELIVERED


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system has them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Sender:
    """Sends; safe to share between threads. `inside`: the operator's exceptions, `host:port`."""

    inside: frozenset[str] = frozenset()
    timeout_s: float = TIMEOUT_S
    resolve: Resolve = resolved
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Sends once, whatever comes of it."""
        began = time.monotonic()
        try:
            status, answered = self._answer(url, headers, body, began + self.timeout_s)
        except AddressRefused:
            outcome = Outcome("address_refused")
        except httpcore.TimeoutException:
            outcome = Outcome("timeout")
        except socket.gaierror:
            outcome = Outcome("unresolved")
        except (httpcore.NetworkError, OSError) as error:
            outcome = Outcome("tls" if _is_of_tls(error) else "not_connected")
        except httpcore.ProtocolError:
            outcome = Outcome("not_http")
        else:
            what = DELIVERED if 200 <= status < 300 else "status"
            outcome = Outcome(what, status, _retry_after_s(answered))
        return outcome._replace(duration_ms=round((time.monotonic() - began) * 1000))

    def _answer(
        self, url: str, headers: Mapping[str, str], body: bytes, until: float
    ) -> tuple[int, dict[bytes, bytes]]:
        target = target_of(url, self.inside)
        host = f"[{target.host}]" if ":" in target.host else target.host
        usual = target.port == {"https": 443, "http": 80}[target.scheme]
        named = {"Host": host if usual else f"{host}:{target.port}", **headers}
        given = [(name.encode(), value.encode()) for name, value in named.items()]
        address = httpcore.URL(
            scheme=target.scheme.encode(),
            host=host.encode(),
            port=target.port,
            target=target.path.encode(),
        )
        backend = _Pinned(self, until)
        with (
            httpcore.ConnectionPool(ssl_context=self.tls, network_backend=backend) as pool,
            pool.stream("POST", address, headers=given, content=body) as answer,
        ):
            return answer.status, {name.lower(): value for name, value in answer.headers}


class _Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that it has judged."""

    def __init__(self, sender: Sender, until: float) -> None:
        self._sender, self._until = sender, until
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises AddressRefused when any address of the name is not public."""
        del timeout
        addresses = self._sender.resolve(host.strip("[]"), port)
        if not is_inside(host.strip("[]"), port, self._sender.inside):
            for address in addresses:
                check_address(address)
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses[:ADDRESSES_TRIED_MAX]:
            try:
                stream = self._network.connect_tcp(
                    address, port, _left_s(self._until), local_address, socket_options
                )
                return _InTime(stream, self._until)
            except httpcore.ConnectError as error:
                failed = error
        raise failed


class _InTime(httpcore.NetworkStream):
    """A connection whose every step ends by one moment: a slow answer cannot hold a sender."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """By the moment."""
        del timeout
        return self._stream.read(max_bytes, _left_s(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """By the moment."""
        del timeout
        self._stream.write(buffer, _left_s(self._until))

    def close(self) -> None:
        """At once."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """By the moment; the certificate must be the name's."""
        del timeout
        left_s = _left_s(self._until)
        return _InTime(self._stream.start_tls(ssl_context, server_hostname, left_s), self._until)

    def get_extra_info(self, info: str) -> Any:
        """As the connection has it."""
        return self._stream.get_extra_info(info)


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


def _left_s(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left


def _retry_after_s(headers: Mapping[bytes, bytes]) -> float | None:
    """`Retry-After` as seconds: a number or a date; None: absent or neither."""
    text = headers.get(b"retry-after", b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
