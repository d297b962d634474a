"""Cryptography comes from libraries that many look at, and one module calls other machines."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
OURS = ("domain", "projections", "service", "migrations")
RANDOM = {"service/webhooks/schedule.py"}  # by how much a pause is longer: no secret
WEAK = {"service/totp.py": {"SHA1"}}  # of RFC 6238, as authenticator apps compute it
HOME_MADE = {"random", "Crypto", "nacl", "OpenSSL", "passlib", "bcrypt", "jwt", "crypt"}
WEAK_NAMES = {"md5", "MD5", "sha1", "SHA1", "ECB", "RC4", "ARC4", "TripleDES", "Blowfish"}
OUTBOUND = {"aiohttp", "ftplib", "http.client", "httpcore", "httpx", "requests", "smtplib"}
OUTBOUND |= {"telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc.client"}
SENDER = {"service/webhooks/sending.py"}


@cache
def sources() -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for folder in OURS
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def imported(tree: ast.Module) -> set[str]:
    """Modules, and the modules and names that are taken from them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {one.name for one in names}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module, *(f"{module}.{one.name}" for one in names)}
            case _:
                pass
    return found | {one.split(".")[0] for one in found}


def named(tree: ast.Module) -> set[str]:
    """Every name and attribute, and what is imported."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names | {one.rpartition(".")[2] for one in imported(tree)}


def test_secrets_come_from_the_system_and_ciphers_from_reviewed_libraries() -> None:
    users = {path for path, tree in sources() if imported(tree) & HOME_MADE}
    assert users == RANDOM
    weak = {path: found for path, tree in sources() if (found := named(tree) & WEAK_NAMES)}
    assert weak == WEAK


def test_nothing_but_webhooks_reaches_out() -> None:
    assert {path for path, tree in sources() if imported(tree) & OUTBOUND} == SENDER


def test_control_what_would_be_found() -> None:
    tree = ast.parse("import random, urllib.request\nfrom hashlib import md5\nhashlib.sha1(b'')")
    assert imported(tree) & HOME_MADE == {"random"}
    assert imported(tree) & OUTBOUND == {"urllib.request"}
    assert named(tree) & WEAK_NAMES == {"md5", "sha1"}
    assert len(sources()) > 200
