"""The server is killed between the commit and the answer; the repeated request finds its answer."""

import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from service.identity import OWNER, create_tenant, create_user
from service.store import keys
from service.store.database import Pool
from service.store.log import Ledger
from service.store.urls import Urls
from service.store.vault import Vault
from service.tokens import create_token
from tests.service.api.requests import PROJECT
from tests.service.api.servers import served

HOST = "127.0.0.1"


def cut_off(server: str, kill: Callable[[], None], kept: list[bytes]) -> str:
    """An address in front of the server; when its answer begins the server is killed.

    What had been answered goes into `kept` and to nobody else.
    """
    front = socket.create_server((HOST, 0))

    def forward() -> None:
        with front, front.accept()[0] as client:
            where = urlsplit(server)
            with socket.create_connection((str(where.hostname), where.port or 0)) as behind:
                behind.settimeout(30)
                request = client.recv(65_536)
                while len(request.partition(b"\r\n\r\n")[2]) < _length(request):
                    request += client.recv(65_536)
                behind.sendall(request)
                answer = behind.recv(65_536)
                kill()
                while len(answer.partition(b"\r\n\r\n")[2]) < _length(answer):
                    if not (more := behind.recv(65_536)):
                        break
                    answer += more
                kept.append(answer)

    threading.Thread(target=forward).start()
    return f"http://{HOST}:{front.getsockname()[1]}"


def _length(message: bytes) -> int:
    head = message.partition(b"\r\n\r\n")[0].lower()
    lines = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lines[0].partition(b":")[2]) if lines else 1


def test_an_answer_that_is_lost_with_the_server_is_given_again(urls: Urls, pool: Pool) -> None:
    key = keys.new_key()
    vault = Vault(pool, key)
    tenant = create_tenant(pool, vault)
    user = create_user(pool, vault, tenant, "Planted-Owner", [OWNER])
    token = create_token(pool, tenant, user, "tests", None)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    lost: list[bytes] = []
    with served(urls, key) as (process, address):
        front = cut_off(address, process.kill, lost)
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{front}/v1/projects", json=PROJECT, headers=headers, timeout=30)
        process.wait(10)
    head = Ledger(pool, tenant).head()
    assert head > 0, "it was committed"
    with served(urls, key) as (_, address):
        again = httpx.post(f"{address}/v1/projects", json=PROJECT, headers=headers, timeout=30)
        named = headers | {"Idempotency-Key": "another"}
        control = httpx.post(f"{address}/v1/projects", json=PROJECT, headers=named, timeout=30)
    assert again.status_code == 201
    (answer,) = lost
    assert answer.startswith(b"HTTP/1.1 201")
    assert again.content.startswith(answer.partition(b"\r\n\r\n")[2])  # as far as it came
    for name in ("etag", "location", "ledger-position"):
        assert f"{name}: {again.headers[name]}".encode() in answer
    assert Ledger(pool, tenant).head() == head
    assert control.status_code == 409
