"""Webhooks lead to public addresses only, whatever a name is said to be from one moment to another.

Each refused address has its control beside it: with the operator's leave the same request arrives.
"""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpcore
import pytest

from service.webhooks.addresses import AddressRefused, check_address, target_of
from service.webhooks.sending import Outcome, Sender
from tests.service.api.requests import Api, problem_of
from tests.service.webhooks.receiving import Answer, Receiver, receiver

NOT_PUBLIC = {
    "this network": ["0.0.0.0", "0.1.2.3"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "local of IPv6": ["fc00::1", "fdff:ffff::1", "fec0::1"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%lo"],
    "metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192"],
    "provider": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1"],
    "broadcast, reserved": ["255.255.255.255", "240.0.0.1"],
    "documentation, tests": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1"],
    "documentation of IPv6": ["2001:db8::1", "3fff::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    "6to4, Teredo": ["2002:7f00:1::", "2001:0:4136:e378::1"],
    "unspecified": ["::"],
}
PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"]
BAD_URLS = [
    "http://example.org/",
    "ftp://example.org/",
    "https://example.org:22/",
    "https://example.org:80/",
    "https://user:pass@example.org/",
    "https://example.org@127.0.0.1/",
    "https://example.org\\@127.0.0.1/",
    "https://example.org/#fragment",
    "https://exa mple.org/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https:///path",
    "https://example.org:0443x/",
    "https://přiklad.cz/",
    "//example.org/",
]


@pytest.mark.parametrize("address", [one for kind in NOT_PUBLIC.values() for one in kind])
def test_an_address_that_is_not_public_is_refused_and_nothing_is_sent(address: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(address)
    sender = Sender(resolve=lambda *_: [address])
    assert sender.post("https://hooks.example.org/", {}, b"{}").what == "address_refused"


@pytest.mark.parametrize("address", PUBLIC)
def test_control_a_public_address_is_not_refused(address: str) -> None:
    check_address(address)


def test_a_name_with_one_inner_address_among_public_ones_is_refused() -> None:
    sender = Sender(resolve=lambda *_: ["8.8.8.8", "10.0.0.1"])
    assert sender.post("https://hooks.example.org/", {}, b"{}").what == "address_refused"


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_url_that_is_not_plain_public_https_is_refused(api: Api, url: str) -> None:
    with pytest.raises(AddressRefused):
        target_of(url, ())
    inside = "127.0.0.1" in url and "@" not in url  # the operator of this app allows loopback
    if not inside:
        answer = api.post("/v1/webhook-endpoints", {"url": url})
        assert problem_of(answer) == "invalid-value"
        assert answer.json()["errors"][0]["pointer"] == "/url"


def test_control_a_plain_public_url_is_taken(api: Api) -> None:
    for url in ("https://example.org/hook?a=b", "https://example.org:8443", "https://8.8.8.8/"):
        assert api.post("/v1/webhook-endpoints", {"url": url}).status_code == 201


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost"])
def test_other_spellings_of_loopback_are_refused_when_they_are_resolved(host: str) -> None:
    with receiver() as there:
        port = int(there.host.rpartition(":")[2])
        ours = Sender().post(f"https://{host}/", {}, b"{}")
        assert ours.what in ("address_refused", "unresolved")
        allowed = Sender(frozenset({f"{host}:{port}"}))
        assert allowed.post(f"http://{host}:{port}/", {}, b"{}").delivered, "control"


class Rebinding:
    """A name that is public when it is asked for first, and of this machine from then on."""

    def __init__(self, first: str) -> None:
        self.first, self.asked = first, 0

    def __call__(self, *_: object) -> list[str]:
        self.asked += 1
        return [self.first] if self.asked == 1 else ["127.0.0.1"]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver(lambda *_: Answer(200)) as opened:
        yield opened


def test_a_name_that_is_rebound_after_it_was_judged_leads_nowhere(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[str] = []
    connect = httpcore.SyncBackend.connect_tcp

    def dial(
        network: httpcore.SyncBackend, host: str, port: int, *_: object, **__: object
    ) -> object:
        dialled.append(host)
        if host == "127.0.0.1":
            return connect(network, host, int(there.host.rpartition(":")[2]))
        raise httpcore.ConnectError  # nothing of the world is reached from a test

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", dial)
    resolve = Rebinding("8.8.8.8")
    ours = Sender(resolve=resolve, timeout_s=2).post("https://hooks.example.org/", {}, b"{}")

    assert ours == Outcome("not_connected", duration_ms=ours.duration_ms)
    assert dialled == ["8.8.8.8"]
    assert resolve.asked == 1

    checked = Rebinding("8.8.8.8")  # control: judged by name, connected by name
    for address in checked("hooks.example.org", 443):
        check_address(address)
    [address] = checked("hooks.example.org", 443)
    with httpcore.ConnectionPool() as pool:
        answer = pool.request("POST", f"http://{address}:1/", content=b"{}")
    assert answer.status == 200
    assert len(there.got) == 1, "it has reached this machine"


def test_a_redirect_is_not_followed(there: Receiver) -> None:
    with receiver(lambda *_: Answer(307, {"Location": there.url})) as first:
        sender = Sender(frozenset({first.host, there.host}))
        assert sender.post(first.url, {}, b"{}").status == 307
        assert sender.post(there.url, {}, b"{}").delivered, "control"
    assert len(there.got) == 1


def test_a_proxy_of_the_environment_is_not_asked(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert Sender(frozenset({there.host})).post(there.url, {}, b"{}").delivered


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=hooks.example.org", "-addext", "subjectAltName=DNS:hooks.example.org")
    written = ("-keyout", str(key), "-out", str(certificate))
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    subprocess.run([*made, *subject, *written], check=True, capture_output=True)
    return key, certificate


def test_tls_is_of_the_name_though_the_connection_is_to_its_address(
    certificate: tuple[Path, Path],
) -> None:
    key, trusted = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(trusted, key)
    names: list[str] = []
    server.sni_callback = lambda _, name, __: names.append(name)
    with receiver() as there:
        there.encrypt(server)
        port = int(there.host.rpartition(":")[2])
        inside = frozenset({f"hooks.example.org:{port}", f"other.example.org:{port}"})
        context = ssl.create_default_context(cafile=str(trusted))
        sender = Sender(inside, resolve=lambda *_: ["127.0.0.1"], tls=context)
        assert sender.post(f"https://hooks.example.org:{port}/", {}, b"{}").delivered
        assert there.got[0].headers["host"] == f"hooks.example.org:{port}"
        assert sender.post(f"https://other.example.org:{port}/", {}, b"{}").what == "tls"
        untrusting = Sender(inside, resolve=lambda *_: ["127.0.0.1"])
        assert untrusting.post(f"https://hooks.example.org:{port}/", {}, b"{}").what == "tls"
    assert names[0] == "hooks.example.org"


def test_a_name_that_there_is_not_is_said_so() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    assert Sender(resolve=unknown).post("https://hooks.example.org/", {}, b"").what == "unresolved"
