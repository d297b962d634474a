"""Which addresses webhooks may be sent to: public ones, by https, on the ports of https.

A URL is given by a user, so it must not lead the service to what only the service can reach: its
own machine, its network, the metadata of its cloud. What is refused is written down here, because
what a library calls private differs by its version.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

PORTS = (443, 8443)
URL_LENGTH_MAX = 2000
PORT_MAX = 65535
# No user and password, no fragment, no white space, nothing that two readers read differently.
URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]*)?"
)
GLOBAL_V6 = ip_network("2000::/3")
REFUSED = [
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, metadata of a cloud"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "of protocols"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "relay of 6to4"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, broadcast"),
        ("2001::/23", "of protocols, Teredo"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4, holds an IPv4 address"),
        ("3fff::/20", "documentation"),
    )
]


class AddressRefused(Exception):
    """An address that webhooks are not sent to; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts; `path` with the query."""

    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str, inside: Collection[str]) -> Target:
    """The parts of a URL. `inside`: what the operator allows, as `host:port`, http too.

    A host that is an address is judged here, a name when it is resolved. Raises AddressRefused.
    """
    match = URL.fullmatch(url)
    if match is None or len(url) > URL_LENGTH_MAX:
        raise AddressRefused("expected https://host/path, without user, fragment and white space")
    scheme, host = match["scheme"], match["host"].strip("[]").lower()
    port = int(match["port"] or {"https": 443, "http": 80}[scheme])
    target = Target(scheme, host, port, match["path"] or "/")
    if is_inside(target.host, port, inside):
        return target
    if scheme != "https":
        raise AddressRefused("expected https")
    if port not in PORTS:
        raise AddressRefused(f"expected port {' or '.join(map(str, PORTS))}")
    if (address := _literal(host)) is not None:
        check_address(address)
    return target


def is_inside(host: str, port: int, inside: Collection[str]) -> bool:
    """Whether the operator allows the host and port whatever its address is."""
    return f"{host}:{port}" in inside


def check_address(address: str) -> None:
    """Raises AddressRefused unless the address is a public one."""
    if (kind := refusal(ip_address(address))) is not None:
        raise AddressRefused(f"the address is not public: {kind}")


def refusal(address: IPv4Address | IPv6Address) -> str | None:
    """What an address is, if webhooks are not sent to it.

    Of IPv6 only what is handed out as global is taken: that leaves out loopback, link-local and
    local ones, multicast, and those that hold an IPv4 address (mapped, NAT64).
    """
    if isinstance(address, IPv6Address) and (address.scope_id or address not in GLOBAL_V6):
        return "of this machine, of a local network, or an IPv4 address in disguise"
    return next((kind for network, kind in REFUSED if address in network), None)


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None
